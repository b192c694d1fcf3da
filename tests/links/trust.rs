//! What the trust in a link does to values.

use super::*;
use gcache::depends_on;
use gcache::link::LinkError;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

/// A bound that a test may wait for.
const SHORT: Duration = Duration::from_millis(40);

/// Waits until a value that was computed in distrust is over.
fn pass_the_bound() {
    thread::sleep(SHORT + Duration::from_millis(25));
}

group!(Late: u64, name = "trust.late");

thread_local! {
    /// What the body of [`late`] does before it learns what it depends on.
    static BEFORE: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

#[cache_against(Session(0u64))]
fn late(id: u64) -> u64 {
    BEFORE.take().into_iter().for_each(|before| before());
    depends_on!(Late(id));
    run()
}

/// Calls [`late`], whose body does `before` first.
fn late_after(id: u64, before: impl FnOnce() + 'static) -> u64 {
    BEFORE.set(Some(Box::new(before)));
    late(id)
}

#[test]
fn what_is_computed_in_distrust_is_used_for_the_bound() {
    let linked = Linked::new(SHORT);
    let trusted = of_feed("ann");
    linked.distrust();
    assert!(!linked.is_trusted());
    let distrusted = of_feed("ann");
    assert_ne!(distrusted, trusted, "all ended");
    let local = of_session(7);
    pass_the_bound();
    assert_ne!(of_feed("ann"), distrusted);
    assert_eq!(of_session(7), local, "nobody else changes it");
    linked.trust();
    let trusted = of_feed("bob");
    pass_the_bound();
    assert_eq!(of_feed("bob"), trusted);
}

#[test]
fn a_link_that_is_distrusted_already_ends_nothing() {
    let linked = Linked::new(LONG);
    linked.distrust();
    assert!(!ends(|| of_feed("ann"), || linked.distrust()));
    assert!(ends(|| of_feed("ann"), || linked.invalidate_all()));
    assert!(!ends(|| of_feed("ann"), || linked.trust()));
    assert!(ends(|| of_feed("ann"), || linked.distrust()));
}

#[test]
fn a_value_that_is_made_of_one_of_distrust_is_used_as_long() {
    #[cache_against("trust: outer")]
    fn outer() -> (u64, u64) {
        (of_feed("inner"), run())
    }

    let linked = Linked::new(SHORT);
    linked.distrust();
    let inner = of_feed("inner");
    linked.trust();
    let (used, outer_run) = outer();
    assert_eq!(used, inner);
    pass_the_bound();
    assert_ne!(outer().1, outer_run);
}

#[test]
fn a_late_dependency_counts_from_the_begin_of_its_body() {
    let linked = Rc::new(Linked::new(SHORT));
    linked.distrust();
    let first = late(1);
    assert_eq!(late(1), first);
    pass_the_bound();
    assert_ne!(late(1), first, "the body began in distrust");

    linked.trust();
    let first = late(2);
    pass_the_bound();
    assert_eq!(late(2), first);

    // The body begins trusted, and distrust comes before what it depends on.
    let shared = Rc::clone(&linked);
    let first = late_after(3, move || shared.distrust());
    assert_ne!(late(3), first, "its group ended");

    // The body begins in distrust, which lasts.
    let first = late_after(4, pass_the_bound);
    assert_ne!(late(4), first, "it is over already");

    // Distrust and trust within one body.
    linked.trust();
    let shared = Rc::clone(&linked);
    let first = late_after(5, move || {
        shared.distrust();
        shared.trust();
    });
    assert_ne!(late(5), first);
    drop(Rc::into_inner(linked));
}

#[test]
fn what_others_invalidate_of_a_model_that_is_not_in_use_is_not_forgotten() {
    group!(Unused: u64, name = "trust.unused");

    #[cache_against(Session(0u64))]
    fn of_unused(id: u64) -> u64 {
        BEFORE.take().into_iter().for_each(|before| before());
        depends_on!(Unused(id));
        run()
    }

    let linked = Rc::new(Linked::new(LONG));
    let shared = Rc::clone(&linked);
    BEFORE.set(Some(Box::new(move || shared.hears(r#"["trust.unused","key",7]"#))));
    let first = of_unused(7);
    let second = of_unused(7);
    assert_ne!(second, first, "the body may have read what was before");
    assert_eq!(of_unused(7), second);
}

#[test]
fn a_computation_that_takes_longer_than_the_bound_is_not_joined() {
    #[cache_against("trust: slow", skip(begun, go_on))]
    fn slow(begun: impl Fn(), go_on: impl Fn()) -> u64 {
        begun();
        go_on();
        run()
    }

    let linked = Linked::new(SHORT);
    linked.distrust();
    let (begun, has_begun) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let leader = thread::spawn(move || {
        slow(|| begun.send(()).unwrap(), || may_go_on.recv().unwrap());
    });
    has_begun.recv().unwrap();
    pass_the_bound();
    // Would wait for ever.
    slow(|| (), || ());
    go_on.send(()).unwrap();
    leader.join().unwrap();
    drop(linked);
}

#[test]
fn there_is_one_link_of_a_name_one_for_all_groups_and_seven_in_all() {
    let linked = Linked::new(LONG);
    let new = |name, covers| link(Link { name, bound: SHORT, covers, transport: None });
    assert_eq!(new("links", Covers::Tables).err(), Some(LinkError::SameName));
    assert_eq!(new("other", Covers::All).err(), Some(LinkError::AllCovered));
    let names = ["1", "2", "3", "4", "5", "6"];
    let handles = names.map(|name| new(name, Covers::Tables).unwrap());
    assert_eq!(new("7", Covers::Tables).err(), Some(LinkError::TooMany));

    // No group has a table: what these do ends nothing and limits nothing.
    let [first, ..] = &handles;
    assert!(!first.is_trusted() && linked.is_trusted());
    let change = || {
        first.distrust();
        first.invalidate_all();
        first.invalidate(&"[\"links.feed\",\"key\",\"ann\"]".parse().unwrap());
    };
    assert!(!ends(|| of_feed("ann"), change));
    let before = of_feed("bob");
    pass_the_bound();
    assert_eq!(of_feed("bob"), before);
    first.trust();
    assert!(first.is_trusted() && linked.is_trusted());
    handles.into_iter().for_each(Handle::unlink);
    new("7", Covers::Tables).unwrap().unlink();
}

#[test]
fn a_link_of_tables_covers_groups_with_a_table_and_no_others() {
    group!(Stock(id: u64), index(shelf: u64), table = "shop.stock", name = "trust.stock");

    #[cache_against(Stock(id))]
    fn of_stock(id: u64) -> u64 {
        run()
    }

    #[cache_against(Stock(shelf = shelf))]
    fn of_shelf(shelf: u64) -> u64 {
        run()
    }

    let linked = Linked::new(LONG);
    let new = Link { name: "tables", bound: SHORT, covers: Covers::Tables, transport: None };
    let tables = link(new).unwrap();
    let distrusted = (of_stock(7), of_shelf(3), of_feed("ann"));
    pass_the_bound();
    assert_ne!(of_stock(7), distrusted.0, "one of two links is distrusted");
    assert_ne!(of_shelf(3), distrusted.1);
    assert_eq!(of_feed("ann"), distrusted.2);
    tables.trust();
    let heard = || tables.invalidate(&r#"["trust.stock","row",7]"#.parse().unwrap());
    assert!(ends(|| of_stock(7), heard) && ends(|| of_shelf(3), heard));
    assert!(!ends(|| of_stock(8), heard));
    assert!(ends(|| of_stock(7), || tables.distrust()));
    assert!(!ends(|| of_feed("ann"), || tables.invalidate_all()));
    tables.trust();
    assert!(ends(|| of_stock(7), || linked.distrust()));
    tables.unlink();
}

#[test]
fn a_hit_looks_at_the_lease_of_a_guarded_link() {
    let linked = Linked::new(LONG);
    let guard = |from_now: Duration| linked.guard_until(Some(Instant::now() + from_now));
    // Twice, and once more: in the map, and in the cache of this thread.
    let warm = || [(); 3].map(|()| of_feed("ann"))[2];
    let before = warm();
    guard(LONG);
    assert_eq!(warm(), before, "the lease lasts");
    guard(Duration::ZERO);
    let after = of_feed("ann");
    assert_ne!(after, before, "the hit distrusts the link");
    assert!(!linked.is_trusted());

    linked.trust();
    let before = warm();
    guard(SHORT);
    pass_the_bound();
    assert_ne!(of_feed("ann"), before);

    linked.trust();
    guard(SHORT);
    let before = warm();
    pass_the_bound();
    assert_ne!(of_feed("ann"), before, "each hit looks");

    linked.trust();
    guard(SHORT);
    let before = warm();
    linked.guard_until(None);
    pass_the_bound();
    assert_eq!(warm(), before, "nobody looks");
    assert!(linked.is_trusted());
}
