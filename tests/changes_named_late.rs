//! A transaction that is begun early and filled late: `invalidate!(in changed: ..)`.

mod common;

use common::{Count, changes};
use gcache::{Transaction, cache_against, group, invalidate};
use std::panic::{AssertUnwindSafe, catch_unwind};

group!(Article: u64);

/// Each test has articles of its own.
#[cache_against(Article(id))]
fn article(id: u64) -> usize {
    static RUNS: Count = Count::new();
    RUNS.up()
}

#[test]
fn what_was_named_is_invalidated_when_it_is_dropped() {
    fn change(id: u64, fails: bool) -> Result<(), u64> {
        let before = article(id);
        let changed = Transaction::begin();
        assert!(invalidate!(in changed: Article(id)).is_deferred());
        assert_eq!(article(id), before, "not yet");
        if fails {
            return Err(id);
        }
        invalidate!(in &changed: Article(id + 1), "named late");
        Ok(())
    }

    assert!(changes(|| article(1), || assert!(change(1, false).is_ok())));
    assert!(changes(|| article(2), || assert!(change(1, false).is_ok())));
    assert!(changes(|| article(1), || assert!(change(1, true).is_err())));
    assert!(!changes(|| article(2), || assert!(change(1, true).is_err())));
}

#[test]
fn a_panic_invalidates_what_was_named_until_then() {
    let panics = || {
        let changed = Transaction::begin();
        invalidate!(in changed: Article(11));
        panic!("in the middle");
    };
    assert!(changes(|| article(11), || assert!(catch_unwind(AssertUnwindSafe(panics)).is_err())));
}

#[test]
fn what_is_rolled_back_is_forgotten() {
    let named = |decide: fn(Transaction)| {
        let changed = Transaction::begin();
        invalidate!(in changed: Article(21));
        decide(changed);
    };
    assert!(!changes(|| article(21), || named(Transaction::rollback)));
    assert!(changes(|| article(21), || named(|changed| assert_eq!(changed.commit().count(), 1))));
}

/// The expressions stand in the function, and not in a closure.
#[test]
fn a_key_may_be_found_with_a_question_mark() {
    fn change(text: &str) -> Result<(), std::num::ParseIntError> {
        let changed = Transaction::begin();
        invalidate!(in changed: Article(text.parse::<u64>()?));
        Ok(())
    }

    assert!(changes(|| article(31), || assert!(change("31").is_ok())));
    assert!(!changes(|| article(31), || assert!(change("x").is_err())));
}
