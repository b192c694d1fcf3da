//! Expansions are clean; `tests/lints/` shows it to clippy.
#![deny(warnings, missing_docs, unused, rust_2018_idioms, future_incompatible)]
#![deny(unreachable_pub, unused_qualifications, single_use_lifetimes, trivial_casts)]
#![deny(missing_debug_implementations, let_underscore_drop, unsafe_code)]
#![warn(clippy::pedantic)]

use gcache::{Invalidates, cache_against, group};

/// A book.
#[derive(Debug, Invalidates)]
#[group(index(author, status))]
pub(crate) struct Book {
    id: u64,
    #[group(index)]
    author: u64,
    status: u8,
}

group! {
    /// What is new.
    pub(crate) Feed: String
}

group!(pub(crate) Rates);

#[cache_against(Book(pk), Book(author = 3), Feed("a"), Rates, "tag", ttl = "90s", capacity = 7)]
fn view(pk: u64, title: &str) -> String {
    format!("{pk} {title}")
}

#[cache_against(Book(author = pk, status = 1), by(pk, title))]
fn by(pk: u64, title: &str) -> Result<String, std::fmt::Error> {
    Ok(format!("{pk} {title}"))
}

#[cache_against(Book, by(title))]
fn by_references_only(title: &str) -> String {
    title.to_owned()
}

#[cache_against(Book(pk))]
async fn later(pk: u64) -> u64 {
    std::future::ready(pk).await
}

#[cache_against(Book(pk))]
async fn later_nothing(pk: u64) {
    std::future::ready(()).await;
    let _ = pk;
}

fn main() {
    let book = Book { id: 7, author: 3, status: 1 };
    assert_eq!(view(book.id, "a"), "7 a");
    assert_eq!(by(book.author, "a").as_deref(), Ok("3 a"));
    assert_eq!(by_references_only("a").len(), usize::from(book.status));
    assert_eq!(pollster::block_on(later(7)), 7);
    pollster::block_on(later_nothing(7));
}
