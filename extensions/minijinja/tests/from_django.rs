//! What django-icache offers, done here: see `docs/from-django.md`.

use gcache::{Cached, Config, GroupList, Source, group, invalidate, invalidate_tag, tag};
use gcache_minijinja::fragments;
use minijinja::{Environment, context};
use std::sync::atomic::{AtomicUsize, Ordering};

// The tokens of one user.
group!(User: u64);

/// `{% icache 'personal-rating' 'movies' user.id %}`: a fragment with several tokens.
#[test]
fn a_fragment_with_several_tokens_ends_with_any_of_them() {
    let fragments = fragments("icache").group::<User>("user").build();
    let mut env = Environment::new();
    fragments.install(&mut env);
    let count = AtomicUsize::new(0);
    env.add_function("up", move || count.fetch_add(1, Ordering::SeqCst) + 1);
    let source = r#"{% call cached("personal-rating", tag="icache: movies", user=user) %}{{ up() }}{% endcall %}"#;
    env.add_template("a", source).expect("it parses");
    let of = |user: u64| {
        env.get_template("a").and_then(|a| a.render(context! { user })).expect("rendered")
    };
    assert_eq!((of(1), of(2)), ("1".to_owned(), "2".to_owned()));
    invalidate_user(2);
    assert_eq!((of(1), of(2)), ("1".to_owned(), "3".to_owned()));
    invalidate_tag("icache: movies");
    assert_eq!((of(1), of(2)), ("4".to_owned(), "5".to_owned()));
}

/// `incr(key)`, `incr_many(keys)`, `get_sum(keys)`, `set_versioned` and `get_versioned`: a value under
/// several keys, and counts none of them.
#[test]
fn a_value_under_several_keys_ends_with_any_of_them_and_never_comes_back() {
    let values: Cached<&'static str, usize> = Cached::new("icache versioned");
    let count = AtomicUsize::new(0);
    let get = || {
        let groups = || (tag("icache: a"), tag("icache: b"));
        let answer = values.get_with(&"key", groups, || count.fetch_add(1, Ordering::SeqCst) + 1);
        (answer.value, answer.source)
    };
    assert_eq!(get(), (1, Source::Computed));
    assert_eq!(get(), (1, Source::Hit));
    // incr
    assert_eq!(invalidate_tag("icache: a").count(), 1);
    assert_eq!(get(), (2, Source::Computed));
    // incr_many, of keys that are known at run time only
    let mut keys = GroupList::new();
    ["icache: a", "icache: b", "icache: c"].into_iter().for_each(|key| keys.push(tag(key)));
    assert_eq!(invalidate(&keys).count(), 2);
    assert_eq!(get(), (3, Source::Computed));
    // Sums of versions can be the same again, where one key is lost and begins anew; a generation that has
    // ended cannot.
    for _ in 0..100 {
        invalidate!("icache: a");
        assert_eq!(get().1, Source::Computed);
    }
    assert_eq!(get(), (103, Source::Hit));
}

/// `capacity` gives up what it wants to: a value is lost then, and never an invalidation.
#[test]
fn what_is_given_up_loses_no_invalidation() {
    let values: Cached<u64, u64> = Cached::with("icache small", Config::new().capacity(4));
    let get = |key: u64, value: u64| {
        values.get_with(&key, || tag("icache: small"), move || value).into_value()
    };
    for key in 0..100 {
        get(key, 1);
    }
    invalidate_tag("icache: small");
    for key in 0..100 {
        assert_eq!(get(key, 2), 2);
    }
}
