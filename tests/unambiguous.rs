//! Promise 8, Unambiguous: keys are typed tuples compared by `Eq`.

mod common;

use common::{Count, ignore};
use gcache::{Invalidates, cache_against, group, invalidate_tag, of};
use std::hash::{Hash, Hasher};

/// All values of this type have one hash.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Colliding(u32);

impl Hash for Colliding {
    fn hash<H: Hasher>(&self, state: &mut H) {
        0.hash(state);
    }
}

#[test]
fn arguments_of_one_hash_are_not_confused() {
    group!(Any);
    static RUNS: Count = Count::new();

    #[cache_against(Any)]
    fn twice(number: Colliding) -> u32 {
        RUNS.up();
        number.0 * 2
    }

    for _ in 0..3 {
        for number in 0..100 {
            assert_eq!(twice(Colliding(number)), number * 2);
        }
    }
    assert_eq!(RUNS.get(), 100, "a hundred keys of one hash lie side by side");
}

#[test]
fn keys_of_few_hashes_are_all_kept() {
    group!(Item: u32);
    static RUNS: Count = Count::new();
    #[derive(Clone, PartialEq, Eq)]
    struct Few(u32);
    impl Hash for Few {
        fn hash<H: Hasher>(&self, state: &mut H) {
            (self.0 % 4).hash(state);
        }
    }

    #[cache_against(Item(number.0))]
    fn half(number: Few) -> u32 {
        RUNS.up();
        number.0 / 2
    }
    #[cache_against(Item(number.0), capacity = 50)]
    fn bounded(number: Few) -> u32 {
        number.0
    }
    let all =
        || (0..1_000).for_each(|number| assert_eq!(half(Few(number % 100)), number % 100 / 2));

    all();
    assert_eq!(RUNS.get(), 100);
    // Where some have left from between others, those are found as well.
    for number in (0..100).step_by(3) {
        invalidate_item(number);
    }
    (0..100).for_each(|number| assert_eq!(bounded(Few(number)), number));
    all();
    assert_eq!(RUNS.get(), 134);
    assert_eq!(of(half).len(), 100);
    assert!(of(bounded).len() <= 56);
    for number in (0..3).chain(50..53) {
        let before = RUNS.get();
        invalidate_item(number);
        assert_eq!(half(Few(number)), number / 2);
        assert_eq!(RUNS.get(), before + 1);
    }
}

#[test]
fn members_of_one_hash_are_not_confused() {
    group!(Item: Colliding);
    static RUNS: Count = Count::new();

    #[cache_against(Item(Colliding(number)))]
    fn item(number: u32) -> usize {
        RUNS.up()
    }

    let before: Vec<usize> = (0..100).map(item).collect();
    assert_eq!(invalidate_item(Colliding(50)).count(), 1);
    for number in (0..100).filter(|number| *number != 50) {
        assert_eq!(item(number), before[number as usize]);
    }
    assert_ne!(item(50), before[50]);
}

#[test]
fn nothing_is_joined_into_text() {
    group!(Any);

    #[cache_against(Any)]
    fn joined(left: &str, right: &str) -> String {
        format!("{left}|{right}")
    }
    #[cache_against(Any)]
    fn nested(left: &[&'static str], right: Vec<u8>) -> usize {
        left.len() * 10 + right.len()
    }

    assert_eq!(joined("a", "bc"), "a|bc");
    assert_eq!(joined("ab", "c"), "ab|c");
    assert_eq!(joined("abc", ""), "abc|");
    assert_eq!(joined("", "abc"), "|abc");
    assert_eq!(nested(&["a", "b"], vec![]), 20);
    assert_eq!(nested(&["ab"], vec![0]), 11);
    assert_eq!(nested(&[], vec![0, 0]), 2);
}

#[test]
fn equal_keys_of_different_groups_are_different_groups() {
    #[derive(Invalidates)]
    struct Book {
        id: u64,
    }
    #[derive(Invalidates)]
    struct Author {
        id: u64,
    }
    #[derive(Invalidates)]
    struct Line {
        #[group(key)]
        order: u64,
        #[group(key)]
        number: u64,
    }
    static RUNS: Count = Count::new();

    #[cache_against(Book(7), Author(8), "unambiguous: 9", Line(1, 2))]
    fn all() -> usize {
        RUNS.up()
    }

    assert_eq!(all(), 1);
    invalidate_book(8);
    invalidate_author(7);
    invalidate_tag("unambiguous: 7");
    invalidate_line(2, 1);
    Line { order: 1, number: 1 }.invalidate();
    assert_eq!(all(), 1);
    for (invalidation, run) in [
        (&(|| ignore(invalidate_book(7))) as &dyn Fn(), 2),
        (&|| ignore(invalidate_author(8)), 3),
        (&|| ignore(invalidate_tag("unambiguous: 9")), 4),
        (&|| ignore(invalidate_line(1, 2)), 5),
        (&|| ignore(Line { order: 1, number: 2 }.invalidate()), 6),
    ] {
        invalidation();
        assert_eq!((all(), all()), (run, run));
    }
}

mod left {
    gcache::group!(pub(crate) Any);

    #[gcache::cache_against(Any)]
    pub(crate) fn which() -> &'static str {
        "left"
    }
}

mod right {
    gcache::group!(pub(crate) Any);

    #[gcache::cache_against(Any)]
    pub(crate) fn which() -> &'static str {
        "right"
    }
}

#[test]
fn functions_of_one_name_have_memos_of_their_own() {
    assert_eq!((left::which(), right::which()), ("left", "right"));
    assert_eq!((left::which(), right::which()), ("left", "right"));
    of(left::which).clear().expect("it was called");
    assert_eq!(of(left::which).len(), 0);
    assert_eq!(of(right::which).len(), 1);
}

#[test]
fn each_instance_of_a_generic_function_has_a_memo_of_its_own() {
    group!(Any);
    trait Named {
        const NAME: &'static str;
    }
    struct One;
    struct Two;
    impl Named for One {
        const NAME: &'static str = "one";
    }
    impl Named for Two {
        const NAME: &'static str = "two";
    }
    struct Shelf<T>(std::marker::PhantomData<T>);

    // Neither the key nor the value tells the instances apart.
    #[cache_against(Any)]
    fn name<T: Named + 'static>() -> &'static str {
        T::NAME
    }
    impl<T: Named + 'static> Shelf<T> {
        #[cache_against(Any)]
        fn label() -> &'static str {
            T::NAME
        }

        #[cache_against(Any, skip(self))]
        fn title(&self) -> &'static str {
            T::NAME
        }
    }

    for _ in 0..2 {
        assert_eq!((name::<One>(), name::<Two>()), ("one", "two"));
        assert_eq!((Shelf::<One>::label(), Shelf::<Two>::label()), ("one", "two"));
        let (one, two) =
            (Shelf::<One>(std::marker::PhantomData), Shelf::<Two>(std::marker::PhantomData));
        assert_eq!((one.title(), two.title()), ("one", "two"));
    }
    for handle in
        [of(name::<One>), of(name::<Two>), of(Shelf::<One>::label), of(Shelf::<Two>::title)]
    {
        let stats = handle.stats();
        assert_eq!((stats.misses, stats.hits), (1, 1), "{handle:?}");
    }
}
