//! Promise 6, Committed: futures inside of a transaction and outside of it get nothing of each other's.

mod common;

use common::Count;
use futures::channel::oneshot;
use futures::poll;
use gcache::{Transaction, cache_against, group};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};

/// A call inside does not join a computation outside, nor does one outside join one inside.
#[test]
fn flights_are_not_joined_across_the_border_of_a_transaction() {
    group!(Item: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), skip(go))]
    async fn item(go: Option<oneshot::Receiver<()>>, pk: u64) -> usize {
        let run = RUNS.up();
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
        }
        run
    }

    pollster::block_on(async {
        let transaction = Transaction::begin();
        let (leave_out, go_out) = oneshot::channel();
        let mut out = Box::pin(item(Some(go_out), 1));
        assert!(poll!(&mut out).is_pending());
        assert_eq!(transaction.run(item(None, 1)).await, 2);
        let (leave_in, go_in) = oneshot::channel();
        let mut inside = Box::pin(transaction.run(item(Some(go_in), 2)));
        assert!(poll!(&mut inside).is_pending());
        assert_eq!(item(None, 2).await, 4);
        leave_out.send(()).expect("it waits");
        leave_in.send(()).expect("it waits");
        assert_eq!((out.await, inside.await), (1, 3));
        assert_eq!((item(None, 1).await, item(None, 2).await), (1, 4));
        transaction.rollback();
    });
}

#[test]
fn a_waiter_outside_gets_no_uncommitted_value() {
    group!(Base: u64);
    static ROW: AtomicU64 = AtomicU64::new(1);
    #[cache_against(Base(pk), skip(tx, go, stay))]
    async fn item(
        tx: Option<&Transaction>,
        go: oneshot::Receiver<()>,
        stay: oneshot::Receiver<()>,
        pk: u64,
    ) -> u64 {
        let _ = go.await;
        match tx {
            Some(tx) => {
                tx.run(async {
                    ROW.store(2, Ordering::SeqCst); // on the connection of the transaction
                    invalidate_base(pk);
                    let row = ROW.load(Ordering::SeqCst);
                    let _ = stay.await;
                    row
                })
                .await
            }
            None => 1, // on a connection of its own: what is committed
        }
    }
    pollster::block_on(async {
        let tx = Transaction::begin();
        let ((go, went), (go2, went2)) = (oneshot::channel(), oneshot::channel());
        let ((stay, stayed), (_stay2, stayed2)) = (oneshot::channel(), oneshot::channel());
        let mut first = Box::pin(item(Some(&tx), went, stayed, 1));
        assert!(poll!(&mut first).is_pending());
        let mut second = Box::pin(item(None, went2, stayed2, 1)); // joins
        assert!(poll!(&mut second).is_pending());
        go.send(()).unwrap();
        go2.send(()).unwrap();
        assert!(poll!(&mut first).is_pending()); // now inside of the transaction
        stay.send(()).unwrap();
        assert_eq!(first.await, 2);
        assert_eq!(second.await, 1, "sees before the commit what is rolled back");
        tx.rollback();
    });
}

#[test]
fn a_future_begun_outside_of_a_transaction_and_finished_inside_is_not_stored() {
    group!(Base: u64);
    static ROW: AtomicU64 = AtomicU64::new(1);
    #[cache_against(Base(pk), skip(gate))]
    async fn item(gate: oneshot::Receiver<()>, pk: u64) -> u64 {
        let _ = gate.await;
        ROW.load(Ordering::SeqCst) // read on the connection of the transaction
    }
    pollster::block_on(async {
        let (open, gate) = oneshot::channel();
        let mut fut = pin!(item(gate, 1));
        assert!(poll!(&mut fut).is_pending());
        let tx = Transaction::begin();
        tx.run(async {
            ROW.store(2, Ordering::SeqCst);
            invalidate_base(1);
            open.send(()).unwrap();
            assert_eq!(fut.as_mut().await, 2);
        })
        .await;
        ROW.store(1, Ordering::SeqCst);
        tx.rollback();
        let (open, gate) = oneshot::channel();
        open.send(()).unwrap();
        assert_eq!(item(gate, 1).await, 1, "uncommitted value was stored");
    });
}
