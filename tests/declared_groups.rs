//! Groups with several keys and indexes that are no model: `group!(Article(id: u64), index(author: u64))`.

mod common;

use common::{Count, changes, ignore};
use gcache::{
    Cached, Groups, Invalidates, cache_against, depends_on, group, invalidate, invalidates, whole,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The groups of a line, as values of entries that depend on each.
fn entries(
    groups: Vec<(&'static str, Box<dyn Groups + Send + Sync>)>,
) -> impl Fn() -> Vec<&'static str> {
    let memo: Cached<&'static str, ()> = Cached::new("declared");
    let groups: Vec<_> =
        groups.into_iter().map(|(name, group)| (name, std::sync::Arc::from(group))).collect();
    move || {
        let mut computed = Vec::new();
        for (name, group) in &groups {
            let group: std::sync::Arc<dyn Groups + Send + Sync> = std::sync::Arc::clone(group);
            memo.get_with(name, move || group, || computed.push(*name));
        }
        computed
    }
}

/// A struct and a group with the same fields: whatever is invalidated, the same entries end.
#[test]
fn a_declared_group_invalidates_what_a_struct_does() {
    #[derive(Clone, Invalidates)]
    #[group(index(author, year))]
    struct Book {
        #[group(key)]
        shelf: u64,
        #[group(key)]
        place: String,
        #[group(index)]
        author: u64,
        year: u16,
        #[group(index)]
        owner: Option<u64>,
    }
    group!(
        Declared(shelf: u64, place: String),
        index(author: u64), index(author, year: u16), index(owner: Option<u64>)
    );

    macro_rules! all {
        ($group:ident) => {
            entries(vec![
                ("whole", Box::new(whole::<$group>())),
                ("7 a", Box::new(gcache::member::<$group>((7, "a".to_owned())))),
                ("8 a", Box::new(gcache::member::<$group>((8, "a".to_owned())))),
                ("author 1", Box::new(gcache::by_index::<$group, _>(|it| &it.author, 1))),
                ("author 2", Box::new(gcache::by_index::<$group, _>(|it| &it.author, 2))),
                (
                    "author 1 of 1984",
                    Box::new(gcache::by_index::<$group, _>(|it| &it.author_and_year, (1, 1984))),
                ),
                (
                    "author 1 of 1985",
                    Box::new(gcache::by_index::<$group, _>(|it| &it.author_and_year, (1, 1985))),
                ),
                ("owner 5", Box::new(gcache::by_index::<$group, _>(|it| &it.owner, Some(5)))),
                ("owned by none", Box::new(gcache::by_index::<$group, _>(|it| &it.owner, None))),
            ])
        };
    }
    let (books, declared) = (all!(Book), all!(Declared));
    assert_eq!(books(), declared());
    assert!(books().is_empty() && declared().is_empty());

    let row = |owner| Book { shelf: 7, place: "a".to_owned(), author: 1, year: 1984, owner };
    let both = |one: gcache::Invalidated, other: gcache::Invalidated| {
        let (of_book, of_declared) = (books(), declared());
        assert_eq!(of_book, of_declared);
        assert_eq!(one.count(), other.count());
        of_book
    };
    let of_row = both(row(None).invalidate(), invalidate(&Declared::row(7, "a", 1, 1984, None)));
    assert_eq!(of_row, ["whole", "7 a", "author 1", "author 1 of 1984", "owned by none"]);
    let place = "a".to_owned();
    let of_row =
        both(row(Some(5)).invalidate(), invalidate(&Declared::row(7, &place, 1, 1984, Some(5))));
    assert_eq!(of_row.last(), Some(&"owner 5"));
    let of_key = both(invalidate_book(7, "a"), invalidate_declared(7, "a"));
    assert_eq!(of_key.len(), 8, "{of_key:?}");
    assert_eq!(both(invalidate!(Book(7, "a")), invalidate(&Declared::key(7, "a"))), of_key);
    let of_author = both(invalidate_book_by_author(1), invalidate_declared_by_author(1));
    assert_eq!(both(invalidate!(Book(author = 1)), invalidate(&Declared::by_author(1))), of_author);
    let of_year = both(
        invalidate_book_by_author_and_year(1, 1984),
        invalidate_declared_by_author_and_year(1, 1984),
    );
    assert_eq!(
        both(
            invalidate!(Book(author = 1, year = 1984)),
            invalidate(&Declared::by_author_and_year(1, 1984))
        ),
        of_year
    );
    assert_eq!(both(invalidate_book_by_owner(None), invalidate_declared_by_owner(None)).len(), 8);
    assert_eq!(both(Book::invalidate_all(), Declared::invalidate_all()).len(), 9);
}

/// The row of a relation: both columns are the key, and each is an index.
#[test]
fn a_relation_is_one_line() {
    group!(Follow(followed: u64, following: u64), index(following), index(followed));
    static RUNS: Count = Count::new();

    #[cache_against(Follow(following = user))]
    fn feed(user: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Follow(followed, user))]
    fn follows(user: u64, followed: u64) -> usize {
        RUNS.up()
    }
    #[invalidates(Follow(followed, user))]
    fn by_key(user: u64, followed: u64) {}

    let row = |followed, following| ignore(invalidate(&Follow::row(followed, following)));
    assert!(changes(|| feed(1), || row(2, 1)));
    assert!(!changes(|| feed(1), || row(1, 2)));
    assert!(changes(|| follows(1, 2), || row(2, 1)));
    assert!(!changes(|| follows(1, 2), || row(1, 2)));
    assert!(changes(|| follows(1, 2), || by_key(1, 2)));
    assert!(changes(|| feed(9), || by_key(1, 2)), "of a key alone no value is known");
}

#[test]
fn a_row_is_one_of_its_key_where_something_depends_on_it() {
    group!(Article(id: u64), index(author: u64));
    static RUNS: Count = Count::new();

    #[cache_against("declared: article")]
    fn article(id: u64) -> usize {
        depends_on(&Article::row(id, 3));
        depends_on!("declared: article, too");
        RUNS.up()
    }

    assert!(changes(|| article(1), || ignore(invalidate(&Article::row(1, 4)))));
    assert!(!changes(|| article(1), || ignore(invalidate(&Article::row(2, 3)))));
}

/// A key that panics as it is cloned: which row was meant will never be known.
#[test]
fn a_row_whose_clone_panics_invalidates_the_group() {
    #[derive(PartialEq, Eq, Hash)]
    struct Fragile(bool);
    impl Clone for Fragile {
        fn clone(&self) -> Self {
            assert!(!self.0, "fragile");
            Self(false)
        }
    }
    group!(Vase(id: u64), index(owner: Fragile));
    static RUNS: Count = Count::new();

    #[cache_against(Vase(id))]
    fn vase(id: u64) -> usize {
        RUNS.up()
    }

    let breaks =
        || ignore(catch_unwind(AssertUnwindSafe(|| invalidate(&Vase::row(2, Fragile(true))))));
    assert!(changes(|| vase(1), breaks));
    assert!(!changes(|| vase(1), || ignore(invalidate(&Vase::row(2, Fragile(false))))));
}

#[test]
fn options_stand_behind_the_indexes() {
    mod inner {
        gcache::group!(
            /// Documented.
            #[allow(dead_code)]
            pub(crate) Named(r#type: u64), index(r#gen: String), name = "declared.named", local, crate = ::gcache,
        );
        gcache::group!(pub(crate) Absent(id: u64), index(x: u64), secret);
        gcache::group!(#[cfg(any())] pub Nowhere(id: Missing), index(x: Missing));
    }
    let row = inner::Named::row(7, "x");
    assert_eq!(format!("{row:?}"), r#"Row("declared.named", Some(7))"#);
    assert_eq!(inner::invalidate_named_by_gen("x").count(), 0);
    assert_eq!(invalidate!(inner::Absent(x = 1), inner::Absent(1)).count(), 0);
    let names: Vec<&str> = gcache::stats().groups.iter().map(|group| group.name).collect();
    assert!(names.contains(&"declared.named"), "{names:?}");
}
