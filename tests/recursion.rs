//! Promise 4, Once: a call within itself, straight or through others, returns and hangs nobody.

mod common;

use common::{Count, must_end, poll_once};
use futures::channel::oneshot;
use futures::future::{join, join_all, select};
use futures::{pin_mut, poll};
use gcache::{bypass, cache_against, group, of};
use std::pin::Pin;
use std::sync::Barrier;
use std::thread;

group!(Item: u64);

// Ended by one test: what depends on the other group is nobody's to end.
group!(Pair: u64);

#[test]
fn a_circle_through_two_functions_returns() {
    static RUNS: Count = Count::new();
    #[cache_against(Pair(pk), skip(rounds))]
    fn left(rounds: u32, pk: u64) -> u32 {
        RUNS.up();
        if rounds == 0 { 0 } else { 1 + right(rounds - 1, pk) }
    }
    #[cache_against(Pair(pk), skip(rounds))]
    fn right(rounds: u32, pk: u64) -> u32 {
        RUNS.up();
        if rounds == 0 { 0 } else { 1 + left(rounds - 1, pk) }
    }

    assert_eq!(must_end(|| left(5, 1)), 5);
    assert_eq!(RUNS.get(), 6);
    assert_eq!(left(0, 1), 5, "the outermost value was stored");
    invalidate_pair(1);
    assert_eq!(left(0, 1), 0, "and it depends on its group");
}

#[test]
fn a_circle_through_two_async_functions_returns() {
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(rounds))]
    async fn left(rounds: u32, pk: u64) -> u32 {
        RUNS.up();
        if rounds == 0 { 0 } else { 1 + Box::pin(right(rounds - 1, pk)).await }
    }
    #[cache_against(Item(pk), skip(rounds))]
    async fn right(rounds: u32, pk: u64) -> u32 {
        RUNS.up();
        if rounds == 0 { 0 } else { 1 + Box::pin(left(rounds - 1, pk)).await }
    }

    assert_eq!(must_end(|| pollster::block_on(left(5, 7))), 5);
    assert_eq!(RUNS.get(), 6);
    assert_eq!(pollster::block_on(left(0, 7)), 5, "the outermost value was stored");
}

#[test]
fn calls_of_a_body_to_itself_side_by_side_return() {
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(depth))]
    async fn item(depth: u32, pk: u64) -> u32 {
        RUNS.up();
        if depth == 0 {
            return 1;
        }
        let again = || Box::pin(item(depth - 1, pk));
        let (one, other) = join(again(), again()).await;
        let some = join_all([again(), again()]).await;
        let (first, second) = (again(), again());
        pin_mut!(first, second);
        one + other + some.iter().sum::<u32>() + select(first, second).await.factor_first().0
    }

    assert_eq!(must_end(|| pollster::block_on(item(3, 7))), 5 * 5 * 5);
    assert_eq!(RUNS.get(), 1 + 5 + 25 + 125, "within itself each call computes by itself");
    assert_eq!(pollster::block_on(item(0, 7)), 125, "only the outermost value was stored");
}

/// Threads that a body starts and joins may call the same function for other arguments.
#[test]
fn recursion_over_threads_computes_each_argument_once() {
    static RUNS: Count = Count::new();
    #[cache_against(Item)]
    fn fib(n: u64) -> u64 {
        RUNS.up();
        if n < 2 {
            return n;
        }
        let [one, two] = [n - 1, n - 2].map(|n| thread::spawn(move || fib(n)));
        one.join().expect("it returns") + two.join().expect("it returns")
    }

    assert_eq!(must_end(|| fib(20)), 6765);
    assert_eq!(RUNS.get(), 21);
    let stats = of(fib).stats();
    assert_eq!((stats.misses, stats.hits + stats.joined), (21, 18), "19 pairs of calls, and one");
}

/// Nothing tells such a thread from any other that waits for the body, but `bypass` does.
#[test]
fn a_thread_that_a_body_joins_may_compute_the_same_argument_by_itself() {
    static RUNS: Count = Count::new();
    #[cache_against(Item(pk), skip(outermost))]
    fn item(outermost: bool, pk: u64) -> usize {
        if outermost {
            let thread = thread::spawn(move || bypass(|| item(false, pk)));
            assert_eq!(thread.join().expect("it returns"), 1);
        }
        RUNS.up()
    }

    assert_eq!(must_end(|| item(true, 7)), 2);
    assert_eq!(item(true, 7), 2, "only the outermost value was stored");
}

#[test]
fn a_destructor_in_a_body_may_call_with_the_same_argument() {
    static RUNS: Count = Count::new();
    struct CallsBack(u64);
    impl Drop for CallsBack {
        fn drop(&mut self) {
            if RUNS.get() < 3 {
                item(self.0);
            }
        }
    }
    #[cache_against(Item(pk))]
    fn item(pk: u64) -> usize {
        let run = RUNS.up();
        let _local = CallsBack(pk);
        run
    }

    assert_eq!(must_end(|| item(7)), 1);
    assert_eq!((item(7), RUNS.get()), (1, 3));
}

#[test]
fn a_circle_through_a_future_begun_outside_does_not_hang() {
    type Fut = Pin<Box<dyn Future<Output = u64> + Send>>;
    #[cache_against(Item(1), skip(gate))]
    async fn inner(gate: oneshot::Receiver<()>, pk: u64) -> u64 {
        let _ = gate.await;
        outer(Box::pin(std::future::ready(5)), pk).await
    }
    #[cache_against(Item(2), skip(fut))]
    async fn outer(fut: Fut, pk: u64) -> u64 {
        fut.await
    }

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

/// The circle is closed by the body that is handed the call, not where the call begins to wait.
#[test]
fn a_circle_through_a_call_that_waited_outside_does_not_hang() {
    type Fut = Pin<Box<dyn Future<Output = u64> + Send>>;
    #[cache_against(Item(1), skip(gate), patience = "off")]
    async fn inner(gate: Option<oneshot::Receiver<()>>, pk: u64) -> u64 {
        if let Some(gate) = gate {
            let _ = gate.await;
        }
        outer(Box::pin(std::future::ready(5)), pk).await
    }
    #[cache_against(Item(2), skip(fut), patience = "off")]
    async fn outer(fut: Fut, pk: u64) -> u64 {
        between(fut, pk).await
    }
    #[cache_against(Item(3), skip(fut), patience = "off")]
    async fn between(fut: Fut, pk: u64) -> u64 {
        fut.await
    }

    // The leader comes to wait for the outer one before that waits for the leader, or after it.
    for (pk, leader_waits_first) in [(1, false), (2, true)] {
        pollster::block_on(async {
            let (open, gate) = oneshot::channel();
            let mut leader: Fut = Box::pin(inner(Some(gate), pk));
            assert!(poll!(&mut leader).is_pending());
            let mut waits: Fut = Box::pin(inner(None, pk));
            assert!(poll!(&mut waits).is_pending());
            // Before it is polled, `outer` polls what it was handed once it is let.
            let (let_in, may_poll) = oneshot::channel();
            let handed = Box::pin(async move {
                let _ = may_poll.await;
                waits.await
            });
            let mut all: Fut = Box::pin(outer(handed, pk));
            assert!(poll!(&mut all).is_pending());
            let mut steps = [(Some(open), None), (None, Some(let_in))];
            if !leader_waits_first {
                steps.reverse();
            }
            for (open, let_in) in steps {
                let _ = open.map(|open| open.send(()));
                let _ = let_in.map(|let_in: oneshot::Sender<()>| let_in.send(()));
                if poll!(&mut leader).is_ready() || poll!(&mut all).is_ready() {
                    return;
                }
            }
            for _ in 0..100 {
                if poll!(&mut leader).is_ready() || poll!(&mut all).is_ready() {
                    return;
                }
            }
            panic!("hangs");
        });
    }
}

/// A look for a circle goes through all of its waits.
#[test]
fn a_body_may_wait_for_thousands_of_calls_side_by_side() {
    const PARTS: u64 = 20_000;
    #[cache_against(Item(pk), skip(gate))]
    async fn part(gate: Option<oneshot::Receiver<()>>, pk: u64) -> u64 {
        if let Some(gate) = gate {
            let _ = gate.await;
        }
        pk
    }
    #[cache_against(Item(0))]
    async fn page() -> u64 {
        join_all((0..PARTS).map(|pk| Box::pin(part(None, pk)))).await.into_iter().sum()
    }
    #[cache_against(Item(0))]
    async fn site() -> u64 {
        page().await
    }

    pollster::block_on(async {
        let begin = |pk| {
            let (open, gate) = oneshot::channel();
            let mut part = Box::pin(part(Some(gate), pk));
            poll_once(&mut part);
            (part, open)
        };
        let (parts, gates): (Vec<_>, Vec<_>) = (0..PARTS).map(begin).unzip();
        let mut page = Box::pin(page());
        poll_once(&mut page);
        let mut site = Box::pin(site());
        poll_once(&mut site);
        drop(gates);
        join_all(parts).await;
        assert_eq!(join(page, site).await.1, PARTS * (PARTS - 1) / 2);
    });
}

#[test]
fn recursion_computes_each_argument_once() {
    static RUNS: Count = Count::new();

    #[cache_against(Item)]
    fn fib(n: u64) -> u64 {
        RUNS.up();
        if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
    }

    assert_eq!(must_end(|| fib(90)), 2_880_067_194_370_816_120);
    assert_eq!(RUNS.get(), 91);
}

#[test]
fn async_recursion_computes_each_argument_once() {
    static RUNS: Count = Count::new();

    #[cache_against(Item)]
    async fn fib(n: u64) -> u64 {
        RUNS.up();
        if n < 2 { n } else { Box::pin(fib(n - 1)).await + Box::pin(fib(n - 2)).await }
    }

    assert_eq!(must_end(|| pollster::block_on(fib(50))), 12_586_269_025);
    assert_eq!(RUNS.get(), 51);
}

#[test]
fn a_body_that_calls_with_its_own_argument_computes_at_once() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), skip(depth))]
    fn item(depth: u32, pk: u64) -> usize {
        RUNS.up();
        if depth == 0 { 0 } else { 1 + item(depth - 1, pk) }
    }
    #[cache_against(Item(pk), skip(depth))]
    async fn item_async(depth: u32, pk: u64) -> usize {
        RUNS.up();
        if depth == 0 { 0 } else { 1 + Box::pin(item_async(depth - 1, pk)).await }
    }

    assert_eq!(must_end(|| item(3, 7)), 3);
    assert_eq!(RUNS.get(), 4);
    assert_eq!(must_end(|| item(0, 7)), 3, "only the outermost value was stored");
    assert_eq!(must_end(|| pollster::block_on(item_async(3, 7))), 3);
}

/// Two threads lead one flight each, and each body calls the other's function.
#[test]
fn a_circle_of_flights_on_two_threads_does_not_deadlock() {
    static TURN: std::sync::LazyLock<Barrier> = std::sync::LazyLock::new(|| Barrier::new(2));

    #[cache_against(Item(1), skip(outermost))]
    fn left(outermost: bool) -> u64 {
        if outermost {
            TURN.wait();
            right(false)
        } else {
            1
        }
    }
    #[cache_against(Item(2), skip(outermost))]
    fn right(outermost: bool) -> u64 {
        if outermost {
            TURN.wait();
            left(false)
        } else {
            2
        }
    }

    let (left, right) = must_end(|| {
        let other = thread::spawn(|| right(true));
        (left(true), other.join().expect("it returns"))
    });
    // One of the two waited for the other, which computed the first one's value by itself.
    assert!(matches!((left, right), (2 | 1, 1 | 2)));
}
