//! What others are told, and what ends of what they tell.

use super::*;
use gcache::{Transaction, invalidate, link, stats};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn a_change_is_told_by_names() {
    let linked = Linked::new(LONG);
    let ticket = invalidate_book(7).ticket();
    let all_indexes = [
        r#"["links.book","author",null]"#,
        r#"["links.book","=key",null]"#,
        r#"["links.book","author_and_status",null]"#,
    ];
    let expected =
        [&[r#"["links.book","key",7]"#], &all_indexes[..], &[r#"["links.book"]"#]].concat();
    assert_eq!(linked.recorder.message(), expected);

    Book { id: 7, author: 3, status: 1, key: "k".to_owned() }.invalidate();
    let expected = [
        r#"["links.book","key",7]"#,
        r#"["links.book","author",3]"#,
        r#"["links.book","=key","k"]"#,
        r#"["links.book","author_and_status",[3,1]]"#,
        r#"["links.book"]"#,
    ];
    assert_eq!(linked.recorder.message(), expected);

    let told = invalidate_book_by_author(3);
    let message = linked.recorder.message();
    assert!(message.contains(&r#"["links.book","author~",3]"#.to_owned()), "{message:?}");
    assert!(told.ticket() > ticket && ticket > 0);

    invalidate!("links: front page");
    assert_eq!(linked.recorder.message()[0], r#"["tag","key","links: front page"]"#);
    invalidate_account(7);
    assert_eq!(linked.recorder.message()[0], r#"["links.account","key",null]"#, "it is secret");
    assert_eq!(invalidate_session(7).ticket(), 0, "it is local");
    assert_eq!(linked.recorder.told(), Vec::<Vec<String>>::new());
}

#[test]
fn what_others_tell_ends_here_and_tells_nobody() {
    let linked = Linked::new(LONG);
    assert!(ends(|| of_book(7), || linked.hears(r#"["links.book","key",7]"#)));
    assert!(!ends(|| of_book(7), || linked.hears(r#"["links.book","key",8]"#)));
    assert!(ends(|| of_book(7), || linked.hears(r#"["links.book","key",null]"#)));
    assert!(!ends(|| of_book(7), || linked.hears(r#"["links.book"]"#)));
    assert!(ends(of_books, || linked.hears(r#"["links.book"]"#)));
    assert!(ends(|| of_author(3), || linked.hears(r#"["links.book","author",3]"#)));
    assert!(!ends(|| of_author(3), || linked.hears(r#"["links.book","author",4]"#)));
    assert!(ends(|| of_author_and_status(3, 1), || linked.hears(r#"["links.book","author~",3]"#)));
    assert!(!ends(|| of_author_and_status(3, 1), || linked.hears(r#"["links.book","author~",4]"#)));
    assert!(!ends(|| of_author(3), || linked.hears(r#"["links.book","author~",3]"#)));
    assert!(ends(|| of_key("k"), || linked.hears(r#"["links.book","=key","k"]"#)));
    assert!(!ends(|| of_key("k"), || linked.hears(r#"["links.book","key",7]"#)));
    assert!(ends(of_tag, || linked.hears(r#"["tag","key","links: front page"]"#)));
    assert!(ends(|| of_feed("ann"), || linked.hears(r#"["links.feed","key","ann"]"#)));
    for all in [r#"["links.book","*"]"#, r#"["*"]"#, r#"["links.book","no such part",7]"#] {
        assert!(ends(|| of_book(7), || linked.hears(all)), "{all}");
        assert!(ends(of_books, || linked.hears(all)), "{all}");
        assert!(ends(|| of_author_and_status(3, 1), || linked.hears(all)), "{all}");
    }
    assert!(!ends(|| of_session(7), || linked.hears(r#"["*"]"#)), "it is local");
    assert!(!ends(|| of_session(7), || linked.hears(r#"["links.session","key",7]"#)));
    assert!(
        ends(|| of_account(7), || linked.hears(r#"["links.account","key",8]"#)),
        "it is secret"
    );
    assert_eq!(linked.recorder.told(), Vec::<Vec<String>>::new(), "others know already");
}

#[test]
fn a_touch_of_an_index_that_is_told_ends_what_the_touch_ended() {
    let linked = Linked::new(LONG);
    invalidate_book_by_author(3);
    let message = linked.recorder.message();
    let hear = || message.iter().for_each(|group| linked.hears(group));
    assert!(ends(|| of_author(3), hear));
    assert!(ends(|| of_author_and_status(3, 1), hear));
    assert!(ends(of_books, hear));
    assert!(ends(|| of_book(7), hear));
    assert!(!ends(|| of_author(4), hear), "it is exact there, too");
    assert!(!ends(|| of_author_and_status(4, 1), hear));
}

#[test]
fn a_commit_is_one_message() {
    let linked = Linked::new(LONG);
    let transaction = Transaction::begin();
    transaction.enter(|| {
        assert_eq!(invalidate_feed("ann").ticket(), 0, "it is deferred");
        let inner = Transaction::begin();
        inner.enter(|| invalidate!("links: front page"));
        assert_eq!(inner.commit().ticket(), 0);
        invalidate_feed("bob");
        invalidate_feed("bob");
    });
    assert_eq!(linked.recorder.told(), Vec::<Vec<String>>::new());
    assert!(transaction.commit().ticket() > 0);
    let mut message = linked.recorder.message();
    message.sort();
    let expected = [
        r#"["links.feed","key","ann"]"#,
        r#"["links.feed","key","bob"]"#,
        r#"["links.feed"]"#,
        r#"["tag","key","links: front page"]"#,
        r#"["tag"]"#,
    ];
    assert_eq!(message, expected);

    let scope = Transaction::begin_scope();
    let inner = scope.enter(Transaction::begin);
    inner.enter(|| invalidate_feed("ann"));
    inner.commit();
    scope.rollback();
    assert_eq!(linked.recorder.message().len(), 2, "it has committed");
    let forgotten = Transaction::begin();
    forgotten.enter(|| invalidate_feed("ann"));
    forgotten.rollback();
    assert_eq!(linked.recorder.told(), Vec::<Vec<String>>::new());
    let undecided = Transaction::begin();
    undecided.enter(|| invalidate_feed("ann"));
    drop(undecided);
    assert_eq!(linked.recorder.message().len(), 2);
}

#[test]
fn groups_end_here_before_others_are_told() {
    /// Looks whether its entry is there.
    struct Looks(Mutex<Vec<bool>>);

    impl Transport for Looks {
        fn publish(&self, _: u64, _: Vec<NamedGroup>) {
            // Another thread, since this one may be in the middle of something.
            let look = || {
                let before = *RUNS.lock().unwrap();
                before < of_feed("zoe")
            };
            let computed = std::thread::scope(|scope| scope.spawn(look).join().unwrap());
            self.0.lock().unwrap().push(computed);
        }

        fn acknowledged(&self, _: u64) -> BoxFuture<'_, Result<Receipt, Unreachable>> {
            unreachable!("nobody asks")
        }

        fn fence(&self) -> BoxFuture<'_, Result<(), Unreachable>> {
            unreachable!("nobody asks")
        }

        fn caught_up(&self, _: &Receipt) -> BoxFuture<'_, Result<(), Unreachable>> {
            unreachable!("nobody asks")
        }
    }

    let _alone = alone();
    let looks: &'static Looks = Box::leak(Box::new(Looks(Mutex::default())));
    let this = Link { name: "looks", bound: LONG, covers: Covers::All, transport: Some(looks) };
    let handle = link(this).unwrap();
    handle.trust();
    of_feed("zoe");
    of_feed("zoe");
    invalidate_feed("zoe");
    let transaction = Transaction::begin();
    transaction.enter(|| invalidate_feed("zoe"));
    transaction.commit();
    handle.unlink();
    assert_eq!(*looks.0.lock().unwrap(), [true, true], "it has ended");
}

#[test]
fn nobody_is_told_without_a_link() {
    let alone = alone();
    assert_eq!(invalidate_feed("ann").ticket(), 0);
    drop(alone);
    let linked = Linked::new(LONG);
    let invalidated = invalidate_feed("ann");
    assert!(invalidated.ticket() > 0);
    assert_eq!(
        pollster::block_on(link::acknowledged(invalidated)),
        Ok(Some(Receipt::new(invalidated.ticket().to_string())))
    );
    assert_eq!(pollster::block_on(link::acknowledged(invalidate_session(7))), Ok(None));
    assert_eq!(pollster::block_on(link::fence()), Err(Unreachable));
    assert_eq!(pollster::block_on(link::caught_up(&"heard".parse().unwrap())), Ok(()));
    assert_eq!(pollster::block_on(link::caught_up(&"not".parse().unwrap())), Err(Unreachable));
    drop(linked);
    let _alone = super::alone();
    assert_eq!(pollster::block_on(link::fence()), Ok(()));
    assert_eq!(pollster::block_on(link::caught_up(&"heard".parse().unwrap())), Err(Unreachable));
}

#[test]
fn a_change_that_panics_is_told_as_far_as_it_went() {
    /// Panics where it is hashed.
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    struct Panics(bool);

    impl std::hash::Hash for Panics {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            assert!(!self.0, "not this one");
            0.hash(state);
        }
    }

    group!(Broken: Panics, name = "links.broken");

    #[cache_against(Broken(Panics(false)))]
    fn of_broken() -> u64 {
        run()
    }

    let linked = Linked::new(LONG);
    assert!(catch_unwind(AssertUnwindSafe(|| invalidate_broken(Panics(true)))).is_err());
    let expected = [r#"["links.broken","key",null]"#, r#"["links.broken"]"#];
    assert_eq!(linked.recorder.message(), expected);
    let hears = || linked.hears(r#"["links.broken","key",true]"#);
    assert!(ends(of_broken, hears), "it panics here, and is contained");
}

#[test]
fn what_others_invalidate_is_counted() {
    let linked = Linked::new(LONG);
    of_feed("ann");
    let by_others = || {
        let report = stats();
        report.groups.iter().find(|group| group.name == "links.feed").expect("it is used").by_others
    };
    let before = by_others();
    linked.hears(r#"["links.feed","key","ann"]"#);
    invalidate_feed("ann");
    assert_eq!(by_others(), before + 1);
}

#[test]
fn others_are_heard_inside_of_a_transaction() {
    let linked = Linked::new(LONG);
    let transaction = Transaction::begin();
    let ended = ends(
        || of_feed("tom"),
        || transaction.enter(|| linked.hears(r#"["links.feed","key","tom"]"#)),
    );
    assert!(ended, "they have committed");
    transaction.rollback();
}

#[test]
fn names_are_read_as_they_are_written() {
    let forms = [
        r#"["*"]"#,
        r#"["a"]"#,
        r#"["a","*"]"#,
        r#"["a","key",7]"#,
        r#"["a","key",null]"#,
        r#"["a","=key~",[1,{"b":2.50}]]"#,
        r#"["a","author","\"quoted\""]"#,
        r#"["a","author~",340282366920938463463374607431768211455]"#,
    ];
    for form in forms {
        assert_eq!(form.parse::<NamedGroup>().unwrap().to_string(), form);
    }
    assert_eq!(NamedGroup::all().to_string(), r#"["*"]"#);
    assert_eq!(NamedGroup::everything_of("a").to_string(), r#"["a","*"]"#);
    for wrong in [
        "",
        "7",
        "[]",
        "[7]",
        r#"["a",7]"#,
        r#"["a","key"]"#,
        r#"["a","*",7]"#,
        r#"["a","key",7,8]"#,
        r#"["a",7,7]"#,
    ] {
        assert!(wrong.parse::<NamedGroup>().is_err(), "{wrong}");
    }
}
