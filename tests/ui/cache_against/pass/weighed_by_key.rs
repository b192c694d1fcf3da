//! `weigh` and `cache_if` of the value, or of the key and the value.

use gcache::{cache_against, group};

group!(Book: u64);

#[cache_against(Book, max_weight = 1_000, weigh = |title: &String, page: &String| title.len() + page.len())]
fn one(title: &str) -> String {
    title.to_owned()
}

#[cache_against(
    Book,
    max_weight = 1_000,
    weigh = |(title, id): (&String, &u64), page: &String| title.len() as u64 + id + page.len() as u64,
    cache_if = |(_, id): (&String, &u64), _: &String| *id > 0
)]
fn two(title: &str, id: u64) -> String {
    format!("{title} {id}")
}

fn weigh(title: &String, page: &Vec<u8>) -> usize {
    title.len() + page.len()
}

fn is_wanted<T>(_: &u64, page: &[T]) -> bool {
    !page.is_empty()
}

fn is_large<T>(page: &T) -> bool {
    size_of_val(page) > 0
}

#[cache_against(Book, by(title.trim()), max_weight = 1_000, weigh = weigh)]
fn by_path(title: &str) -> Vec<u8> {
    title.into()
}

#[cache_against(Book(id), cache_if = |page| page.is_some())]
fn by_its_value(id: u64) -> Option<String> {
    Some(id.to_string())
}

#[cache_against(Book(id), cache_if = |id, page| page.is_some() && *id > 0)]
async fn by_its_key(id: u64) -> Result<Option<String>, String> {
    Ok(Some(id.to_string()))
}

#[cache_against(Book(id), cache_if = is_large)]
fn generic(id: u64) -> std::sync::Arc<u64> {
    id.into()
}

fn main() {
    assert!(!is_wanted::<u8>(&7, &[]));
    one("M");
    two("M", 7);
    by_path("M");
    generic(7);
    assert_eq!(gcache::of(one).stats().weight, 2);
    assert_eq!(gcache::of(two).stats().weight, 11);
    assert_eq!(gcache::of(by_path).stats().weight, 2);
}
