//! Scopes: transactions that others commit inside of.

use gcache::{Cached, Transaction, invalidate_tag, tag};

/// Values that depend on a tag each.
struct Shelf(Cached<String, u8>);

impl Shelf {
    fn new(name: &str, tags: &[&'static str]) -> Self {
        let shelf = Self(Cached::new(name));
        for name in tags {
            shelf.0.get_with(*name, || tag(*name), || 1);
        }
        shelf
    }

    /// Which of `tags` have ended.
    fn ended(&self, tags: &[&'static str]) -> Vec<&'static str> {
        let ended = |name: &&&'static str| !self.0.get_with(**name, || tag(**name), || 2).is_hit();
        tags.iter().filter(ended).copied().collect()
    }
}

/// Invalidations `name` in a transaction of its own, and commits that.
fn commit(name: &str) {
    let inner = Transaction::begin();
    assert!(inner.enter(|| invalidate_tag(name)).is_deferred());
    assert_eq!(inner.commit().count(), 0, "it waits for the scope");
}

#[test]
fn a_rollback_forgets_invalidations_that_were_not_committed() {
    const TAGS: [&str; 5] =
        ["scope: bare", "scope: committed", "scope: dropped", "scope: back", "scope: deep"];
    let shelf = Shelf::new("scope: rollback", &TAGS);
    let scope = Transaction::begin_scope();
    scope.enter(|| {
        assert!(invalidate_tag(TAGS[0]).is_deferred());
        commit(TAGS[1]);
        // Nobody knows what became of it.
        let undecided = Transaction::begin();
        undecided.enter(|| invalidate_tag(TAGS[2]));
        drop(undecided);
        let back = Transaction::begin();
        back.enter(|| {
            invalidate_tag(TAGS[3]);
            commit(TAGS[3]);
        });
        back.rollback();
        let outer = Transaction::begin();
        outer.enter(|| commit(TAGS[4]));
        outer.commit();
    });
    scope.rollback();
    assert_eq!(shelf.ended(&TAGS), [TAGS[1], TAGS[2], TAGS[4]]);
}

#[test]
fn a_commit_invalidates_each_group_once() {
    const TAGS: [&str; 2] = ["scope: once", "scope: other"];
    let shelf = Shelf::new("scope: commit", &TAGS);
    let scope = Transaction::begin_scope();
    scope.enter(|| {
        invalidate_tag(TAGS[0]);
        commit(TAGS[0]);
        commit(TAGS[1]);
    });
    assert_eq!(scope.commit().count(), 2);
    assert_eq!(shelf.ended(&TAGS), TAGS);
}

#[test]
fn a_scope_that_is_dropped_undecided_invalidates() {
    const TAGS: [&str; 2] = ["scope: undecided", "scope: undecided, inner"];
    let shelf = Shelf::new("scope: drop", &TAGS);
    let scope = Transaction::begin_scope();
    scope.enter(|| {
        invalidate_tag(TAGS[0]);
        commit(TAGS[1]);
    });
    drop(scope);
    assert_eq!(shelf.ended(&TAGS), TAGS);
}

#[test]
fn groups_that_either_transaction_touched_are_touched_for_both() {
    const TAG: &str = "scope: touched";
    let shelf = Shelf::new("scope: touches", &[TAG]);
    let scope = Transaction::begin_scope();
    scope.enter(|| {
        let inner = Transaction::begin();
        inner.enter(|| invalidate_tag(TAG));
        assert_eq!(shelf.ended(&[TAG]), [TAG], "of one that has not ended");
        inner.commit();
        assert_eq!(shelf.ended(&[TAG]), [TAG], "of one that has");
        let other = Transaction::begin();
        assert_eq!(other.enter(|| shelf.ended(&[TAG])), [TAG], "in another");
    });
    let outside = std::thread::scope(|threads| {
        threads.spawn(|| shelf.ended(&[TAG]).len()).join().expect("it returns")
    });
    assert_eq!(outside, 0, "nobody outside sees it");
    scope.rollback();
    assert_eq!(shelf.ended(&[TAG]), [TAG]);
}

/// Around a scope is a transaction that knows better.
#[test]
fn a_scope_inside_of_a_transaction_ends_with_it() {
    const TAG: &str = "scope: around";
    let shelf = Shelf::new("scope: inside", &[TAG]);
    let around = Transaction::begin();
    around.enter(|| {
        let scope = Transaction::begin_scope();
        scope.enter(|| commit(TAG));
        scope.rollback();
    });
    around.rollback();
    assert!(shelf.ended(&[TAG]).is_empty());
}
