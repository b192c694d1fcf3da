//! What a review of the whole found, each named for the behaviour.

mod common;

use common::Count;
use futures::channel::oneshot;
use futures::poll;
use gcache::*;
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::task::Poll;

#[test]
fn a_late_caller_does_not_wait_for_a_flight_that_is_known_to_be_too_old() {
    group!(Base);
    group!(Late: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Base, skip(gate))]
    async fn item(gate: oneshot::Receiver<()>, pk: u64) -> usize {
        let run = RUNS.up();
        if run == 1 {
            invalidate_late(7); // a write that happens beside it
            depends_on!(Late(7)); // learned too late: doomed
        }
        let _ = gate.await;
        run
    }
    pollster::block_on(async {
        let (_open, gate) = oneshot::channel();
        let mut first = pin!(item(gate, 1));
        assert!(poll!(&mut first).is_pending());
        let (open2, gate2) = oneshot::channel();
        let mut second = pin!(item(gate2, 1));
        open2.send(()).unwrap();
        assert_eq!(poll!(&mut second), Poll::Ready(2), "waits for a doomed flight");
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

// a group key whose Hash/Eq/Clone/Drop may panic
thread_local!(static TRAP: Cell<u8> = const { Cell::new(0) });
const HASH: u8 = 1;
const EQ: u8 = 2;
const CLONE: u8 = 3;
const DROP: u8 = 4;
fn spring(kind: u8) {
    if TRAP.get() == kind {
        TRAP.set(0);
        panic!("sprung {kind}")
    }
}
#[derive(Debug)]
struct Key(u64);
impl Hash for Key {
    fn hash<H: Hasher>(&self, h: &mut H) {
        spring(HASH);
        self.0.hash(h);
    }
}
impl PartialEq for Key {
    fn eq(&self, o: &Self) -> bool {
        spring(EQ);
        self.0 == o.0
    }
}
impl Eq for Key {}
impl Clone for Key {
    fn clone(&self) -> Self {
        spring(CLONE);
        Key(self.0)
    }
}
impl Drop for Key {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            spring(DROP);
        }
    }
}

#[test]
fn a_change_whose_bump_panics_ends_the_model() {
    #[derive(Invalidates)]
    struct Thing {
        id: Key,
        title: u64,
    }
    #[invalidates]
    impl Thing {
        fn rename(&mut self) {
            self.title += 1;
            TRAP.set(HASH);
        }
    }
    static RUNS: Count = Count::new();
    #[cache_against(Thing)]
    fn all() -> usize {
        RUNS.up()
    }
    assert_eq!(all(), 1);
    let mut thing = Thing { id: Key(1), title: 0 };
    assert!(catch_unwind(AssertUnwindSafe(|| thing.rename())).is_err());
    assert_eq!(all(), 2, "the row changed, the mutation panicked, the model lives");
}

#[test]
fn an_edit_whose_clone_panics_ends_the_model() {
    #[derive(Invalidates)]
    struct Thing6 {
        id: Key,
        title: u64,
    }
    static RUNS: Count = Count::new();
    #[cache_against(Thing6)]
    fn all() -> usize {
        RUNS.up()
    }
    assert_eq!(all(), 1);
    let mut thing = Thing6 { id: Key(1), title: 0 };
    let r = catch_unwind(AssertUnwindSafe(|| {
        let mut e = thing.edit();
        e.title = 5;
        TRAP.set(CLONE);
        drop(e);
    }));
    assert!(r.is_err());
    assert_eq!(all(), 2, "edit ended nothing");
}

#[test]
fn a_group_that_panics_takes_no_other_group_with_it() {
    group!(A6: Key);
    group!(B6: u64);
    static RUNS: Count = Count::new();
    #[cache_against(B6(pk))]
    fn b(pk: u64) -> usize {
        RUNS.up()
    }
    #[invalidates(A6(&Key(1)), B6(1))]
    fn change() {
        TRAP.set(HASH);
    }
    assert_eq!(b(1), 1);
    assert!(catch_unwind(change).is_err());
    assert_eq!(b(1), 2, "B6(1) was not ended");
}

#[test]
fn a_key_that_panics_in_a_commit_takes_no_other_key_with_it() {
    group!(A7: Key);
    group!(B7: u64);
    static RUNS: Count = Count::new();
    #[cache_against(A7(Key(pk)))]
    fn a(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(B7(pk))]
    fn b(pk: u64) -> usize {
        RUNS.up()
    }
    a(1);
    for pk in 0..64 {
        b(pk);
    }
    let before: Vec<usize> = (0..64).map(b).collect();
    let tx = Transaction::begin();
    tx.enter(|| {
        invalidate_a7(Key(1));
        for pk in 0..64 {
            invalidate_b7(pk);
        }
    });
    TRAP.set(EQ);
    assert!(catch_unwind(AssertUnwindSafe(|| tx.commit())).is_err());
    TRAP.set(0);
    let stale = (0..64).filter(|&pk| b(pk) == before[usize::try_from(pk).unwrap()]).count();
    assert_eq!(stale, 0, "lost endings of the commit");
}

static ARMED: AtomicBool = AtomicBool::new(false);
#[derive(Clone, PartialEq, Eq, Hash)]
struct Bomb(u64);
impl Drop for Bomb {
    fn drop(&mut self) {
        let spring = self.0 == 0 && ARMED.swap(false, Ordering::SeqCst);
        assert!(!spring, "the key 0 is dropped");
    }
}

#[test]
fn the_destructor_of_one_key_does_not_break_the_bump_of_another() {
    group!(A8: Bomb);
    static RUNS: Count = Count::new();
    #[cache_against(A8(Bomb(pk)))]
    fn one(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(A8)]
    fn all() -> usize {
        RUNS.up()
    }
    one(0);
    invalidate_a8(Bomb(0)); // leaves the roll, waits to be freed
    ARMED.store(true, Ordering::SeqCst);
    for pk in 1..100 {
        one(pk);
        let whole = all();
        let bumped = catch_unwind(|| invalidate_a8(Bomb(pk)));
        assert_ne!(all(), whole, "pk {pk}, panicked: {}: the model lives", bumped.is_err());
        assert!(bumped.is_ok());
    }
}

#[test]
fn clear_frees_what_its_thread_holds_back() {
    group!(A11);
    static W: Mutex<Option<Weak<[u8]>>> = Mutex::new(None);
    #[cache_against(A11)]
    fn one(pk: u64) -> Arc<[u8]> {
        let a: Arc<[u8]> = vec![0; 1000].into();
        *W.lock().unwrap() = Some(Arc::downgrade(&a));
        a
    }
    one(1);
    of(one).clear();
    assert!(W.lock().unwrap().as_ref().unwrap().upgrade().is_none(), "still held by its flight");
}

#[test]
fn the_time_to_live_of_an_error_holds_for_what_was_made_of_it() {
    group!(A12);
    static RUNS: Count = Count::new();
    #[cache_against(A12, ttl = std::time::Duration::ZERO)]
    fn inner(fail: bool) -> Result<u64, u64> {
        if fail { Err(1) } else { Ok(1) }
    }
    #[cache_against(A12)]
    fn outer(fail: bool) -> usize {
        let _ = inner(fail);
        RUNS.up()
    }
    assert_ne!(outer(false), outer(false));
    assert_ne!(outer(true), outer(true), "an error has no time limit");
}

#[test]
fn what_an_inner_transaction_touches_is_touched_for_the_outer_one() {
    group!(A13: u64);
    static ROW: AtomicU64 = AtomicU64::new(1);
    #[cache_against(A13(pk))]
    fn item(pk: u64) -> u64 {
        ROW.load(Ordering::SeqCst)
    }
    item(1);
    let outer = Transaction::begin();
    outer.enter(|| {
        let inner = Transaction::begin();
        inner.enter(|| {
            ROW.store(2, Ordering::SeqCst);
            invalidate_a13(1);
        });
        assert_eq!(item(1), 2, "a stale hit in the outer transaction");
        inner.commit();
    });
    outer.commit();
}

trait Default15 {
    #[cache_against("t15", skip(self))]
    fn view(&self, pk: u64) -> u64 {
        pk
    }
}
struct S15;
impl Default15 for S15 {}
#[test]
fn a_default_method_of_a_trait_has_a_handle_for_each_type() {
    S15.view(1);
    assert_eq!(of(S15::view).len(), 1, "{} ", of(S15::view).name());
    assert_eq!(of(<S15 as Default15>::view).len(), 1);
}

#[test]
fn a_small_capacity_holds_at_any_time() {
    group!(A16);
    #[cache_against(A16, capacity = 1)]
    fn small(pk: u64) -> u64 {
        pk
    }
    for pk in 0..50 {
        small(pk);
    }
    for pk in 0..50 {
        small(pk);
    }
    let mut hits = 0;
    let h = stats().functions.iter().find(|(n, _)| n.ends_with("small")).unwrap().1.hits;
    hits += h;
    assert!(hits <= 1, "{hits} hits with a capacity of 1");
}

#[test]
fn a_weight_holds_at_any_time() {
    group!(A16b);
    static W: Mutex<Vec<Weak<Vec<u8>>>> = Mutex::new(Vec::new());
    fn w(v: &Arc<Vec<u8>>) -> usize {
        v.len()
    }
    #[cache_against(A16b, max_weight = 10, weigh = w)]
    fn small(pk: u64) -> Arc<Vec<u8>> {
        let a = Arc::new(vec![0u8; 1_000_000]);
        W.lock().unwrap().push(Arc::downgrade(&a));
        a
    }
    for pk in 0..50 {
        small(pk);
    }
    let held = W.lock().unwrap().iter().filter(|w| w.upgrade().is_some()).count();
    assert!(held <= 1, "{held} MB held with max_weight = 10");
}

type Fut = Pin<Box<dyn Future<Output = u64> + Send>>;
group!(G: u64);
#[cache_against(G(1), skip(gate))]
async fn inner(gate: oneshot::Receiver<()>, pk: u64) -> u64 {
    let _ = gate.await;
    outer(Box::pin(std::future::ready(5)), pk).await
}
#[cache_against(G(2), skip(fut))]
async fn outer(fut: Fut, pk: u64) -> u64 {
    fut.await
}

#[test]
fn a_circle_through_a_future_begun_outside_does_not_hang() {
    pollster::block_on(async {
        let (open, gate) = oneshot::channel();
        let mut fut: Fut = Box::pin(inner(gate, 1));
        assert!(poll!(&mut fut).is_pending());
        open.send(()).unwrap();
        let mut all = Box::pin(outer(fut, 1));
        for _ in 0..100 {
            if poll!(&mut all).is_ready() {
                return;
            }
        }
        panic!("hangs");
    });
}
