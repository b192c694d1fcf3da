//! Promise 5, Through: a body depends on the futures that it awaits, whoever began them and has ended since.

mod common;

use common::{Count, changes, ignore, yields};
use futures::channel::oneshot;
use futures::poll;
use gcache::{cache_against, group};
use std::pin::Pin;
use std::sync::Mutex;

#[test]
fn a_future_begun_outside_of_the_body_that_awaits_it_is_a_dependency() {
    group!(Inner: u64);
    group!(Outer);
    static RUNS: Count = Count::new();
    #[cache_against(Inner(pk), skip(gate))]
    async fn inner(gate: oneshot::Receiver<()>, pk: u64) -> usize {
        let _ = gate.await;
        RUNS.up()
    }
    #[cache_against(Outer, skip(fut))]
    async fn outer(fut: impl Future<Output = usize>, pk: u64) -> usize {
        fut.await
    }
    pollster::block_on(async {
        let (open, gate) = oneshot::channel();
        let mut fut = Box::pin(inner(gate, 1));
        assert!(poll!(&mut fut).is_pending());
        open.send(()).unwrap();
        assert_eq!(outer(fut, 1).await, 1);
        invalidate_inner(1);
        let (open, gate) = oneshot::channel();
        open.send(()).unwrap();
        assert_eq!(outer(Box::pin(inner(gate, 1)), 1).await, 2, "outer is stale");
    });
}

/// What a nested body begins may outlive it.
#[test]
fn a_future_that_an_ended_nested_body_has_begun_is_a_dependency() {
    type Part = Pin<Box<dyn Future<Output = usize> + Send>>;
    static BEGUN: Mutex<Option<Part>> = Mutex::new(None);
    static RUNS: Count = Count::new();
    group!(Inner: u64);
    group!(Outer: u64);

    #[cache_against(Inner(1))]
    async fn part() -> usize {
        yields().await;
        RUNS.up()
    }
    #[cache_against(Outer(1))]
    async fn begins() -> u64 {
        let mut begun: Part = Box::pin(part());
        assert!(poll!(&mut begun).is_pending());
        *BEGUN.lock().unwrap() = Some(begun);
        7
    }
    #[cache_against(Outer(2))]
    async fn page() -> usize {
        begins().await;
        let begun = BEGUN.lock().unwrap().take();
        match begun {
            Some(begun) => begun.await,
            None => part().await,
        }
    }

    assert!(changes(|| pollster::block_on(page()), || ignore(invalidate_inner(1))));
}

/// Each body begins the next one and hands it on.
#[test]
fn a_chain_of_bodies_that_each_began_the_next_may_be_deeper_than_a_stack() {
    type Next = Pin<Box<dyn Future<Output = u64> + Send>>;
    static NEXT: Mutex<Option<Next>> = Mutex::new(None);
    group!(Item: u64);

    #[cache_against(Item(pk), capacity = 10)]
    async fn item(pk: u64) -> u64 {
        yields().await;
        let mut next = boxed(pk + 1);
        assert!(poll!(&mut next).is_pending());
        *NEXT.lock().unwrap() = Some(next);
        pk
    }
    fn boxed(pk: u64) -> Next {
        Box::pin(item(pk))
    }

    let chain = || {
        let mut next = Some(boxed(0));
        for pk in 0..20_000 {
            assert_eq!(pollster::block_on(next.expect("the one before began it")), pk);
            next = NEXT.lock().unwrap().take();
        }
    };
    let small = std::thread::Builder::new().stack_size(1 << 18);
    small.spawn(chain).expect("a thread can be started").join().expect("it does not panic");
}
