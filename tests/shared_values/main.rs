//! What goes around a body whose value is shared, with a store of the test's own in the place of Redis.

mod store;

use gcache::shared::SharedValue;
use gcache::{
    Cached, Invalidates, Transaction, cache_against, depends_on, group, invalidate, member, of, tag,
};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::store;

group!(Book: u64, name = "shop.book");
group!(Author: u64, name = "shop.author");
group!(Session: u64, name = "shop.session", local);
group!(Person: String, name = "shop.person", secret);

group!(OfBroken: Broken, name = "shop.broken");

/// A key that panics where it is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
struct Broken;

impl<'de> Deserialize<'de> for Broken {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("nobody may read it")
    }
}

#[derive(Clone, Debug, PartialEq, Invalidates, Serialize, Deserialize)]
#[group(name = "shop.film")]
struct Film {
    id: u64,
    #[group(index)]
    director: u64,
}

#[test]
fn a_value_is_computed_once_for_all_processes() {
    static RUN: AtomicUsize = AtomicUsize::new(0);
    #[cache_against(Book(id), shared_values, ttl = "1h")]
    fn once_for_all(id: u64) -> String {
        RUN.fetch_add(1, Ordering::SeqCst);
        format!("book {id}")
    }
    let store = store();
    assert_eq!(once_for_all(7), "book 7");
    let value = store.value_of("once_for_all").unwrap();
    assert_eq!(store.groups_of("once_for_all"), [r#"["shop.book","key",7]"#]);
    assert!(value.ttl <= Duration::from_secs(3600) && value.ttl > Duration::from_secs(3500));
    // Another process: nothing here, and all there.
    of(once_for_all).clear().unwrap();
    assert_eq!((once_for_all(7), RUN.load(Ordering::SeqCst)), ("book 7".to_owned(), 1));
    assert_eq!(
        (once_for_all(7), store.requests_of("once_for_all").len()),
        ("book 7".to_owned(), 2),
        "a hit"
    );
    invalidate_book(7);
    store.values.lock().unwrap().retain(|(function, _), _| function != "once_for_all");
    once_for_all(7);
    assert_eq!(RUN.load(Ordering::SeqCst), 2, "what was read depends on its groups");
    let asked = &store.requests_of("once_for_all")[0];
    assert_eq!(asked.groups[0].to_string(), r#"["shop.book","key",7]"#);
    assert!(!asked.secret);
}

#[test]
fn late_and_nested_groups_are_told() {
    #[cache_against(Author(author))]
    fn inner_not_shared(author: u64) -> u64 {
        depends_on!("late in the inner one");
        author
    }
    #[cache_against(Book(id), results, shared_values, ttl = "1h")]
    fn with_all_groups(id: u64) -> Film {
        depends_on!(Film(director = 5), Book);
        // Once computed, once a hit.
        Film { id, director: inner_not_shared(3) + inner_not_shared(3) - 3 }
    }
    store();
    with_all_groups(7);
    let groups = [
        r#"["shop.author","key",3]"#,
        r#"["shop.book","key",7]"#,
        r#"["shop.book"]"#,
        r#"["shop.film","director",5]"#,
        r#"["shop.film","key",7]"#,
        r#"["tag","key","late in the inner one"]"#,
    ];
    assert_eq!(store().groups_of("with_all_groups"), groups);
}

#[test]
fn what_was_read_depends_on_all_its_groups() {
    #[cache_against(Author(author))]
    fn inner_of_read(author: u64) -> u64 {
        author
    }
    #[cache_against(Book(id), shared_values, ttl = "1h")]
    fn read(id: u64) -> u64 {
        depends_on!("late of read");
        inner_of_read(4) + id
    }
    let store = store();
    let from_store = || {
        of(read).clear().unwrap();
        let before = store.requests_of("read").len();
        assert_eq!(read(7), 11);
        assert_eq!(store.requests_of("read").len(), before + 1);
        assert_eq!((read(7), store.requests_of("read").len()), (11, before + 1), "a hit");
        before + 1
    };
    read(7);
    let endings: [fn(); 4] = [
        || _ = invalidate_book(7),
        || _ = invalidate(&member::<Author>(4)),
        || _ = invalidate(&tag("late of read")),
        || _ = invalidate_all_of_author(),
    ];
    for ending in endings {
        let before = from_store();
        ending();
        read(7);
        assert_eq!(store.requests_of("read").len(), before + 1, "it is not valid any more");
    }
}

fn invalidate_all_of_author() -> gcache::Invalidated {
    invalidate(&gcache::whole::<Author>())
}

/// What the process learns after the store was asked is not in what the store has said.
#[test]
fn what_is_invalidated_while_it_is_read_is_not_kept() {
    #[cache_against(Book(id), shared_values, ttl = "1h")]
    fn told_meanwhile(id: u64) -> u64 {
        depends_on!("told meanwhile");
        id
    }
    let store = store();
    told_meanwhile(7);
    assert!(store.value_of("told_meanwhile").is_some());
    of(told_meanwhile).clear().unwrap();
    told_meanwhile(7);
    told_meanwhile(7);
    assert_eq!(store.requests_of("told_meanwhile").len(), 3, "it is returned, and not kept");
}

#[test]
fn a_value_is_kept_no_longer_than_it_was_to_be() {
    static RUN: AtomicUsize = AtomicUsize::new(0);
    #[cache_against(Book(id), shared_values, ttl = "1h")]
    fn nearly_over(id: u64) -> u64 {
        RUN.fetch_add(1, Ordering::SeqCst);
        id
    }
    let store = store();
    nearly_over(7);
    for ((function, _), value) in store.values.lock().unwrap().iter_mut() {
        if function == "nearly_over" {
            value.ttl = Duration::ZERO;
        }
    }
    of(nearly_over).clear().unwrap();
    nearly_over(7);
    nearly_over(7);
    assert_eq!(store.requests_of("nearly_over").len(), 3);
    assert_eq!(RUN.load(Ordering::SeqCst), 1);
}

#[test]
fn a_transaction_and_a_bypass_share_nothing() {
    #[cache_against(Book(id), shared_values, ttl = "1h")]
    fn in_transaction(id: u64) -> u64 {
        id
    }
    #[cache_against(Book(id), shared_values, ttl = "1h")]
    fn enters_transaction(id: u64) -> u64 {
        Transaction::begin().enter(|| id)
    }
    let store = store();
    Transaction::begin().enter(|| in_transaction(7));
    gcache::bypass(|| in_transaction(7));
    assert!(store.requests_of("in_transaction").is_empty());
    enters_transaction(7);
    assert!(store.value_of("enters_transaction").is_none());
    assert!(store.was_given_up("enters_transaction"));
}

#[test]
fn what_is_not_stored_is_not_shared() {
    #[cache_against(Book(id), shared_values, ttl = "1h")]
    fn fails(id: u64) -> Result<u64, String> {
        if id == 0 { Err("none".to_owned()) } else { Ok(id) }
    }
    #[cache_against(Book(id), cache_if = |value: &u64| *value > 7, shared_values, ttl = "1h")]
    fn unwanted(id: u64) -> u64 {
        id
    }
    #[cache_against(Book(id), shared_values, ttl = "1h")]
    fn of_local_group(id: u64) -> u64 {
        depends_on!(Session(1));
        id
    }
    #[cache_against(Book(id), shared_values, ttl = "1h")]
    fn of_local_value(id: u64) -> u64 {
        static LOCAL: LazyLock<Cached<u64, u64>> = LazyLock::new(|| Cached::new("tests::local"));
        LOCAL.get_with(&id, || (), || id).value
    }
    let store = store();
    assert_eq!(
        (fails(0), unwanted(7), of_local_group(7), of_local_value(7)),
        (Err("none".to_owned()), 7, 7, 7)
    );
    for function in ["fails", "unwanted", "of_local_group", "of_local_value"] {
        assert!(store.value_of(function).is_none(), "{function}");
        assert!(store.was_given_up(function), "{function}");
    }
    assert_eq!((fails(8), unwanted(8)), (Ok(8), 8));
    assert!(store.value_of("fails").is_some() && store.value_of("unwanted").is_some());
    of(fails).clear().unwrap();
    assert_eq!(fails(8), Ok(8));
}

/// A change of one member ends the generation of its own key and the model's, and not that of all keys.
#[test]
fn a_member_whose_key_is_secret_is_its_whole_model() {
    #[cache_against(Person(name), shared_values(secret), ttl = "1h")]
    fn of_secret_group(name: &str) -> usize {
        name.len()
    }
    let store = store();
    of_secret_group("anna");
    assert_eq!(store.groups_of("of_secret_group"), [r#"["shop.person"]"#]);
    assert!(store.requests_of("of_secret_group")[0].secret);
    of(of_secret_group).clear().unwrap();
    of_secret_group("anna");
    invalidate_person("anna");
    of_secret_group("anna");
    assert_eq!(store.requests_of("of_secret_group").len(), 3);
}

#[test]
fn a_value_that_cannot_be_read_is_computed() {
    static RUN: AtomicUsize = AtomicUsize::new(0);
    #[cache_against(Book(id), shared_values, ttl = "1h")]
    fn unreadable(id: u64) -> Film {
        RUN.fetch_add(1, Ordering::SeqCst);
        Film { id, director: 1 }
    }
    let store = store();
    unreadable(7);
    let change = |change: fn(&mut SharedValue)| {
        of(unreadable).clear().unwrap();
        let mut values = store.values.lock().unwrap();
        values
            .iter_mut()
            .filter(|(key, _)| key.0 == "unreadable")
            .for_each(|(_, value)| change(value));
    };
    invalidate_of_broken(Broken);
    let changes: [fn(&mut SharedValue); 5] = [
        |value| value.bytes[0] ^= 1,
        |value| value.bytes.truncate(3),
        |value| value.groups.push(r#"["of another program"]"#.parse().unwrap()),
        |value| value.groups.push(r#"["shop.book","key","no number"]"#.parse().unwrap()),
        |value| value.groups.push(r#"["shop.broken","key",7]"#.parse().unwrap()),
    ];
    for (at, of_value) in changes.into_iter().enumerate() {
        let whole = store.value_of("unreadable").unwrap();
        change(of_value);
        assert_eq!(unreadable(7), Film { id: 7, director: 1 });
        assert_eq!(RUN.load(Ordering::SeqCst), at + 2);
        store.values.lock().unwrap().iter_mut().for_each(|(key, value)| {
            if key.0 == "unreadable" {
                *value = whole.clone();
            }
        });
    }
}

#[test]
fn an_instance_of_a_generic_function_has_values_of_its_own() {
    trait Named {
        const NAME: &str;
    }
    struct One;
    struct Other;
    impl Named for One {
        const NAME: &str = "one";
    }
    impl Named for Other {
        const NAME: &str = "other";
    }
    struct Of<N>(std::marker::PhantomData<N>);
    impl<N: Named + 'static> Of<N> {
        #[cache_against(Book(id), shared_values, ttl = "1h")]
        fn generic(id: u64) -> String {
            format!("{} {id}", N::NAME)
        }
    }
    let store = store();
    assert_eq!(
        (Of::<One>::generic(7), Of::<Other>::generic(7)),
        ("one 7".to_owned(), "one 7".to_owned()),
        "the store of this test knows names alone"
    );
    let requests = store.requests_of("generic");
    assert_ne!(requests[0].fingerprint, requests[1].fingerprint);
}

#[test]
fn a_future_that_awaits_is_shared_or_gives_up() {
    #[cache_against(Book(id), shared_values, ttl = "1h")]
    async fn awaits(id: u64) -> u64 {
        if id == 0 {
            std::future::pending::<()>().await;
        }
        id
    }
    let store = store();
    assert_eq!(pollster::block_on(awaits(7)), 7);
    assert!(store.value_of("awaits").is_some());
    of(awaits).clear().unwrap();
    assert_eq!(pollster::block_on(awaits(7)), 7);
    let mut dropped = Box::pin(awaits(0));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(dropped.as_mut().poll(&mut context).is_pending());
    assert!(!store.was_given_up("awaits"));
    drop(dropped);
    assert!(store.was_given_up("awaits"));
    is_send(&awaits(7));
}

fn is_send<T: Send>(_: &T) {}
