//! Handles, statistics and the table.

mod common;

use common::{Count, ignore};
use gcache::{Invalidates, Stats, cache_against, group, of};
use std::thread;

group!(Item: u64);

#[test]
fn a_handle_counts_calls_and_entries() {
    group!(Item: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), capacity = 100)]
    fn item(pk: u64) -> Result<usize, &'static str> {
        let run = RUNS.up();
        if pk == 0 { Err("none") } else { Ok(run) }
    }

    let handle = of(item);
    assert_eq!(handle.stats(), Stats::default());
    assert!(handle.is_empty());
    for _ in 0..10 {
        item(1).expect("it works");
    }
    item(0).expect_err("it fails");
    invalidate_item(1);
    item(1).expect("it works");
    let stats = handle.stats();
    assert_eq!((stats.hits, stats.misses, stats.joined), (9, 3, 0));
    assert_eq!((stats.ended, stats.errors, stats.unstored), (1, 1, 0));
    assert_eq!((stats.entries, stats.weight), (1, 1));
    assert_eq!(handle.len(), 1);
    assert!((stats.hit_ratio() - 0.75).abs() < 1e-9);
    handle.clear().expect("it was called");
    assert_eq!(handle.len(), 0);
    assert_eq!(handle.stats().hits, 9, "counts go on");
}

struct Shop;

impl Shop {
    #[cache_against(Item(pk), skip(self))]
    fn method(&self, pk: u64) -> u64 {
        pk
    }

    #[cache_against(Item(pk))]
    async fn associated(pk: u64) -> u64 {
        pk
    }
}

trait Priced {
    fn price(&self, pk: u64) -> u64;
}

impl Priced for Shop {
    #[cache_against(Item(pk), skip(self))]
    fn price(&self, pk: u64) -> u64 {
        pk
    }
}

#[cache_against(Item, cache_err)]
fn generic<T: Default + Send + Sync + Clone + 'static>(pk: u64) -> T {
    let _ = pk;
    T::default()
}

#[cache_against(Item)]
fn borrows<'a>(one: &'a str, two: &str) -> usize {
    one.len() + two.len()
}

#[test]
fn functions_of_every_kind_have_handles() {
    assert_eq!(Shop.method(1), 1);
    assert_eq!(pollster::block_on(Shop::associated(1)), 1);
    assert_eq!(Shop.price(1), 1);
    let _: (u8, u8, String) = (generic(1), generic(2), generic(1));
    assert_eq!(borrows("a", "b"), 2);
    assert_eq!(of(Shop::method).len(), 1);
    assert_eq!(of(Shop::associated).len(), 1);
    assert_eq!(of(<Shop as Priced>::price).len(), 1);
    assert_eq!(of(borrows).len(), 1);
    assert_eq!(of(generic::<u8>).len(), 2);
    assert_eq!(of(generic::<String>).len(), 1);
    assert_eq!(of(generic::<i8>).len(), 0);
    of(generic::<u8>).clear().expect("it was called");
    assert_eq!(of(generic::<u8>).len(), 0);
    assert_eq!(of(generic::<String>).len(), 1);
}

#[test]
fn counts_are_exact_once_the_threads_are_joined() {
    group!(Item: u64);
    #[cache_against(Item(pk))]
    fn item(pk: u64) -> u64 {
        pk
    }

    for round in 1..=5 {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|call| ignore(item(call % 10))));
            }
        });
        let stats = of(item).stats();
        assert_eq!(stats.hits + stats.misses + stats.joined, round * 8000);
        assert_eq!(stats.misses, 10);
    }
}

#[test]
fn statistics_count_invalidations_of_groups() {
    #[derive(Invalidates)]
    #[group(name = "control.book")]
    struct Book {
        id: u64,
        #[group(index)]
        author: u64,
    }

    #[cache_against(Book(pk))]
    fn book(pk: u64) -> u64 {
        pk
    }
    #[cache_against(Book(author = author), Book)]
    fn of_author(author: u64) -> u64 {
        author
    }

    let look = || {
        let groups = gcache::stats().groups;
        let book = groups.into_iter().find(|group| group.name == "control.book");
        book.map(|book| (book.invalidations, book.ended, book.living)).expect("it was used")
    };
    (0..5).for_each(|pk| ignore(book(pk)));
    of_author(3);
    assert_eq!(look(), (0, 0, 7), "five books, an author, and the model");
    assert_eq!(Book { id: 1, author: 3 }.invalidate().count(), 3);
    assert_eq!(look(), (1, 3, 4));
    Book { id: 77, author: 78 }.invalidate();
    assert_eq!(look(), (2, 3, 4));
}

#[test]
fn statistics_print_as_a_table() {
    group!(Item: u64);
    #[cache_against(Item(pk), name = "control: a page")]
    fn page(pk: u64) -> u64 {
        pk
    }

    (0..3).for_each(|_| ignore(page(1)));
    let table = gcache::stats().to_string();
    let line = table.lines().find(|line| line.starts_with("control: a page")).expect("a line");
    let columns: Vec<&str> = line["control: a page".len()..].split_whitespace().collect();
    assert_eq!(columns[..3], ["2", "66.7", "1"], "{table}");
    assert!(table.lines().next().expect("a head").starts_with("function"));
    assert!(table.lines().any(|line| line.starts_with("group")));
}

trait Default15 {
    #[cache_against("t15", skip(self))]
    fn view(&self, pk: u64) -> u64 {
        pk
    }
}
struct S15;
impl Default15 for S15 {}

#[test]
fn a_default_method_of_a_trait_has_a_handle_for_each_type() {
    S15.view(1);
    assert_eq!(of(S15::view).len(), 1, "{} ", of(S15::view).name());
    assert_eq!(of(<S15 as Default15>::view).len(), 1);
}
