//! Functions whose groups are all found on the way: `found`.

mod common;

use common::{Count, changes, ignore};
use futures::channel::oneshot;
use futures::poll;
use gcache::{Invalidates, cache_against, depends_on, group, of, stats};
use std::pin::pin;

#[test]
fn a_value_depends_on_what_its_body_found() {
    group!(User: u64);
    static RUNS: Count = Count::new();

    #[cache_against(found)]
    fn profile(name: &str) -> usize {
        let id = name.len() as u64; // as read from a row
        depends_on!(User(id));
        RUNS.up()
    }

    assert!(changes(|| profile("ann"), || ignore(invalidate_user(3))));
    assert!(!changes(|| profile("ann"), || ignore(invalidate_user(4))));
    assert_eq!(of(profile).stats().groupless, 0);
}

#[test]
fn a_value_without_groups_is_not_stored_and_counted() {
    group!(User: u64);
    static RUNS: Count = Count::new();

    #[cache_against(found, name = "found: profile")]
    fn profile(id: Option<u64>) -> usize {
        depends_on!(User?(id));
        RUNS.up()
    }

    assert_eq!((profile(None), profile(None)), (1, 2));
    assert_eq!((profile(Some(1)), profile(Some(1))), (3, 3));
    let of_profile = of(profile).stats();
    assert_eq!((of_profile.groupless, of_profile.unstored, of_profile.entries), (2, 2, 1));
    assert!(stats().to_string().contains("groupless"));
}

/// Cached values that the body uses have groups, or they have none.
#[test]
fn a_group_may_be_that_of_a_value_which_the_body_used() {
    group!(User: u64);
    static RUNS: Count = Count::new();

    #[cache_against(User(id))]
    fn named(id: u64) -> u64 {
        id
    }
    #[cache_against(found)]
    fn nameless(id: u64) -> u64 {
        id
    }
    #[cache_against(User?(None::<u64>))]
    fn of_nobody(id: u64) -> u64 {
        id
    }
    #[cache_against(found)]
    fn page(which: u8) -> usize {
        match which {
            0 => named(7),
            1 => nameless(7),
            _ => of_nobody(7),
        };
        RUNS.up()
    }

    assert!(changes(|| page(0), || ignore(invalidate_user(7))));
    for which in [1, 2, 2] {
        assert_ne!(page(which), page(which), "{which}");
    }
}

/// The groups are those of the returned rows.
#[test]
fn rows_are_groups_too() {
    #[derive(Clone, Invalidates)]
    struct Line {
        id: u64,
    }
    static RUNS: Count = Count::new();

    #[cache_against(found, results)]
    fn lines(number: u64) -> Vec<Line> {
        RUNS.up();
        (0..number).map(|id| Line { id }).collect()
    }

    let runs = |number| {
        move || {
            lines(number);
            RUNS.get()
        }
    };
    assert!(changes(runs(2), || ignore(invalidate_line(1))));
    let runs = runs(0);
    assert_ne!(runs(), runs());
}

/// A call that comes while a body runs may know of a change that the body did not see, and no group tells.
#[test]
fn a_value_without_groups_is_for_calls_that_came_before_any_change() {
    static RUNS: Count = Count::new();

    #[cache_against(found, skip(go))]
    async fn nameless(go: Option<oneshot::Receiver<()>>) -> usize {
        if let Some(go) = go {
            go.await.expect("the test lets it go on");
        }
        RUNS.up()
    }

    pollster::block_on(async {
        let (leave, go) = oneshot::channel();
        let mut leader = pin!(nameless(Some(go)));
        assert!(poll!(&mut leader).is_pending());
        let mut early = pin!(nameless(None));
        assert!(poll!(&mut early).is_pending());
        gcache::invalidate_tag("found: whatever");
        let mut late = pin!(nameless(None));
        assert!(poll!(&mut late).is_pending());
        leave.send(()).expect("the leader waits");
        assert_eq!((leader.await, early.await, late.await), (1, 1, 2));
    });
}
