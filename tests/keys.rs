//! Keys of groups as they are written in the macros: what is a variable stays the body's.

mod common;

use common::Count;
use gcache::{DependsOn, Tag, cache_against, depends_on, group, invalidate, invalidates};
use std::sync::Arc;

group!(Feed: String);
group!(Number: u64);

/// As an axum handler has its parameters.
struct Path<T>(T);

#[derive(Clone)]
struct State {
    tenant: String,
    number: u64,
}

impl State {
    fn tenant(&self) -> String {
        self.tenant.clone()
    }
}

static RUNS: Count = Count::new();

#[cache_against(Feed(slug), by(slug))]
fn named(slug: String) -> (String, usize) {
    (slug, RUNS.up())
}

#[cache_against(Feed(slug), by(slug))]
async fn pattern(Path(slug): Path<String>) -> (String, usize) {
    (slug, RUNS.up())
}

#[cache_against(Feed(slug), Number(page), by(slug, page))]
fn several(Path((slug, page)): Path<(String, u64)>) -> (String, u64, usize) {
    (slug, page, RUNS.up())
}

#[cache_against(Feed(state.tenant), Number(state.number), by(state.tenant, state.number))]
fn fields(state: State) -> (String, usize) {
    (state.tenant, RUNS.up())
}

#[cache_against(Feed(state.tenant()), by(state.tenant()))]
fn temporaries(state: State) -> (State, usize) {
    (state, RUNS.up())
}

#[cache_against(Feed(slug.trim()), by(slug.trim(), number + 1))]
fn made_of_parameters(slug: String, number: u64) -> (String, u64, usize) {
    (slug, number, RUNS.up())
}

#[cache_against(Feed(slug), Number(number), by(slug, number))]
fn references(slug: &str, number: &u64) -> (String, u64, usize) {
    (slug.to_owned(), *number, RUNS.up())
}

#[cache_against(Feed(slug), Number(number), by(slug, number))]
fn references_in_a_pattern((slug, number): (&str, &u64)) -> (String, u64, usize) {
    (slug.to_owned(), *number, RUNS.up())
}

#[cache_against(Feed(slugs[0]), Number(*first), by(slugs[0], first))]
fn parts(slugs: Vec<String>, Path(ref first): Path<u64>) -> (Vec<String>, u64, usize) {
    (slugs, *first, RUNS.up())
}

/// The form that axum's handlers have.
#[cache_against(Feed(slug), by(slug, state.tenant))]
async fn handler(
    Path(state): Path<Arc<State>>,
    Path(slug): Path<String>,
) -> Result<(String, usize), String> {
    if slug.is_empty() {
        return Err(slug);
    }
    let run = RUNS.up();
    Ok((slug + &state.tenant, run))
}

/// A call with this key, which returns the number of the run.
type Call = fn(&str) -> usize;

#[test]
fn by_borrows_arguments_that_the_body_takes() {
    use pollster::block_on;
    let own = |text: &str| text.to_owned();
    let state = |tenant: &str| State { tenant: own(tenant), number: 1 };
    // Each with its run, so that the second call is known to hit, and the third to miss.
    let calls: [(&str, Call); 9] = [
        ("named", |slug| named(slug.to_owned()).1),
        ("pattern", |slug| block_on(pattern(Path(slug.to_owned()))).1),
        ("several", |slug| several(Path((slug.to_owned(), 1))).2),
        ("fields", |slug| fields(State { tenant: slug.to_owned(), number: 1 }).1),
        ("temporaries", |slug| temporaries(State { tenant: slug.to_owned(), number: 1 }).1),
        ("made of parameters", |slug| made_of_parameters(format!(" {slug}"), 1).2),
        ("references", |slug| references(slug, &1).2),
        ("references in a pattern", |slug| references_in_a_pattern((slug, &1)).2),
        ("parts", |slug| parts(vec![slug.to_owned()], Path(1)).2),
    ];
    for (name, call) in calls {
        let (one, two) = (format!("keys: {name}, one"), format!("keys: {name}, two"));
        let before = (call(&one), call(&two));
        assert_eq!((call(&one), call(&two)), before, "{name}: hits");
        invalidate_feed(&one);
        assert_ne!(call(&one), before.0, "{name}: ended");
        assert_eq!(call(&two), before.1, "{name}: lives");
    }
    assert_eq!(named(own("keys: values")).0, "keys: values");
    assert_eq!(fields(state("keys: values")).0, "keys: values");

    let call = |slug: &str| block_on(handler(Path(Arc::new(state("t"))), Path(own(slug))));
    let first = call("keys: handler");
    assert_eq!(first.as_ref().map(|(text, _)| text.as_str()), Ok("keys: handlert"));
    assert_eq!(call("keys: handler"), first);
    invalidate_feed("keys: handler");
    assert_ne!(call("keys: handler"), first);
    assert_eq!(call(""), Err(String::new()));
}

/// What ends is named by variables that the body wants, too.
#[test]
fn invalidates_and_the_lists_borrow_keys_too() {
    #[invalidates(Feed(slug), Number(number), Tag(tag))]
    fn post(slug: String, number: u64, tag: &str) -> (String, u64, usize) {
        (slug, number, tag.len())
    }
    #[cache_against(Number(1), by(slug))]
    fn found(slug: String) -> usize {
        assert_eq!(depends_on!(Feed(slug), Feed(slug)), DependsOn::Noted);
        slug.len() + RUNS.up()
    }

    let slug = String::from("keys: lists");
    let before = (named(slug.clone()), found(slug.clone()));
    assert_eq!(post(slug.clone(), 0, "keys: tag"), (slug.clone(), 0, 9));
    let after = (named(slug.clone()), found(slug.clone()));
    assert!(before.0 != after.0 && before.1 != after.1);

    let state = State { tenant: slug.clone(), number: 0 };
    let borrowed: &State = &state;
    invalidate!(Feed(slug), Feed(borrowed.tenant), Number(borrowed.number), Tag(slug));
    assert_ne!(named(slug.clone()), after.0);
    for slug in &["keys: lists", "keys: none"] {
        invalidate!(Feed(slug), Feed(*slug), Number(&state.number));
    }
    assert_ne!(found(slug), after.1);
}
