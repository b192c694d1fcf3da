//! What becomes of calls while a group is in doubt, and after.

mod common;

use common::doubt::{Database, USE, doubt_is_over, in_doubt, is_fresh_at_last};
use common::{Count, poll_once};
use futures::channel::oneshot::{self, Receiver, Sender};
use futures::future::Shared;
use futures::{FutureExt as _, join};
use gcache::{Invalidates, Transaction, cache_against, depends_on, group, invalidate};
use std::time::Instant;

/// Puts groups in doubt with a statement under way in the database.
fn leave(database: &Database, invalidation: impl FnOnce()) {
    in_doubt();
    let held = Transaction::begin();
    held.enter(invalidation);
    poll_once(&mut Box::pin(database.write(1)));
    held.doubt();
}

/// Something that bodies wait for.
fn gate() -> (Sender<()>, Shared<Receiver<()>>) {
    let (open, gate) = oneshot::channel();
    (open, gate.shared())
}

async fn pass(gate: &Shared<Receiver<()>>) {
    gate.clone().await.expect("the test opens it");
}

#[test]
fn a_caller_of_a_function_in_doubt_is_kept_no_longer() {
    group!(Item: u64);
    group!(Page: u64);
    static DATABASE: Database = Database::new();
    #[cache_against(Item(1))]
    fn item() -> u64 {
        DATABASE.read()
    }
    #[cache_against(Page(1))]
    fn page() -> u64 {
        item()
    }
    /// With a time of its own, which is longer.
    #[cache_against(Page(1), ttl = "1h")]
    fn site() -> u64 {
        page()
    }
    leave(&DATABASE, || {
        invalidate!(Item(1));
    });
    // The first by a body, the others by hits.
    assert_eq!((page(), item(), site(), site()), (0, 0, 0, 0));
    DATABASE.finish();
    is_fresh_at_last(|| (site(), page(), item()) == (1, 1, 1));
}

#[test]
fn an_entry_with_a_late_dependency_in_doubt_is_kept_no_longer() {
    group!(Item: u64);
    group!(Page: u64);
    static DATABASE: Database = Database::new();
    #[cache_against(Page(1))]
    fn page() -> u64 {
        let value = DATABASE.read();
        depends_on!(Item(1));
        value
    }
    leave(&DATABASE, || {
        invalidate!(Item(1));
    });
    assert_eq!(page(), 0);
    DATABASE.finish();
    is_fresh_at_last(|| page() == 1);
}

#[test]
fn an_entry_of_rows_in_doubt_is_kept_no_longer() {
    #[derive(Clone, Debug, PartialEq, Invalidates)]
    struct Film {
        id: u64,
        stars: u64,
    }
    group!(Page: u64);
    static DATABASE: Database = Database::new();
    #[cache_against(Page(1), results)]
    fn page() -> Film {
        Film { id: 1, stars: DATABASE.read() }
    }
    leave(&DATABASE, || {
        invalidate!(Film(1));
    });
    assert_eq!(page().stars, 0);
    DATABASE.finish();
    is_fresh_at_last(|| page().stars == 1);
}

/// The body has read in doubt, and learns of its group when the doubt is over.
#[test]
fn a_value_that_was_read_in_doubt_is_not_stored_after_the_doubt() {
    group!(Item: u64);
    group!(Page: u64);
    static DATABASE: Database = Database::new();
    #[cache_against(Page(1), skip(gate))]
    async fn page(gate: &Shared<Receiver<()>>) -> u64 {
        let value = DATABASE.read();
        pass(gate).await;
        depends_on!(Item(1));
        value
    }
    leave(&DATABASE, || {
        invalidate!(Item(1));
    });
    let (open, gate) = gate();
    let mut first = Box::pin(page(&gate));
    poll_once(&mut first);
    DATABASE.finish();
    doubt_is_over();
    let mut waits = Box::pin(page(&gate));
    poll_once(&mut waits);
    open.send(()).expect("it is waited for");
    pollster::block_on(async {
        assert_eq!(first.await, 0, "it called before the database was done");
        assert_eq!(waits.await, 1, "it called after the doubt");
        assert_eq!(page(&gate).await, 1);
    });
}

#[test]
fn waiters_in_doubt_share_one_computation() {
    group!(Item: u64);
    static DATABASE: Database = Database::new();
    static RUNS: Count = Count::new();
    #[cache_against(Item(id), skip(gate))]
    async fn item(id: u64, gate: &Shared<Receiver<()>>) -> u64 {
        RUNS.up();
        pass(gate).await;
        DATABASE.read()
    }
    in_doubt();
    let mut id = 0;
    // A busy machine may take longer for one of them than a value in doubt is used.
    is_fresh_at_last(|| {
        id += 1;
        let begun = Instant::now();
        let held = Transaction::begin();
        held.enter(|| invalidate!(Item(id)));
        held.doubt();
        let (open, gate) = gate();
        let before = RUNS.get();
        let mut all = Box::pin(async { join!(item(id, &gate), item(id, &gate), item(id, &gate)) });
        poll_once(&mut all);
        let in_time = begun.elapsed() < USE;
        open.send(()).expect("it is waited for");
        assert_eq!(pollster::block_on(all), (0, 0, 0));
        let runs = RUNS.get() - before;
        assert!(runs == 1 || !in_time, "{runs} bodies");
        in_time
    });
}

#[test]
fn a_flight_is_not_joined_after_its_deadline() {
    group!(Item: u64);
    static DATABASE: Database = Database::new();
    #[cache_against(Item(1), skip(gate))]
    async fn item(gate: &Shared<Receiver<()>>) -> u64 {
        let value = DATABASE.read();
        if value == 0 {
            pass(gate).await;
        }
        value
    }
    leave(&DATABASE, || {
        invalidate!(Item(1));
    });
    let (open, gate) = gate();
    let mut first = Box::pin(item(&gate));
    poll_once(&mut first);
    DATABASE.finish();
    doubt_is_over();
    assert_eq!(pollster::block_on(item(&gate)), 1, "it does not wait");
    open.send(()).expect("it is waited for");
    assert_eq!(pollster::block_on(first), 0, "it called before the database was done");
    assert_eq!(pollster::block_on(item(&gate)), 1, "what landed late is not stored");
}

/// A body may be joined as long as it is not known that it rests on something in doubt; its value is for
/// nobody who joined after the deadline.
#[test]
fn an_overdue_value_reaches_no_call_from_after_its_deadline() {
    group!(Item: u64);
    group!(Page: u64);
    static DATABASE: Database = Database::new();
    #[cache_against(Item(1), skip(gate))]
    async fn item(gate: &Shared<Receiver<()>>) -> u64 {
        let value = DATABASE.read();
        pass(gate).await;
        value
    }
    #[cache_against(Page(1), skip(gate))]
    async fn page(gate: &Shared<Receiver<()>>) -> u64 {
        item(gate).await
    }
    leave(&DATABASE, || {
        invalidate!(Item(1));
    });
    let (open, gate) = gate();
    let mut first = Box::pin(page(&gate));
    poll_once(&mut first);
    DATABASE.finish();
    doubt_is_over();
    let mut late = Box::pin(page(&gate));
    poll_once(&mut late);
    open.send(()).expect("it is waited for");
    pollster::block_on(async {
        assert_eq!(first.await, 0, "it called before the database was done");
        assert_eq!(late.await, 1);
        assert_eq!(page(&gate).await, 1);
    });
}

/// A time alone is no doubt: it counts from the end of a computation, and those who wait share it.
#[test]
fn a_flight_is_joined_though_a_ttl_inside_of_it_is_over() {
    group!(Item: u64);
    static RUNS: Count = Count::new();
    #[cache_against(Item(1), ttl = "1ns")]
    fn item() -> u64 {
        1
    }
    #[cache_against(Item(1), skip(gate))]
    async fn page(gate: &Shared<Receiver<()>>) -> u64 {
        RUNS.up();
        let value = item();
        pass(gate).await;
        value
    }
    let (open, gate) = gate();
    let mut all = Box::pin(async { join!(page(&gate), page(&gate)) });
    poll_once(&mut all);
    open.send(()).expect("it is waited for");
    assert_eq!(pollster::block_on(all), (1, 1));
    assert_eq!(RUNS.get(), 1);
}

#[test]
fn other_groups_are_in_no_doubt() {
    group!(Item: u64);
    group!(Other: u64);
    static DATABASE: Database = Database::new();
    static RUNS: Count = Count::new();
    #[cache_against(Item(id))]
    fn item(id: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Other(1))]
    fn other() -> usize {
        RUNS.up()
    }
    #[cache_against(Item)]
    fn items() -> usize {
        RUNS.up()
    }
    leave(&DATABASE, || {
        invalidate!(Item(1));
    });
    let begun = (item(1), item(2), other(), items());
    let (one, two, three, all) = begun;
    doubt_is_over();
    assert_eq!((item(2), other()), (two, three), "hits");
    assert!(item(1) != one && items() != all);
    let after = (item(1), items());
    doubt_is_over();
    assert_eq!((item(1), items()), after, "hits: the doubt is over");
    DATABASE.finish();
}

#[test]
fn an_invalidation_without_doubt_leaves_the_doubt_of_another() {
    group!(Item: u64);
    static DATABASE: Database = Database::new();
    #[cache_against(Item(1))]
    fn item() -> u64 {
        DATABASE.read()
    }
    leave(&DATABASE, || {
        invalidate!(Item(1));
    });
    invalidate!(Item(1));
    assert_eq!(item(), 0, "the first statement is still under way");
    DATABASE.finish();
    is_fresh_at_last(|| item() == 1);
}
