//! A memo without a macro: entries that are looked up, and invalidated, by their keys.

mod common;

use common::{Counted, parts};
use gcache::{Cached, Config, Source, Transaction, invalidate, tag};
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn a_lookup_finds_and_never_computes() {
    let counted = Counted::new("cached::looks");
    let look = || counted.memo.get("key");
    assert_eq!(look(), None);
    assert!(counted.memo.is_empty());
    counted.get("key", || tag("cached::looks"));
    assert_eq!((look(), counted.runs.get()), (Some(1), 1));
    assert_eq!(counted.memo.stats().hits, 1, "a lookup that finds is a hit");
    assert_eq!(gcache::bypass(look), None);
    invalidate!("cached::looks");
    assert_eq!(look(), None);
}

#[test]
fn a_body_depends_on_what_it_has_looked_up() {
    let inner: Cached<u64, u64> = Cached::new("cached::looked inner");
    let outer: Cached<u64, Option<u64>> = Cached::new("cached::looked outer");
    inner.get_with(&1, || tag("cached::looked"), || 5);
    let get = || outer.get_with(&1, || (), || inner.get(&1));
    assert_eq!(parts(get()), (Some(5), Source::Computed));
    assert_eq!(parts(get()), (Some(5), Source::Hit));
    invalidate!("cached::looked");
    assert_eq!(parts(get()), (None, Source::Computed));
}

#[test]
fn a_lookup_waits_for_nobody() {
    let memo: Cached<u64, u64> = Cached::new("cached::looks on");
    memo.get_with(
        &1,
        || tag("cached::looks on"),
        || {
            std::thread::scope(|scope| {
                let found = scope.spawn(|| memo.get(&1)).join();
                assert_eq!(found.expect("it waits for nobody"), None);
            });
            5
        },
    );
    assert_eq!(memo.get(&1), Some(5));
}

#[test]
fn a_transaction_looks_up_nothing_that_it_has_changed() {
    let memo: Cached<u64, u64> = Cached::new("cached::looks within");
    memo.get_with(&1, || tag("cached::looks within"), || 5);
    let transaction = Transaction::begin();
    transaction.enter(|| {
        assert_eq!(memo.get(&1), Some(5));
        invalidate!("cached::looks within");
        assert_eq!(memo.get(&1), None);
    });
    assert_eq!(memo.get(&1), Some(5), "nothing is committed");
    transaction.commit();
    assert_eq!(memo.get(&1), None);
}

#[test]
fn an_entry_ends_by_its_key_and_takes_along_what_rests_on_it() {
    let counted = Counted::new("cached::by key");
    let outer: Cached<u64, u64> = Cached::new("cached::by key outer");
    let inner = |key: &str| counted.get(key, || tag("cached::by key"));
    let get = || outer.get_with(&1, || (), || inner("seven").value).source;
    get();
    inner("eight");
    assert_eq!(counted.memo.invalidate("seven").count(), 1);
    assert_eq!(get(), Source::Computed);
    assert!(inner("eight").is_hit());
    assert!(inner("seven").is_hit(), "the outer call has computed it");
    assert_eq!(counted.memo.invalidate("nine").count(), 0);
}

#[test]
fn a_transaction_ends_an_entry_by_its_key_when_it_commits() {
    let counted = Counted::new("cached::by key within");
    let get = || counted.get("key", || tag("cached::by key within"));
    get();
    let transaction = Transaction::begin();
    transaction.enter(|| {
        assert!(counted.memo.invalidate("key").is_deferred());
        assert_eq!(get().source, Source::Computed);
    });
    assert!(get().is_hit());
    transaction.commit();
    assert_eq!(get().source, Source::Computed);
}

/// A computation that is under way serves none that begin after its key was invalidated, and is not stored.
#[test]
fn what_is_under_way_ends_by_its_key() {
    let memo: Cached<u64, u64> = Cached::new("cached::under way");
    let call = |body: &dyn Fn() -> u64| memo.get_with(&1, || tag("cached::under way"), body);
    std::thread::scope(|scope| {
        let (begun, has_begun) = std::sync::mpsc::channel();
        let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
        let memo = &memo;
        let stale = scope.spawn(move || {
            let body = move || {
                begun.send(()).expect("the test listens");
                may_go_on.recv().expect("the test lets it go on");
                5
            };
            memo.get_with(&1, || tag("cached::under way"), body)
        });
        has_begun.recv().expect("the first begins");
        let joiner = async { unreachable!("it takes what the first brings") };
        let mut joiner = Box::pin(memo.get_with_async(&1, || tag("cached::under way"), joiner));
        pollster::block_on(std::future::poll_fn(|task| {
            assert!(joiner.as_mut().poll(task).is_pending());
            std::task::Poll::Ready(())
        }));
        memo.invalidate(&1);
        assert_eq!(memo.get(&1), None);
        // It would wait for ever for the first.
        assert_eq!(parts(call(&|| 6)), (6, Source::Computed));
        go_on.send(()).expect("the first waits");
        assert_eq!(parts(stale.join().expect("it answers")), (5, Source::Computed));
        assert_eq!(parts(pollster::block_on(joiner)), (5, Source::Joined), "it called before");
    });
    assert_eq!(parts(call(&|| unreachable!("it is stored"))), (6, Source::Hit));
}

#[test]
fn what_is_under_way_alone_ends_by_its_key() {
    let memo: Cached<u64, u64> = Cached::new("cached::alone");
    let computed = memo.get_with(
        &1,
        || tag("cached::alone"),
        || {
            memo.invalidate(&1);
            5
        },
    );
    assert_eq!(parts(computed), (5, Source::Computed));
    assert_eq!((memo.get(&1), memo.stats().unstored), (None, 1));
}

#[test]
fn a_memo_without_keys_ends_as_a_whole() {
    let memo: Cached<u64, u64> = Cached::with("cached::groups only", Config::new().groups_only());
    memo.get_with(&1, || (), || 1);
    memo.get_with(&2, || (), || 2);
    assert_eq!(memo.invalidate(&1).count(), 1);
    assert_eq!((memo.get(&1), memo.get(&2)), (None, None));
}

thread_local! {
    static HASHED: Cell<u64> = const { Cell::new(0) };
    static PANICS: Cell<bool> = const { Cell::new(false) };
}

/// A key that counts how often it is hashed, and panics then if it is to.
#[derive(Clone, PartialEq, Eq)]
struct Key(u64);

impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        HASHED.set(HASHED.get() + 1);
        assert!(!PANICS.get(), "on purpose");
        // All even keys have one hash.
        (self.0 % 2).hash(hasher);
    }
}

#[test]
fn a_key_that_panics_ends_all_entries() {
    for groups_only in [false, true] {
        let config = Config::new();
        let config = if groups_only { config.groups_only() } else { config };
        let memo: Cached<Key, u64> = Cached::with("cached::panics", config);
        memo.get_with(&Key(1), || (), || 5);
        PANICS.set(true);
        let ended = catch_unwind(AssertUnwindSafe(|| memo.invalidate(&Key(1))));
        PANICS.set(false);
        assert_eq!((ended.is_err(), memo.get(&Key(1))), (!groups_only, None));
    }
}

#[test]
fn a_key_ends_with_another_of_its_hash_and_not_without() {
    let memo: Cached<Key, u64> = Cached::new("cached::one hash");
    (1..=4).for_each(|key| assert!(!memo.get_with(&Key(key), || (), || key).is_hit()));
    memo.invalidate(&Key(2));
    let found = [1, 2, 3, 4].map(|key| memo.get(&Key(key)));
    assert_eq!(found, [Some(1), None, Some(3), None]);
}

#[test]
fn a_hit_hashes_its_key_once() {
    let memo: Cached<Key, u64> = Cached::new("cached::hashed");
    let call = || memo.get_with(&Key(1), || (), || 5);
    (0..32).for_each(|_| assert_eq!(call().value, 5));
    HASHED.set(0);
    assert!(call().is_hit());
    assert_eq!(HASHED.get(), 1);
}
