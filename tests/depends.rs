//! `#[derive(Depends)]`: structs that are no models, and whose fields name groups.

mod common;

use common::{Count, changes, ignore};
use gcache::{Depends, DependsOn, cache_against, group, invalidate, invalidate_tag, invalidates};

group!(Article(id: u64), index(slug: String));
group!(User(id: u64));

struct Editor {
    id: Option<u64>,
}

/// What a query returns: columns of several tables.
#[derive(Depends)]
#[depends(Article(article_id), User(author_id), "depends: all")]
#[depends(User?(editor.id), Article(slug = slug))]
struct Found<'a, T: Clone> {
    article_id: u64,
    author_id: u64,
    editor: Editor,
    slug: &'a str,
    _rest: T,
}

fn found(id: u64, editor: Option<u64>) -> Found<'static, u8> {
    Found { article_id: id, author_id: id + 1, editor: Editor { id: editor }, slug: "a", _rest: 0 }
}

#[test]
fn a_body_depends_on_what_it_found() {
    static RUNS: Count = Count::new();

    #[cache_against("depends: page")]
    fn page(id: u64, editor: Option<u64>) -> usize {
        assert_eq!(found(id, editor).depend(), DependsOn::Noted);
        RUNS.up()
    }

    assert_eq!(found(1, None).depend(), DependsOn::NoBody);
    let with = |editor| move || page(10, editor);
    assert!(changes(with(None), || ignore(invalidate_article(10))));
    assert!(changes(with(None), || ignore(invalidate_user(11))));
    assert!(changes(with(None), || ignore(invalidate_tag("depends: all"))));
    assert!(changes(with(None), || ignore(invalidate_article_by_slug("a"))));
    assert!(!changes(with(None), || ignore(invalidate_user(12))));
    assert!(changes(with(Some(12)), || ignore(invalidate_user(12))));
}

#[test]
fn what_changed_is_invalidated() {
    static RUNS: Count = Count::new();

    #[cache_against(User(id))]
    fn user(id: u64) -> usize {
        RUNS.up()
    }

    assert!(changes(|| user(21), || ignore(found(20, None).changed())));
    assert!(!changes(|| user(22), || ignore(found(20, None).changed())));
    assert!(changes(|| user(22), || ignore(found(20, Some(22)).changed())));
    assert!(changes(|| user(22), || ignore(invalidate(&vec![found(1, None), found(2, Some(22))]))));
}

/// Some fields have the names that the macro gives, some those that it was given.
#[test]
fn a_macro_may_declare_what_is_found() {
    macro_rules! found {
        ($name:ident { $given:ident }) => {
            #[derive(Depends)]
            #[depends(Article($given), User(own.0))]
            struct $name {
                $given: u64,
                own: (u64,),
            }
        };
    }
    found!(Made { article });
    static RUNS: Count = Count::new();

    #[cache_against("depends: made")]
    fn page() -> usize {
        Made { article: 51, own: (52,) }.depend();
        RUNS.up()
    }

    assert!(changes(page, || ignore(invalidate_article(51))));
    assert!(changes(page, || ignore(invalidate_user(52))));
}

/// They are rows wherever rows are.
#[test]
fn results_and_returned_rows_are_seen() {
    #[derive(Clone, Depends)]
    #[depends(Line(id), crate = ::gcache)]
    struct Row {
        id: u64,
    }
    group!(Line: u64);
    static RUNS: Count = Count::new();

    #[cache_against("depends: results", results)]
    fn rows(number: u64) -> Vec<Row> {
        RUNS.up();
        (0..number).map(|id| Row { id }).collect()
    }
    #[invalidates(result)]
    fn insert(id: u64) -> Result<Row, u64> {
        if id < 10 { Ok(Row { id }) } else { Err(id) }
    }

    let runs = || {
        rows(3);
        RUNS.get()
    };
    assert!(changes(runs, || ignore(invalidate_line(2))));
    assert!(!changes(runs, || ignore(invalidate_line(3))));
    assert!(changes(runs, || ignore(insert(1))));
    assert!(!changes(runs, || ignore(insert(4))));
    assert!(changes(runs, || ignore(insert(10))), "which row it would have been is not known");
}
