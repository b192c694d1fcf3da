//! A value is read only if none of its groups was invalidated after its computation began.

use super::{BOOK, Found, Process, namespace};
use redis::Commands as _;
use std::sync::atomic::Ordering;

#[test]
fn what_one_process_computes_another_reads() {
    let namespace = namespace();
    let (one, other) = (Process::of(&namespace), Process::of(&namespace));
    assert!(one.share("7", BOOK));
    let Found::Value(found) = other.ask("7") else { panic!("not shared") };
    assert_eq!(found.bytes, b"a value");
    assert_eq!(found.groups, super::named(BOOK));
    assert!(found.ttl <= super::value(BOOK).ttl && !found.ttl.is_zero());
    assert!(!other.reads("8"), "other arguments");
}

#[test]
fn what_is_invalidated_is_not_read() {
    let namespace = namespace();
    let (one, other) = (Process::of(&namespace), Process::of(&namespace));
    let endings = [
        r#"[["book","key",7]]"#,
        r#"[["book","key",null]]"#,
        r#"[["book","*"]]"#,
        r#"[["*"]]"#,
        r#"[["film"],["book","key",7]]"#,
    ];
    for (at, ending) in endings.iter().enumerate() {
        let argument = &at.to_string();
        one.hear();
        assert!(one.share(argument, BOOK));
        for group in [r#"[["book","key",8]]"#, r#"[["book"]]"#, r#"[["film","*"]]"#] {
            one.invalidate(group);
            assert!(other.reads(argument), "{group}");
        }
        other.invalidate(ending);
        assert!(!one.reads(argument), "{ending}");
    }
}

#[test]
fn what_is_invalidated_while_it_is_computed_is_not_stored() {
    let namespace = namespace();
    let (one, other) = (Process::of(&namespace), Process::of(&namespace));
    let computing = one.begin("7");
    other.invalidate(BOOK);
    assert!(!one.finish(computing, BOOK));
    assert!(!other.reads("7"));
}

/// An entry of the process's own memos may rest on what it has not heard of yet.
#[test]
fn what_the_process_has_not_heard_of_counts() {
    let namespace = namespace();
    let (one, other) = (Process::of(&namespace), Process::of(&namespace));
    assert!(one.share("first", BOOK), "the number of book 7 is there");
    other.invalidate(BOOK);
    assert!(!one.share("7", BOOK), "it was invalidated before the body began, and unheard");
    one.hear();
    assert!(one.share("7", BOOK));
}

#[test]
fn late_and_nested_groups_count() {
    let namespace = namespace();
    let (one, other) = (Process::of(&namespace), Process::of(&namespace));
    let late = r#"[["book","key",7],["author","key",3],["genre"]]"#;
    for ending in [r#"[["author","key",3]]"#, r#"[["genre"]]"#, r#"[["genre","*"]]"#] {
        one.hear();
        let computing = one.begin(ending);
        // Nobody knows of the group's number yet, so it is not written.
        other.invalidate(ending);
        assert!(!one.finish(computing, late), "{ending}");
        one.hear();
        assert!(one.share(ending, late), "{ending}");
        assert!(other.reads(ending));
        other.invalidate(ending);
        assert!(!other.reads(ending), "{ending}");
    }
}

/// A local change of a member ends the family of its group in no process, and the model in each.
#[test]
fn a_member_without_a_key_rests_on_its_model() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    for family in [r#"[["user"]]"#, r#"[["user","key",null]]"#] {
        one.hear();
        assert!(one.share(family, family));
        one.invalidate(r#"[["user"]]"#);
        assert!(!one.reads(family), "{family}");
    }
}

#[test]
fn who_has_something_untold_does_not_ask() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    assert!(one.share("7", BOOK) && one.reads("7"));
    one.link.has_told.store(false, Ordering::SeqCst);
    assert!(matches!(one.ask("7"), Found::Nothing));
    one.link.has_told.store(true, Ordering::SeqCst);
    assert!(one.reads("7"));
}

#[test]
fn who_is_distrusted_does_not_ask() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    assert!(one.share("7", BOOK));
    one.link.is_trusted.store(false, Ordering::SeqCst);
    assert!(matches!(one.ask("7"), Found::Nothing));
}

/// The numbers of models begin with the first process that shares values.
#[test]
fn what_was_invalidated_before_numbers_began_counts() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    let begin_anew =
        || -> u64 { one.connection.lock().unwrap().hdel(one.state(), "values").unwrap() };
    for model in [r#"[["author"]]"#, r#"[["author","*"]]"#, "[]"] {
        one.hear();
        begin_anew();
        // No number is noted, and the process has not heard of it.
        one.invalidate(r#"[["author","*"]]"#);
        assert!(!one.share(model, model), "{model}");
        one.hear();
        assert!(one.share(model, model) && one.reads(model), "{model}");
    }
}
