//! A memo without a macro: hit, miss, join; groups by value, alone, in tuples and in lists.

mod common;

use common::{Counted, parts};
use gcache::{
    Cached, Config, DependsOn, GroupList, Invalidates, Source, Transaction, by_index, depends_on,
    invalidate, member, tag, whole,
};
use std::rc::Rc;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[derive(Clone, Invalidates)]
#[group(index(author, status))]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
    status: u8,
}

#[test]
fn a_key_is_computed_once_and_looked_up_as_borrowed() {
    let counted = Counted::new("cached::once");
    let seven = || counted.get("seven", || tag("cached::once"));
    assert_eq!(parts(seven()), (1, Source::Computed));
    assert_eq!(parts(seven()), (1, Source::Hit));
    assert_eq!(counted.get("eight", || tag("cached::once")).source, Source::Computed);
    assert_eq!((counted.memo.len(), counted.memo.stats().hits), (2, 1));
}

#[test]
fn groups_are_evaluated_on_a_miss_only() {
    let counted = Counted::new("cached::lazy");
    counted.get("key", || tag("cached::lazy"));
    let answer = counted.get("key", || -> () { panic!("evaluated on a hit") });
    assert!(answer.is_hit());
}

#[test]
fn each_form_of_group_invalidates_its_dependents() {
    let counted = Counted::new("cached::forms");
    let forms = [
        GroupList::new().with(whole::<Book>()),
        GroupList::new().with(member::<Book>(7)),
        GroupList::new().with(by_index::<Book, _>(|book| &book.author, 3)),
        GroupList::new().with(by_index::<Book, _>(|book| &book.author_and_status, (3, 1))),
        GroupList::new().with((tag("cached::other"), member::<Book>(7), tag("cached::third"))),
        GroupList::new()
            .with(tag("cached::other"))
            .with(vec![member::<Book>(6), member::<Book>(7)]),
    ];
    let get = |at: usize| counted.get(&format!("form {at}"), || forms[at].clone()).source;
    let all = |expected| (0..forms.len()).for_each(|at| assert_eq!(get(at), expected, "form {at}"));
    all(Source::Computed);
    all(Source::Hit);
    Book { id: 7, author: 3, status: 1 }.invalidate();
    all(Source::Computed);
    Book { id: 8, author: 4, status: 1 }.invalidate();
    assert_eq!(get(0), Source::Computed);
    (1..forms.len()).for_each(|at| assert_eq!(get(at), Source::Hit, "form {at}"));
    for (at, form) in forms.iter().enumerate() {
        (0..forms.len()).for_each(|at| assert_ne!(get(at), Source::Joined));
        assert!(invalidate(form).count() > 0);
        assert_eq!(get(at), Source::Computed, "form {at}");
    }
}

#[test]
fn an_error_is_returned_and_not_stored() {
    let memo: Cached<u64, u64> = Cached::new("cached::errors");
    let get =
        |result: Result<u64, String>| memo.try_get_with(&1, || tag("cached::errors"), || result);
    assert_eq!(get(Err("no database".to_owned())), Err("no database".to_owned()));
    assert!(memo.is_empty());
    assert_eq!(get(Ok(5)).map(parts), Ok((5, Source::Computed)));
    assert_eq!(get(Err("not asked".to_owned())).map(parts), Ok((5, Source::Hit)));
    assert_eq!(memo.stats().errors, 1);
}

#[test]
fn a_future_is_polled_on_a_miss_only() {
    let memo: Cached<u64, u64> = Cached::new("cached::futures");
    let polled = AtomicUsize::new(0);
    let get = async |fails: bool| {
        let body = async {
            polled.fetch_add(1, Ordering::SeqCst);
            if fails { Err("failed") } else { Ok(5) }
        };
        memo.try_get_with_async(&1, || tag("cached::futures"), body).await
    };
    pollster::block_on(async {
        assert_eq!(get(true).await, Err("failed"));
        assert_eq!(get(false).await.map(|answer| answer.source), Ok(Source::Computed));
        assert_eq!(get(true).await.map(|answer| answer.source), Ok(Source::Hit));
        let infallible = memo.get_with_async(&2, || (), async { 6 }).await;
        assert_eq!(parts(infallible), (6, Source::Computed));
    });
    assert_eq!(polled.load(Ordering::SeqCst), 2);
}

#[test]
fn futures_can_be_sent() {
    fn send<T: Send>(_: &T) {}
    let memo: Cached<String, String> = Cached::new("cached::send");
    let body = async {
        std::future::ready(()).await;
        String::new()
    };
    send(&memo.get_with_async("key", || (tag("cached::send"), member::<Book>(7)), body));
    let body = async { Ok::<_, String>(String::new()) };
    send(&memo.try_get_with_async("key", GroupList::new, body));
    // An error is returned and held by nothing.
    let body = async { Err::<String, _>(Rc::new(())) };
    send(&memo.try_get_with_async("key", GroupList::new, body));
}

#[test]
fn callers_that_miss_together_compute_once() {
    let memo: Cached<u64, u64> = Cached::new("cached::together");
    let computed = AtomicUsize::new(0);
    let all_called = Barrier::new(4);
    std::thread::scope(|scope| {
        let call = || {
            all_called.wait();
            memo.get_with(
                &1,
                || tag("cached::together"),
                || computed.fetch_add(1, Ordering::SeqCst) as u64,
            )
        };
        let calls: Vec<_> = (0..4).map(|_| scope.spawn(call)).collect();
        let answers: Vec<_> = calls.into_iter().map(|call| call.join().expect("answers")).collect();
        assert!(answers.iter().all(|answer| answer.value == 0));
        let computed = answers.iter().filter(|answer| answer.source == Source::Computed);
        assert_eq!(computed.count(), 1);
    });
    assert_eq!(computed.load(Ordering::SeqCst), 1);
}

#[test]
fn an_answer_says_whether_another_call_computed_it() {
    let memo: Cached<u64, u64> = Cached::new("cached::joined");
    std::thread::scope(|scope| {
        let (begun, has_begun) = std::sync::mpsc::channel();
        let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
        let memo = &memo;
        let leader = scope.spawn(move || {
            memo.get_with(
                &1,
                || tag("cached::joined"),
                move || {
                    begun.send(()).expect("the test listens");
                    may_go_on.recv().expect("the test lets it go on");
                    5
                },
            )
        });
        has_begun.recv().expect("the leader begins");
        let body = async { unreachable!("another computes it") };
        let mut joiner = Box::pin(memo.get_with_async(&1, || tag("cached::joined"), body));
        // Polled once while the leader is at work, so that it waits for the leader.
        pollster::block_on(std::future::poll_fn(|task| {
            assert!(joiner.as_mut().poll(task).is_pending());
            std::task::Poll::Ready(())
        }));
        go_on.send(()).expect("the leader waits");
        assert_eq!(parts(pollster::block_on(joiner)), (5, Source::Joined));
        assert_eq!(leader.join().expect("answers").source, Source::Computed);
    });
    assert_eq!(memo.stats().joined, 1);
}

#[test]
fn a_thread_that_comes_later_does_not_compute_and_knows_it() {
    let memo: Cached<u64, u64> = Cached::new("cached::later");
    std::thread::scope(|scope| {
        let (begun, has_begun) = std::sync::mpsc::channel();
        let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
        let memo = &memo;
        let body = move || {
            begun.send(()).expect("the test listens");
            may_go_on.recv().expect("another lets it go on");
            5
        };
        scope.spawn(move || memo.get_with(&1, || tag("cached::later"), body));
        has_begun.recv().expect("the first begins");
        let later = scope.spawn(move || {
            go_on.send(()).expect("the first waits");
            memo.get_with(&1, || tag("cached::later"), || unreachable!("the first computes it"))
        });
        let later = later.join().expect("answers");
        // It may find the flight, or what has come of it.
        let joined = memo.stats().joined;
        assert_eq!((later.value, later.source == Source::Joined), (5, joined == 1), "{later:?}");
        assert_ne!(later.source, Source::Computed);
    });
}

#[test]
fn an_entry_that_is_found_by_the_second_look_counts_as_another_calls() {
    let memo: Cached<u64, u64> = Cached::new("cached::second look");
    let nested = || {
        memo.get_with(&1, || (), || 5);
    };
    let answer = memo.get_with(&1, nested, || unreachable!("its groups have computed it"));
    assert_eq!(parts(answer), (5, Source::Joined));
    let stats = memo.stats();
    assert_eq!((stats.misses, stats.joined, stats.hits), (1, 1, 0));
}

#[test]
fn dependencies_of_a_body_pass_through_nested_calls() {
    gcache::group!(Chapter: u64); // of this test alone
    let inner: Cached<u64, u64> = Cached::new("cached::inner");
    let outer: Cached<u64, u64> = Cached::new("cached::outer");
    let get = || {
        outer.get_with(
            &1,
            || (),
            || {
                assert_eq!(depends_on(&tag("cached::late")), DependsOn::Noted);
                inner.get_with(&1, || member::<Chapter>(71), || 5).into_value()
            },
        )
    };
    get();
    assert!(get().is_hit());
    invalidate!(Chapter(71));
    assert!(!get().is_hit());
    invalidate!("cached::late");
    assert_eq!(get().source, Source::Computed);
    assert!(inner.get_with(&1, || (), || 6).is_hit());
}

#[test]
fn nothing_is_stored_inside_of_a_transaction() {
    let counted = Counted::new("cached::transaction");
    let get = || counted.get("key", || tag("cached::transaction"));
    let transaction = Transaction::begin();
    transaction.enter(|| {
        assert_eq!(get().source, Source::Computed);
        assert_eq!(get().source, Source::Computed);
    });
    transaction.commit();
    assert_eq!(get().source, Source::Computed);
    assert_eq!(get().source, Source::Hit);
}

#[test]
fn configuration_is_kept() {
    let config = Config::new().capacity(0);
    let none: Cached<u64, u64> = Cached::with("cached::none", config);
    none.get_with(&1, || (), || 1);
    assert_eq!(parts(none.get_with(&1, || (), || 2)), (2, Source::Computed));
    let odd: Cached<u64, u64> =
        Cached::with("cached::odd", Config::new().cache_if(|_, n| n % 2 == 1));
    odd.get_with(&1, || (), || 2);
    odd.get_with(&1, || (), || 3);
    assert_eq!(parts(odd.get_with(&1, || (), || 5)), (3, Source::Hit));
}

#[test]
fn memos_of_one_name_are_apart_and_listed_together() {
    let (one, two): (Cached<u64, u64>, Cached<u64, String>) =
        (Cached::new("cached::twins"), Cached::new("cached::twins"));
    one.get_with(&1, || (), || 1);
    two.get_with(&1, || (), || "one".to_owned());
    let listed = gcache::stats().functions;
    let twins = listed.iter().find(|(name, _)| *name == "cached::twins");
    assert_eq!(twins.map(|(_, stats)| (stats.misses, stats.entries)), Some((2, 2)));
    one.clear();
    assert!(one.is_empty());
    assert!(two.get_with(&1, || (), String::new).is_hit());
}

#[test]
fn the_last_handle_takes_the_entries_with_it() {
    let memo: Cached<u64, std::sync::Arc<()>> = Cached::new("cached::dropped");
    let value = std::sync::Arc::new(());
    memo.get_with(&1, || (), || value.clone());
    let other = memo.clone();
    drop(memo);
    assert!(other.get_with(&1, || (), || unreachable!("clones share their entries")).is_hit());
    assert_eq!(std::sync::Arc::strong_count(&value), 2);
    drop(other);
    // A list of all memos, which another test asks for, holds each while it looks at it.
    let begun = Instant::now();
    while std::sync::Arc::strong_count(&value) > 1 {
        assert!(begun.elapsed() < Duration::from_secs(30), "the entry stays");
        std::thread::yield_now();
    }
}

#[test]
fn keys_are_weighed_and_options_capture() {
    let least = 3;
    let config = Config::new()
        .max_weight(10, |key: &String, value: &u64| key.len() as u64 + value)
        .cache_if(move |_, value| *value >= least);
    let memo: Cached<String, u64> = Cached::with("cached::weighed", config);
    let get = |key: &str, value: u64| memo.get_with(key, || (), || value).source;
    get("four", 3);
    assert_eq!((memo.len(), memo.stats().weight), (1, 7));
    get("two", 2);
    get("too heavy", 3);
    assert_eq!((memo.len(), memo.stats().unstored), (1, 2));
}
