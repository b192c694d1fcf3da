//! What a call came to, as tests ask for it.

#![cfg(feature = "testing")]

use gcache::{Cached, Config, Transaction, tag};
use gcache_runtime::testing::{Outcome, alone, last_outcome};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn the_last_call_says_what_it_came_to() {
    let memo: Cached<u64, u64> = Cached::new("testing::outcomes");
    let call = || memo.get_with(&1, || tag("testing::outcomes"), || 5);
    let outcome = || {
        call();
        last_outcome()
    };
    let _alone = alone();
    assert_eq!(last_outcome(), None);
    assert_eq!(outcome(), Some(Outcome::Computed));
    assert_eq!(outcome(), Some(Outcome::Hit));
    assert_eq!(gcache::bypass(outcome), Some(Outcome::Bypassed));
    memo.invalidate(&1);
    assert_eq!(Transaction::begin().enter(outcome), Some(Outcome::Bypassed));
    let awaited = memo.get_with_async(&1, || tag("testing::outcomes"), async { 6 });
    assert_eq!((pollster::block_on(awaited).value, last_outcome()), (6, Some(Outcome::Computed)));
}

#[test]
fn a_call_within_a_body_returns_before_it() {
    let (inner, outer): (Cached<u64, u64>, Cached<u64, u64>) =
        (Cached::new("testing::inner"), Cached::new("testing::outer"));
    let _alone = alone();
    inner.get_with(&1, || (), || 5);
    outer.get_with(
        &1,
        || (),
        || {
            let value = inner.get_with(&1, || (), || unreachable!("it is cached")).value;
            assert_eq!(last_outcome(), Some(Outcome::Hit));
            value
        },
    );
    assert_eq!(last_outcome(), Some(Outcome::Computed));
}

#[test]
fn a_test_that_is_alone_finds_nothing_cached() {
    let memo: Cached<u64, u64> = Cached::new("testing::alone");
    memo.get_with(&1, || (), || 5);
    let guard = alone();
    assert_eq!(memo.get(&1), None);
    memo.get_with(&1, || (), || 6);
    drop(guard);
    assert_eq!(memo.get(&1), None);
}

#[test]
fn a_lookup_that_finds_is_a_hit() {
    let memo: Cached<u64, u64> = Cached::new("testing::looks");
    let _alone = alone();
    assert_eq!((memo.get(&1), last_outcome()), (None, None));
    memo.get_with(&1, || (), || 5);
    assert_eq!((memo.get(&1), last_outcome()), (Some(5), Some(Outcome::Hit)));
}

#[test]
fn a_call_within_a_condition_returns_before_it() {
    let asked: Cached<u64, bool> = Cached::new("testing::asked");
    let _alone = alone();
    let is_wanted = asked.clone();
    let config = Config::new().cache_if(move |_, _| is_wanted.get_with(&1, || (), || true).value);
    let memo: Cached<u64, u64> = Cached::with("testing::asks", config);
    asked.get_with(&1, || (), || true);
    memo.get_with(&1, || (), || 5);
    assert_eq!(last_outcome(), Some(Outcome::Computed));
}

#[test]
fn a_call_that_panics_after_its_body_leaves_no_outcome() {
    let config = Config::new().cache_if(|_, _| panic!("on purpose"));
    let memo: Cached<u64, u64> = Cached::with("testing::panics", config);
    let _alone = alone();
    let call = || memo.get_with(&1, || (), || 5);
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
    assert_eq!(last_outcome(), None);
}
