//! All shapes of functions, parameters and values.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::hash::Hash;
use std::sync::Arc;

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
fn no_parameters() -> u64 {
    7
}

#[cache_against(Book(pk))]
fn nothing_returned(pk: u64) {
    let _ = pk;
}

#[cache_against(Book(pk))]
fn unit_returned(pk: u64) -> () {
    let _ = pk;
}

#[cache_against(Book(pk))]
fn forever(pk: u64) -> &'static str {
    if pk == 0 { "none" } else { "some" }
}

#[cache_against(Book(n))]
fn recursive(n: u64) -> u64 {
    if n < 2 { n } else { recursive(n - 1) + recursive(n - 2) }
}

#[cache_against(Book(pk))]
fn with_functions_inside(pk: u64) -> u64 {
    #[cache_against(Book(pk))]
    fn inner(pk: u64) -> u64 {
        pk + 1
    }
    inner(pk) + inner(pk)
}

#[cache_against(Book)]
fn compounds(some: Option<u64>, pair: (u64, String), array: [u8; 2], map: BTreeMap<u8, u8>) -> u64 {
    some.unwrap_or_default() + pair.0 + u64::from(array[0]) + map.len() as u64
}

#[cache_against(Book)]
fn shared(pk: u64) -> Arc<HashMap<u64, String>> {
    Arc::new(HashMap::from([(pk, pk.to_string())]))
}

#[cache_against(Book)]
fn trait_object(pk: u64) -> Arc<dyn Display + Send + Sync> {
    Arc::new(pk)
}

#[cache_against(Book(pk))]
fn moved(pk: u64, title: String, tags: Vec<String>) -> (String, Vec<String>) {
    let _ = pk;
    (title, tags)
}

#[cache_against(Book(pk))]
fn mutable(mut pk: u64, mut titles: Vec<String>) -> u64 {
    pk += 1;
    titles.push(String::new());
    pk + titles.len() as u64
}

#[cache_against(Book)]
fn implemented(key: impl Display + Clone + Eq + Hash + Send + Sync + 'static) -> String {
    key.to_string()
}

#[cache_against(Book, skip(load))]
fn skipped_closure(pk: u64, load: impl FnOnce(u64) -> u64) -> u64 {
    load(pk)
}

#[cache_against(Book(pk))]
fn early(pk: u64) -> Option<u64> {
    if pk == 0 {
        return None;
    }
    let half = pk.checked_div(2)?;
    Some(half)
}

/// # Safety
///
/// None is needed.
#[cache_against(Book(pk))]
unsafe fn dangerous(pk: u64) -> u64 {
    pk
}

#[cache_against(Book(pk))]
fn diverging(pk: u64) -> u64 {
    panic!("{pk}")
}

#[cache_against(Book(pk))]
pub(crate) fn visible(pk: u64) -> u64 {
    pk
}

#[cache_against(Book(*pk))]
fn nested_references(pk: &u64, text: &'static &'static str) -> u64 {
    *pk + text.len() as u64
}

#[cache_against(Book(pk), "movies", gcache::Tag(title), gcache::Tag(title.clone()))]
fn tags(pk: u64, title: String) -> usize {
    pk as usize + title.len()
}

fn main() {
    for _ in 0..2 {
        assert_eq!(no_parameters(), 7);
        nothing_returned(7);
        unit_returned(7);
        assert_eq!(forever(7), "some");
        assert_eq!(recursive(10), 55);
        assert_eq!(with_functions_inside(7), 16);
        assert_eq!(compounds(Some(1), (2, String::new()), [3, 4], BTreeMap::new()), 6);
        assert_eq!(shared(7)[&7], "7");
        assert_eq!(trait_object(7).to_string(), "7");
        assert_eq!(moved(7, "a".to_owned(), Vec::new()).0, "a");
        assert_eq!(mutable(7, Vec::new()), 9);
        assert_eq!(implemented(7), "7");
        assert_eq!(implemented("seven"), "seven");
        assert_eq!(skipped_closure(7, |pk| pk), 7);
        assert_eq!(early(0), None);
        assert_eq!(early(7), Some(3));
        assert_eq!(unsafe { dangerous(7) }, 7);
        assert_eq!(visible(7), 7);
        assert_eq!(nested_references(&7, &"a"), 8);
        assert_eq!(tags(7, "a".to_owned()), 8);
    }
    let _ = diverging as fn(u64) -> u64;
}
