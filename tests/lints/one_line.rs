//! Bodies of one line, which look like what a lint is about once they stand in what a macro writes.
#![allow(missing_docs, reason = "the names say it")]
#![allow(clippy::needless_arbitrary_self_type, reason = "receivers are written in every way")]
#![allow(clippy::multiple_inherent_impl, reason = "the attributes go on blocks and on methods")]
#![allow(clippy::missing_errors_doc, reason = "nothing fails")]

use crate::{Book, sent};
use gcache::{cache_against, invalidates};
use std::fmt::Debug;
use std::future::ready;
use std::pin::Pin;

#[invalidates("lints: one line")]
pub fn value() -> u8 { 1 }

#[invalidates("lints: one line")]
pub fn nothing() {}

#[invalidates("lints: one line")]
pub fn call() { nothing() }

#[invalidates("lints: one line")]
pub fn statement() { nothing(); }

#[invalidates("lints: one line")]
pub fn block() -> u8 { { let one = 1; one + 1 } }

#[invalidates("lints: one line")]
pub fn choice(yes: bool) -> u8 { if yes { 1 } else { 2 } }

#[invalidates("lints: one line")]
pub fn early(yes: bool) -> u8 { if yes { return 1; } 2 }

#[invalidates("lints: one line")]
pub fn made() -> String { format!("{}", value()) }

#[invalidates("lints: one line")]
pub fn closure() -> impl Fn() -> u8 { || 1 }

#[invalidates("lints: one line")]
pub fn item() -> u8 { const ONE: u8 = 1; ONE }

#[invalidates("lints: one line")]
pub async fn later() -> u8 { 1 }

#[invalidates("lints: one line")]
pub async fn awaited() -> u8 { later().await }

#[invalidates(result)]
pub fn row(id: u64) -> Option<Book> { Some(Book { id, author: 1, status: 1, title: String::new() }) }

#[invalidates(result)]
pub async fn row_later(id: u64) -> Option<Book> { row(id) }

#[invalidates(result, Book(id), Book(author = id))]
pub fn all(id: u64) -> Option<Book> { row(id) }

#[invalidates(Book(id))]
pub fn future(id: u64) -> impl Future<Output = u64> { async move { id } }

#[cache_against(Book(id))]
pub fn cached(id: u64) -> u64 { id }

#[cache_against(Book(id))]
pub fn cached_block(id: u64) -> u64 { { let one = id; one + 1 } }

#[cache_against(Book(id))]
pub fn cached_nothing(id: u64) {}

#[cache_against(Book(id))]
pub async fn cached_later(id: u64) -> u64 { ready(id).await }

#[cache_against(Book(id), by(id))]
pub fn cached_future(id: u64) -> impl Future<Output = u64> { async move { id } }

#[cache_against(Book(id), cache_ok)]
pub fn cached_ok(id: u64) -> Result<u64, String> { Ok(id) }

#[cache_against(Book(id), cache_err)]
pub fn cached_any<T: From<u64> + Clone + Send + Sync + 'static>(id: u64) -> T { id.into() }

#[invalidates]
impl Book {
    pub fn clear_title(&mut self) { self.title.clear(); }

    pub fn take_title(&mut self) -> String { self.title.split_off(0) }

    pub fn take_letters(&mut self) -> impl Iterator<Item = char> + use<> { self.title.split_off(0).into_bytes().into_iter().map(char::from) }

    pub fn try_letters(&mut self) -> Result<impl Debug + use<>, String> { Err::<u8, String>(self.title.split_off(0)) }

    pub fn nothing_at_all(&mut self) {}

    pub async fn clear_later(&mut self) -> u8 { self.title.clear(); 1 }

    pub fn by_type(self: &mut Self) -> u8 { self.title.clear(); 1 }

    #[must_use]
    pub fn by_pin(self: Pin<&mut Self>) -> u8 { self.get_mut().title.clear(); 1 }

    pub fn by_mut_pin(mut self: Pin<&mut Self>) { self.title.clear(); }
}

impl Book {
    #[invalidates]
    pub fn at_entry(&self) -> u64 { self.id }

    #[invalidates]
    pub fn at_entry_of_a_box(self: Box<Self>) -> u64 { self.id }

    #[invalidates]
    pub fn taken(self) -> u64 { self.id }

    #[invalidates(Book(self.id), Book(author = self.author, status = self.status))]
    pub fn named(&self) -> &str { &self.title }
}

#[test]
fn one_line_is_clean() {
    assert_eq!((value(), block(), choice(true), early(false), item(), closure()()), (1, 2, 1, 2, 1, 1));
    assert_eq!((made().as_str(), cached(7), cached_block(7), cached_any::<u64>(7)), ("1", 7, 8, 7));
    call();
    statement();
    cached_nothing(7);
    assert_eq!(cached_ok(7), Ok(7));
    let mut book = all(7).or_else(|| row(7)).unwrap_or_else(|| Book { id: 7, author: 1, status: 1, title: String::new() });
    "abc".clone_into(&mut book.title);
    assert_eq!(book.take_letters().count(), 3);
    assert_eq!((book.by_type(), Pin::new(&mut book).by_pin(), book.at_entry()), (1, 1, 7));
    Pin::new(&mut book).by_mut_pin();
    book.clear_title();
    book.nothing_at_all();
    assert!(book.try_letters().ok().is_none());
    assert_eq!((book.take_title().as_str(), book.named()), ("", ""));
    pollster::block_on(sent(async {
        assert_eq!((later().await, awaited().await, cached_later(7).await), (1, 1, 7));
        assert_eq!((future(7).await, cached_future(7).await, book.clear_later().await), (7, 7, 1));
        assert!(row_later(7).await.is_some());
    }));
    assert_eq!((Box::new(book.clone()).at_entry_of_a_box(), book.taken()), (7, 7));
}
