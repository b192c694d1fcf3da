//! Groups whose keys may be missing: `Book?(key)`.

mod common;

use common::{Count, changes, ignore};
use gcache::{DependsOn, cache_against, depends_on, group, invalidate, invalidates};

group!(Name: String);

#[test]
fn a_key_that_is_there_is_a_dependency() {
    group!(Viewer: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Viewer?(viewer), "optional: there")]
    fn page(viewer: Option<u64>) -> usize {
        RUNS.up()
    }

    assert!(changes(|| page(Some(1)), || ignore(invalidate_viewer(1))));
    assert!(!changes(|| page(Some(1)), || ignore(invalidate_viewer(2))));
    assert!(changes(|| page(Some(1)), || ignore(Viewer::invalidate_all())));
}

#[test]
fn a_key_that_is_missing_is_no_dependency() {
    group!(Viewer: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Viewer?(viewer), "optional: missing")]
    fn page(viewer: Option<u64>) -> usize {
        RUNS.up()
    }

    assert!(!changes(|| page(None), || ignore(Viewer::invalidate_all())));
    assert!(changes(|| page(None), || ignore(invalidate!("optional: missing"))));
}

#[test]
fn the_key_comes_in_every_form() {
    static RUNS: Count = Count::new();

    #[cache_against(Name?(a), Name?(b), Name?(c), Name?(d.as_deref()))]
    fn named(
        a: Option<String>,
        b: &Option<String>,
        c: Option<&'static str>,
        d: Option<String>,
    ) -> usize {
        RUNS.up()
    }

    let text = |name: &str| Some(name.to_owned());
    let call = || named(text("a"), &text("b"), Some("c"), text("d"));
    for name in ["a", "b", "c", "d"] {
        assert!(changes(call, || ignore(invalidate_name(name))), "{name}");
    }
    assert!(!changes(call, || ignore(invalidate_name("e"))));
}

/// One part that is missing is enough.
#[test]
fn of_a_compound_key_each_part_may_be_missing() {
    group!(Follow(from: u64, to: u64), index(from, to), index(city: Option<u64>));
    static RUNS: Count = Count::new();

    #[cache_against(Follow?(from, to), "optional: compound")]
    fn follows(from: u64, to: Option<u64>) -> usize {
        RUNS.up()
    }

    assert!(changes(|| follows(1, Some(2)), || ignore(invalidate_follow(1, 2))));
    assert!(!changes(|| follows(1, Some(2)), || ignore(invalidate(&Follow::row(2, 1, None)))));
    assert!(!changes(|| follows(1, None), || ignore(Follow::invalidate_all())));
}

#[test]
fn a_value_of_an_index_may_be_missing() {
    group!(Follow(from: u64, to: u64), index(from, to), index(city: Option<u64>));
    static RUNS: Count = Count::new();

    #[cache_against(Follow?(from = from, to = to), "optional: index")]
    fn pair(from: Option<u64>, to: Option<u64>) -> usize {
        RUNS.up()
    }

    let change = |from, to| ignore(invalidate(&Follow::row(from, to, None)));
    assert!(changes(|| pair(Some(1), Some(2)), || change(1, 2)));
    assert!(!changes(|| pair(Some(1), Some(2)), || change(1, 3)));
    assert!(!changes(|| pair(Some(1), None), || ignore(Follow::invalidate_all())));
}

/// A group may have a key that is an `Option` itself: its `None` is a key.
#[test]
fn none_is_a_key_where_the_key_is_an_option() {
    group!(Follow(from: u64, to: u64), index(from, to), index(city: Option<u64>));
    static RUNS: Count = Count::new();

    #[cache_against(Follow(city = city), Follow?(city = known.then_some(city)), "optional: nested")]
    fn of_city(city: Option<u64>, known: bool) -> usize {
        RUNS.up()
    }

    let change = |city| ignore(invalidate(&Follow::row(1, 1, city)));
    assert!(changes(|| of_city(None, false), || change(None)));
    assert!(!changes(|| of_city(None, false), || change(Some(3))));
    assert!(changes(|| of_city(Some(3), true), || change(Some(3))));
}

#[test]
fn lists_and_attributes_take_it() {
    group!(Viewer: u64);
    static RUNS: Count = Count::new();

    #[cache_against("optional: lists")]
    fn page(viewer: Option<u64>) -> usize {
        assert_eq!(depends_on!(Viewer?(viewer)), DependsOn::Noted);
        RUNS.up()
    }
    #[invalidates(Viewer?(viewer))]
    fn change(viewer: Option<u64>) {}

    assert!(changes(|| page(Some(11)), || change(Some(11))));
    assert!(!changes(|| page(Some(11)), || change(None)));
    assert!(changes(|| page(Some(11)), || ignore(invalidate!(Viewer?(Some(11))))));
    let nobody = None::<u64>;
    assert_eq!(invalidate!(Viewer?(nobody), Viewer?(&nobody)).count(), 0);
    assert!(!changes(|| page(None), || ignore(Viewer::invalidate_all())));
}
