//! What an invalidation ends, by the door of this room: a model with indexes as `#[derive(Invalidates)]` makes one.

use super::{
    By, Group, GroupNames, Groups, Guard, Index, IndexBy, Indexed, Invalidated, Invalidates,
    Invalidation, ModelGenerations, Rows, Visitor, by_index, invalidate, invalidate_tag, member,
    tag, whole,
};
use crate::generations::{Dependencies, DependencySet, ErasedKeyed};
use crate::links::Codec;
use crate::sync::Mutex;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A book, with an index by author, one by status, and one by both.
#[derive(Clone)]
struct Book {
    id: u64,
    author: u64,
    status: u8,
}

enum ByAuthor {}
enum ByStatus {}
enum ByBoth {}

impl IndexBy for ByAuthor {
    type Value = u64;
}

impl IndexBy for ByStatus {
    type Value = u8;
}

impl IndexBy for ByBoth {
    type Value = (u64, u8);
}

struct Indexes {
    author: Index<ByAuthor>,
    status: Index<ByStatus>,
    both: Index<ByBoth>,
}

type Keyed = &'static [&'static dyn ErasedKeyed];

static ALL: Keyed = &[INDEXES.author.values(), INDEXES.status.values(), INDEXES.both.values()];
static AUTHOR: Keyed = &[INDEXES.author.values()];
static STATUS: Keyed = &[INDEXES.status.values()];

static INDEXES: Indexes = Indexes {
    author: Index::new("groups: book", "author", Codec::Unknown, None, |_, _| {}, STATUS),
    status: Index::new("groups: book", "status", Codec::Unknown, None, |_, _| {}, AUTHOR),
    both: Index::new(
        "groups: book",
        "author_and_status",
        Codec::Unknown,
        None,
        |(author, status), visitor| {
            INDEXES.author.accept_wider(author, visitor);
            INDEXES.status.accept_wider(status, visitor);
        },
        &[],
    ),
};

impl Group for Book {
    type Key = u64;
    type Itself = Self;

    fn generations() -> &'static ModelGenerations<u64> {
        static GENERATIONS: ModelGenerations<u64> =
            ModelGenerations::new("groups: book", Codec::Unknown, None, ALL);
        &GENERATIONS
    }
}

impl Indexed for Book {
    type Indexes = Indexes;

    fn indexes() -> &'static Indexes {
        &INDEXES
    }
}

impl Invalidates for Book {
    type RowValues = (By<Self, ByAuthor>, By<Self, ByStatus>, By<Self, ByBoth>);

    fn row_key(&self) -> u64 {
        self.id
    }

    fn row_values(&self) -> Self::RowValues {
        let author = By::of_row(&INDEXES.author, self.author);
        let status = By::of_row(&INDEXES.status, self.status);
        let both = By::of_row(&INDEXES.both, (self.author, self.status));
        (author, status, both)
    }

    fn key_fields() -> &'static [&'static str] {
        &["id"]
    }

    fn indexed_fields() -> &'static [&'static str] {
        &["author", "status"]
    }
}

impl Groups for Book {
    fn accept(&self, visitor: &mut Visitor<'_>) {
        self.accept_row(visitor);
    }
}

impl Rows for Book {
    fn accept_unknown(visitor: &mut Visitor<'_>) {
        whole::<Self>().accept(visitor);
    }
}

/// The generations that a value with these groups rests on.
fn collected(groups: impl Groups) -> Dependencies {
    let mut dependencies = DependencySet::new();
    groups.collect_into(&mut dependencies);
    dependencies.dependencies(false)
}

fn author(author: u64) -> impl Groups {
    by_index::<Book, _>(|book| &book.author, author)
}

fn status(status: u8) -> impl Groups {
    by_index::<Book, _>(|book| &book.status, status)
}

fn both(author: u64, status: u8) -> impl Groups {
    by_index::<Book, _>(|book| &book.both, (author, status))
}

/// Which of some groups `change` ends: `x` for an ended one, `.` for a live one, in the order
///
/// `model | books 1, 2 | authors 3, 4 | statuses 0, 1 | both 3-0, 3-1, 4-0, 4-1`.
fn ended_by(change: impl FnOnce() -> Invalidated) -> String {
    // The groups are the same in all tests.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock();
    let groups = [
        vec![collected(whole::<Book>())],
        vec![collected(member::<Book>(1_u64)), collected(member::<Book>(2_u64))],
        vec![collected(author(3)), collected(author(4))],
        vec![collected(status(0)), collected(status(1))],
        vec![
            collected(both(3, 0)),
            collected(both(3, 1)),
            collected(both(4, 0)),
            collected(both(4, 1)),
        ],
    ];
    assert!(groups.iter().flatten().all(Dependencies::are_alive));
    // A change that panics ends groups as well.
    let _ = catch_unwind(AssertUnwindSafe(change));
    let look = |group: &Dependencies| if group.are_alive() { '.' } else { 'x' };
    groups.map(|groups| groups.iter().map(look).collect::<String>()).join(" ")
}

#[test]
fn a_row_invalidates_its_key_its_values_and_the_model() {
    let row = Book { id: 1, author: 3, status: 0 };
    assert_eq!(ended_by(|| row.invalidate()), "x x. x. x. x...");
}

#[test]
fn a_row_that_moves_invalidates_the_values_of_before_and_after() {
    let mut row = Book { id: 1, author: 3, status: 0 };
    let change = Guard::change(&row);
    row.author = 4;
    let moved = || {
        change.finish(&row);
        Invalidated::default()
    };
    assert_eq!(ended_by(moved), "x x. xx x. x.x.");
}

#[test]
fn a_change_that_is_not_told_of_its_end_invalidates_the_whole_model() {
    let row = Book { id: 1, author: 3, status: 0 };
    let lost = || {
        drop(Guard::change(&row));
        Invalidated::default()
    };
    assert_eq!(ended_by(lost), "x xx xx xx xxxx");
}

#[test]
fn a_key_invalidates_its_member_all_values_and_the_model() {
    assert_eq!(ended_by(|| invalidate(&member::<Book>(1_u64))), "x x. xx xx xxxx");
}

#[test]
fn a_value_of_an_index_invalidates_all_keys_and_no_other_value() {
    assert_eq!(ended_by(|| invalidate(&author(3))), "x xx x. xx xx..");
    assert_eq!(ended_by(|| invalidate(&status(1))), "x xx xx .x .x.x");
}

#[test]
fn a_value_of_a_compound_index_invalidates_its_own_parts() {
    assert_eq!(ended_by(|| invalidate(&both(3, 0))), "x xx x. x. x...");
}

#[test]
fn the_whole_model_invalidates_everything() {
    assert_eq!(ended_by(|| invalidate(&whole::<Book>())), "x xx xx xx xxxx");
    assert_eq!(ended_by(Book::invalidate_all), "x xx xx xx xxxx");
}

#[test]
fn no_group_and_another_group_invalidate_nothing() {
    assert_eq!(ended_by(|| invalidate(&())), ". .. .. .. ....");
    assert_eq!(ended_by(|| Book::invalidate_many([])), ". .. .. .. ....");
    assert_eq!(ended_by(|| invalidate_tag("groups: nothing")), ". .. .. .. ....");
}

#[test]
fn several_groups_invalidate_what_each_of_them_does() {
    let groups = (author(3), tag("groups: several"), author(4));
    assert_eq!(ended_by(|| invalidate(&groups)), "x xx xx xx xxxx");
}

#[test]
fn containers_of_rows_invalidate_each_row() {
    let (one, two) = (Book { id: 1, author: 3, status: 0 }, Book { id: 2, author: 4, status: 1 });
    let ended = |rows: &dyn Fn(&mut Invalidation)| ended_by(|| Invalidation::run(|it| rows(it)));
    let both = vec![one.clone(), two.clone()];
    assert_eq!(ended(&|it| both.invalidate_in(it)), "x xx xx xx x..x");
    assert_eq!(ended(&|it| Some(one.clone()).invalidate_in(it)), "x x. x. x. x...");
    assert_eq!(ended(&|it| None::<Book>.invalidate_in(it)), ". .. .. .. ....");
    let failed: Result<Book, ()> = Err(());
    assert_eq!(
        ended(&|it| failed.invalidate_in(it)),
        "x xx xx xx xxxx",
        "it may have got anywhere"
    );
}

/// A key of a group that cannot be compared.
#[derive(Clone)]
struct Panics;

impl Hash for Panics {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl PartialEq for Panics {
    fn eq(&self, _: &Self) -> bool {
        panic!("on purpose")
    }
}

impl Eq for Panics {}

enum Broken {}

impl Group for Broken {
    type Key = Panics;
    type Itself = Self;

    fn generations() -> &'static ModelGenerations<Panics> {
        static GENERATIONS: ModelGenerations<Panics> =
            ModelGenerations::new("groups: broken", Codec::Unknown, None, &[]);
        &GENERATIONS
    }
}

#[test]
fn a_key_that_panics_invalidates_its_whole_model_and_spares_no_other_group() {
    let broken = [collected(whole::<Broken>()), collected(member::<Broken>(Panics))];
    let both = (member::<Broken>(Panics), author(3));
    assert_eq!(ended_by(|| invalidate(&both)), "x xx x. xx xx..");
    assert!(broken.iter().all(|group| !group.are_alive()));
}

#[test]
fn lists_of_groups_are_equal_where_they_name_the_same_groups_in_order() {
    let names = |groups: &dyn Fn(&mut GroupNames)| {
        let mut names = GroupNames::default();
        groups(&mut names);
        names
    };
    let one = names(&|it| (author(3), tag("a")).accept(&mut Visitor::Name(it)));
    assert_eq!(one, names(&|it| (author(3), tag("a")).accept(&mut Visitor::Name(it))));
    assert_ne!(one, names(&|it| (tag("a"), author(3)).accept(&mut Visitor::Name(it))));
    assert_ne!(one, names(&|it| author(3).accept(&mut Visitor::Name(it))));
    let status_3 = names(&|it| status(3).accept(&mut Visitor::Name(it)));
    assert_ne!(names(&|it| author(3).accept(&mut Visitor::Name(it))), status_3, "of another index");
    assert_ne!(
        names(&|it| member::<Book>(3_u64).accept(&mut Visitor::Name(it))),
        names(&|it| author(3).accept(&mut Visitor::Name(it)))
    );
}
