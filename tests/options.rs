//! The options of `#[cache_against]`.

mod common;

use common::Count;
use gcache::{cache_against, group, of};
use std::time::{Duration, Instant};

group!(Item: u64);

/// Lets `time` pass: what is limited to it has ended afterwards, however slow the machine.
fn pass(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        std::thread::yield_now();
    }
}

#[test]
fn skip_leaves_a_parameter_out_of_the_key() {
    static RUNS: Count = Count::new();
    /// Has none of the bounds of a key.
    struct Db;

    #[cache_against(Item(pk), skip(db))]
    fn item(db: &Db, pk: u64) -> usize {
        let _ = db;
        RUNS.up()
    }

    assert_eq!((item(&Db, 7), item(&Db, 7), item(&Db, 8)), (1, 1, 2));
}

#[test]
fn a_skipped_parameter_may_be_an_exclusive_reference() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), skip(connection))]
    fn item(connection: &mut Vec<u64>, pk: u64) -> usize {
        connection.push(pk);
        RUNS.up()
    }

    let mut connection = Vec::new();
    assert_eq!((item(&mut connection, 7), item(&mut connection, 7)), (1, 1));
    assert_eq!(connection, [7], "a hit does not use it");
}

#[test]
fn by_names_the_key() {
    static RUNS: Count = Count::new();
    struct Shop {
        tenant: String,
        visits: u64,
    }

    impl Shop {
        #[cache_against(Item(pk), by(self.tenant, pk))]
        fn item(&self, pk: u64) -> String {
            format!("{} {} {}", self.tenant, pk, RUNS.up())
        }

        #[cache_against(Item(pk), by(name.trim().to_lowercase(), pk))]
        fn named(name: &str, pk: u64) -> usize {
            RUNS.up()
        }

        #[cache_against(Item(pk), by(name.trim(), pk), skip(self))]
        fn trimmed(&self, name: &str, (pk, _): (u64, u64)) -> usize {
            RUNS.up() + usize::try_from(self.visits).expect("it is small")
        }
    }

    let one = Shop { tenant: "one".to_owned(), visits: 0 };
    let again = Shop { tenant: "one".to_owned(), visits: 100 };
    let two = Shop { tenant: "two".to_owned(), visits: 0 };
    assert_eq!(one.item(7), "one 7 1");
    assert_eq!(again.item(7), "one 7 1");
    assert_eq!(two.item(7), "two 7 2");
    assert_eq!(Shop::named(" Ann ", 7), 3);
    assert_eq!(Shop::named("ann", 7), 3);
    assert_eq!(Shop::named("bob", 7), 4);
    assert_eq!(one.trimmed(" Ann ", (7, 1)), 5);
    assert_eq!(again.trimmed("Ann", (7, 2)), 5);
    assert_eq!(one.trimmed("ann", (7, 1)), 6);
}

#[test]
fn keys_are_looked_up_as_borrowed() {
    static RUNS: Count = Count::new();

    #[cache_against(Item)]
    fn all(text: &str, list: &[u32], path: &std::path::Path, number: &u64, owned: String) -> usize {
        RUNS.up()
    }

    let path = std::path::Path::new("a/b");
    assert_eq!(all("x", &[1, 2], path, &3, "y".to_owned()), 1);
    assert_eq!(all("x", &[1, 2], path, &3, "y".to_owned()), 1);
    assert_eq!(all("x", &[1], path, &3, "y".to_owned()), 2);
    assert_eq!(all("x", &[1, 2], path, &3, "z".to_owned()), 3);
}

#[test]
fn ttl_expires_an_entry() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), ttl = "20ms")]
    fn short(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Item(pk), ttl = Duration::from_secs(60 * 60))]
    fn long(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Item(pk), ttl = Duration::ZERO)]
    fn never(pk: u64) -> usize {
        RUNS.up()
    }

    let (first, kept) = (short(7), long(7));
    pass(Duration::from_millis(25));
    assert_ne!(short(7), first);
    assert_eq!(long(7), kept);
    assert_ne!(never(7), never(7));
    assert!(of(short).stats().expired >= 1);
    assert_eq!(of(never).len(), 0);
}

/// A cached value that was made from one with a time to live may not outlive it.
#[test]
fn ttl_holds_for_callers_of_the_function() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), ttl = "20ms")]
    fn inner(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Item(pk))]
    fn outer(pk: u64) -> usize {
        inner(pk)
    }
    #[cache_against(Item(pk))]
    fn outermost(pk: u64) -> usize {
        outer(pk)
    }

    let first = outermost(7);
    pass(Duration::from_millis(25));
    assert_ne!(outermost(7), first);
    // The same of one that is there already, and comes from this thread's cache.
    outer(8);
    let first = (outer(8), outer(8), outermost(8)).2;
    pass(Duration::from_millis(25));
    assert_ne!(outermost(8), first);
}

#[test]
fn the_ttl_of_an_error_holds_for_callers_of_the_function() {
    group!(A12);
    static RUNS: Count = Count::new();
    #[cache_against(A12, ttl = Duration::ZERO)]
    fn inner(fail: bool) -> Result<u64, u64> {
        if fail { Err(1) } else { Ok(1) }
    }
    #[cache_against(A12)]
    fn outer(fail: bool) -> usize {
        let _ = inner(fail);
        RUNS.up()
    }
    assert_ne!(outer(false), outer(false));
    assert_ne!(outer(true), outer(true), "an error has no time limit");
}

#[test]
fn idle_expires_an_entry_that_is_not_used() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), idle = "40ms")]
    fn short(pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Item(pk), idle = "1h")]
    fn long(pk: u64) -> usize {
        RUNS.up()
    }

    let (first, kept) = (short(7), long(7));
    pass(Duration::from_millis(45));
    assert_ne!(short(7), first);
    assert_eq!(long(7), kept);
    // Used all the time, it lives on. A machine that stops for 40 ms between two uses may end it,
    // so of a hundred tries one has to see it outlive its idle time.
    let outlives = (0..100).any(|_| {
        let (begin, value) = (Instant::now(), short(8));
        while begin.elapsed() < Duration::from_millis(60) {
            if short(8) != value {
                return false;
            }
        }
        true
    });
    assert!(outlives);
}

#[test]
fn idle_does_not_expire_callers_of_the_function() {
    group!(A13);
    static RUNS: Count = Count::new();

    #[cache_against(A13, idle = Duration::ZERO)]
    fn inner() -> usize {
        RUNS.up()
    }
    #[cache_against(Item(pk))]
    fn outer(pk: u64) -> usize {
        inner() + usize::try_from(pk).expect("small")
    }

    let first = outer(7);
    assert_ne!(inner(), inner(), "it lives for no time");
    assert_eq!(outer(7), first, "no use is no change");
    A13::invalidate_all();
    assert_ne!(outer(7), first, "it depends on what the inner one did");
}

#[test]
fn closures_need_no_types() {
    #[cache_against(Item(pk), max_weight = 100, weigh = |text| text.len().max(1), cache_if = |text| !text.is_empty())]
    fn of_value(pk: u64) -> Result<String, ()> {
        Ok("x".repeat(usize::try_from(pk).unwrap_or(0)))
    }
    #[cache_against(Item(pk), max_weight = 100, weigh = |(text, pk), _| text.len() as u64 + pk)]
    fn of_both(text: &str, pk: u64) -> u64 {
        text.len() as u64 + pk
    }

    macro_rules! weighed {
        ($name:ident, $weigh:expr) => {
            #[cache_against(Item(pk), max_weight = 100, weigh = $weigh)]
            fn $name(pk: u64) -> String {
                pk.to_string()
            }
        };
    }
    weighed!(of_macro, |text| text.len() + 7);

    assert_eq!((of_macro(1), of(of_macro).stats().weight), ("1".to_owned(), 8));
    assert_eq!((of_value(0), of_value(7).map(|text| text.len())), (Ok(String::new()), Ok(7)));
    assert_eq!((of(of_value).len(), of(of_value).stats().weight), (1, 7));
    assert_eq!((of_both("four", 5), of(of_both).stats().weight), (9, 9));
}

#[test]
fn cache_if_decides_what_is_stored() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), cache_if = Option::is_some)]
    fn found(pk: u64) -> Option<usize> {
        let run = RUNS.up();
        (pk > 0).then_some(run)
    }

    assert_eq!((found(0), found(0)), (None, None));
    assert_eq!(RUNS.get(), 2);
    assert_eq!((found(1), found(1)), (Some(3), Some(3)));
    assert_eq!(of(found).stats().unstored, 2);
}

#[test]
fn none_is_a_value_too() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn none(pk: u64) -> Option<u64> {
        RUNS.up();
        None
    }
    #[cache_against(Item(pk))]
    fn unit(pk: u64) {
        RUNS.up();
    }
    #[cache_against(Item(pk))]
    fn no(pk: u64) -> bool {
        RUNS.up();
        false
    }
    #[cache_against(Item(pk))]
    fn empty(pk: u64) -> Vec<u64> {
        RUNS.up();
        Vec::new()
    }

    for _ in 0..3 {
        none(7);
        unit(7);
        no(7);
        empty(7);
    }
    assert_eq!(RUNS.get(), 4);
}

/// An error that is not `Clone`, behind an alias of `Result`.
#[derive(Debug, PartialEq)]
struct Failure(usize);
type Fallible<T> = Result<T, Failure>;

#[test]
fn errors_are_returned_and_not_stored() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk))]
    fn item(pk: u64) -> Fallible<usize> {
        let run = RUNS.up();
        if run < 3 { Err(Failure(run)) } else { Ok(run) }
    }

    assert_eq!((item(7), item(7)), (Err(Failure(1)), Err(Failure(2))));
    assert_eq!((item(7), item(7)), (Ok(3), Ok(3)));
    assert_eq!(of(item).stats().errors, 2);
}

#[test]
fn cache_err_stores_errors_too() {
    // Its own group: to end an item here would end it for the other tests, too.
    group!(Order: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Order(pk), cache_err)]
    fn item(pk: u64) -> Result<usize, usize> {
        Err(RUNS.up())
    }

    assert_eq!((item(7), item(7)), (Err(1), Err(1)));
    invalidate_order(7);
    assert_eq!(item(7), Err(2));
}

#[test]
fn bypass_computes_without_reading_or_storing() {
    static RUNS: Count = Count::new();

    #[cache_against(Item(pk), skip(preview), bypass = preview)]
    fn item(preview: bool, pk: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Item(pk))]
    async fn page(pk: u64) -> usize {
        RUNS.up()
    }

    assert_eq!((item(true, 7), item(true, 7)), (1, 2));
    assert_eq!((item(false, 7), item(false, 7), item(true, 7), item(false, 7)), (3, 3, 4, 3));
    assert_eq!(gcache::bypass(|| (item(false, 7), item(false, 7))), (5, 6));
    assert_eq!(item(false, 7), 3);
    let pages = pollster::block_on(async {
        let before = page(7).await;
        let inside = gcache::bypass_async(async { (page(7).await, page(7).await) }).await;
        (before, inside, page(7).await)
    });
    assert_eq!(pages, (7, (8, 9), 7));
}

#[test]
fn statistics_show_the_name_of_the_option() {
    #[cache_against(Item(pk), name = "the named one")]
    fn named(pk: u64) -> u64 {
        pk
    }
    #[cache_against(Item(pk))]
    fn unnamed(pk: u64) -> u64 {
        pk
    }

    named(1);
    unnamed(1);
    assert_eq!(of(named).name(), "the named one");
    assert!(of(unnamed).name().ends_with("::unnamed"));
    let table = gcache::stats().to_string();
    assert!(table.contains("the named one"), "{table}");
}
