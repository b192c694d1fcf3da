//! What is invalidated by name, from outside, and what a future has told others.

use gcache::link::{
    BoxFuture, Covers, Handle, Link, NamedGroup, Receipt, Transport, Unreachable, link,
};
use gcache::{Invalidates, Transaction, cache_against, invalidate_tag, link};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A link that notes what it is to tell.
struct Wire(Mutex<Vec<String>>);

static WIRE: Wire = Wire(Mutex::new(Vec::new()));

impl Wire {
    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Wire {
    fn publish(&self, _: u64, groups: Vec<NamedGroup>) {
        self.lock().extend(groups.iter().map(ToString::to_string));
    }

    fn acknowledged(&self, ticket: u64) -> BoxFuture<'_, Result<Receipt, Unreachable>> {
        Box::pin(async move { Ok(Receipt::new(ticket.to_string())) })
    }

    fn fence(&self) -> BoxFuture<'_, Result<(), Unreachable>> {
        Box::pin(async { Ok(()) })
    }

    fn caught_up(&self, _: &Receipt) -> BoxFuture<'_, Result<(), Unreachable>> {
        Box::pin(async { Ok(()) })
    }
}

/// A link for one test, and a turn to have it.
struct Linked(Option<Handle>, #[allow(dead_code, reason = "held")] MutexGuard<'static, ()>);

impl Linked {
    fn new() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let bound = Duration::from_secs(600);
        let asked = Link { name: "wire", bound, covers: Covers::All, transport: Some(&WIRE) };
        let handle = link(asked).expect("it is the only one");
        handle.trust();
        WIRE.lock().clear();
        Self(Some(handle), turn)
    }

    /// What others were told since the last time, in order.
    #[expect(clippy::unused_self, reason = "who has a turn asks")]
    fn told(&self) -> Vec<String> {
        let mut told = std::mem::take(&mut *WIRE.lock());
        told.sort();
        told
    }
}

impl Drop for Linked {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(Handle::unlink);
    }
}

#[derive(Invalidates)]
#[group(name = "by_name.book")]
#[allow(dead_code, reason = "a model is its fields")]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
    #[group(index)]
    row: u64,
}

/// Counts how often bodies have run.
static RUN: Mutex<u64> = Mutex::new(0);

fn count() -> u64 {
    let mut run = RUN.lock().unwrap_or_else(PoisonError::into_inner);
    *run += 1;
    *run
}

#[cache_against(Book(id))]
fn book(id: u64) -> u64 {
    count()
}

#[cache_against(Book(author = author))]
fn by_author(author: u64) -> u64 {
    count()
}

#[cache_against(Book(row = row))]
fn by_row(row: u64) -> u64 {
    count()
}

#[cache_against(Book)]
fn all_books() -> u64 {
    count()
}

fn look() -> [u64; 5] {
    [book(7), book(8), by_author(3), by_row(7), all_books()]
}

/// Which of them a group by its name invalidates.
fn ended(name: &str) -> [bool; 5] {
    let before = look();
    link::invalidate(&[name.parse().expect("a name")]);
    let after = look();
    std::array::from_fn(|at| before[at] != after[at])
}

#[test]
fn names_from_outside_invalidate_what_they_name() {
    let linked = Linked::new();
    for (name, expected) in [
        (r#"["by_name.book","row",7]"#, [true, false, true, true, true]),
        (r#"["by_name.book","row","no key"]"#, [true; 5]),
        (r#"["by_name.book","key",7]"#, [true, false, false, false, false]),
        (r#"["by_name.book","author",3]"#, [false, false, true, false, false]),
        (r#"["by_name.book","=row",7]"#, [false, false, false, true, false]),
        (r#"["by_name.book"]"#, [false, false, false, false, true]),
        (r#"["by_name.book","*"]"#, [true; 5]),
        (r#"["by_name.book","of a version to come",7]"#, [true; 5]),
        (r#"["by_name.film","*"]"#, [false; 5]),
        (r#"["*"]"#, [true; 5]),
    ] {
        assert_eq!(ended(name), expected, "{name}");
        assert_eq!(linked.told(), [name]);
    }
}

#[test]
fn an_index_over_a_field_called_row_is_told_as_such() {
    let linked = Linked::new();
    invalidate_book_by_row(7);
    let told = linked.told();
    assert!(told.contains(&r#"["by_name.book","=row",7]"#.to_owned()), "{told:?}");
}

#[test]
fn a_future_knows_what_it_has_told_and_no_more() {
    let linked = Linked::new();
    pollster::block_on(async {
        let ((), nothing) = link::told(async {}).await;
        assert_eq!(nothing.ticket(), 0);
        let first = invalidate_tag("by_name: outside").ticket();
        let (((), inner), outer) = link::told(link::told(async {
            invalidate_tag("by_name: inside");
        }))
        .await;
        assert_eq!((inner.ticket(), outer.ticket()), (first + 1, first + 1));
        let (second, outer) = link::told(async {
            let second = invalidate_tag("by_name: around").ticket();
            let ((), inner) = link::told(async {}).await;
            assert_eq!(inner.ticket(), 0);
            second
        })
        .await;
        assert_eq!(outer.ticket(), second);
        let ((), nothing) = link::told(async {}).await;
        assert_eq!(nothing.ticket(), 0);
        // Of what is deferred, it learns at the commit.
        let (committed, told) = link::told(async {
            let transaction = Transaction::begin();
            transaction.run(async { invalidate_tag("by_name: deferred") }).await;
            transaction.commit()
        })
        .await;
        assert_eq!(told.ticket(), committed.ticket());
        assert_eq!(
            link::acknowledged(told).await,
            Ok(Some(Receipt::new(told.ticket().to_string())))
        );
    });
    drop(linked);
}

#[test]
fn what_a_transaction_has_deferred_has_the_names_that_are_told() {
    let linked = Linked::new();
    let transaction = Transaction::begin();
    transaction.enter(|| {
        invalidate_book(7);
        invalidate_book_by_author(3);
    });
    let mut names: Vec<String> =
        transaction.named_groups().iter().map(ToString::to_string).collect();
    names.sort();
    assert_eq!(linked.told(), Vec::<String>::new());
    transaction.commit();
    assert_eq!(linked.told(), names);
    assert!(names.contains(&r#"["by_name.book","key",7]"#.to_owned()), "{names:?}");
}
