//! Every form of `#[invalidates]`, beside lints, generics, lifetimes, attributes and odd names.

#![deny(warnings)]
#![deny(missing_docs)]

use gcache::{Group, Invalidates, Tag, cache_against, group, invalidates};
use std::fmt::Debug;

/// A book.
#[derive(Clone, Debug, Invalidates)]
#[group(index(author, status))]
pub struct Book {
    /// Its number.
    pub id: u64,
    /// Who wrote it.
    #[group(index)]
    pub author: u64,
    status: String,
}

group!(Feed: String);

/// Names that generated code uses.
pub mod odd {
    #![allow(unused)]
    pub(super) fn returned() {}
    pub(super) fn change() {}
    pub(super) mod core {}
    pub(super) mod gcache {}
}

#[invalidates]
impl Book {
    /// A constant stays.
    pub const SHELVES: u64 = 7;

    /// Generic, with a where clause.
    pub fn tell<T>(&mut self, change: T, returned: &str) -> Vec<T>
    where
        T: Debug + Clone,
    {
        self.status = format!("{change:?}{returned}");
        vec![change.clone(), change]
    }

    /// Takes what it is given.
    pub fn keep(&mut self, status: String) {
        self.status = status;
    }

    #[must_use]
    fn is_free(&self) -> bool {
        self.status.is_empty()
    }

    /// Says itself what it ends.
    #[invalidates("shelves")]
    pub fn shelve(&mut self) -> &mut Self {
        self
    }
}

impl Book {
    #[invalidates]
    async fn lend<'a>(&mut self, to: &'a str, mut times: u32) -> Result<u32, std::num::ParseIntError> {
        times += to.parse::<u32>()?;
        self.status.push_str(to);
        if times > 3 {
            return Ok(0);
        }
        Ok(times)
    }

    /// Returns a borrow of what it is given, where nothing is looked at after the body.
    #[invalidates("shelves")]
    async fn shelf_of<'a>(&mut self, shelf: &'a mut String) -> Result<&'a mut String, std::fmt::Error> {
        if shelf.is_empty() {
            return Err(std::fmt::Error);
        }
        std::fmt::Write::write_str(shelf, "full")?;
        self.status.clear();
        Ok(shelf)
    }

    /// Returns a type without a name.
    #[invalidates("shelves")]
    async fn numbers(self, upto: u64) -> Result<impl Iterator<Item = u64>, std::num::TryFromIntError> {
        let upto = u32::try_from(upto)?;
        Ok((0..upto).map(move |number| u64::from(number) + self.id))
    }

    /// Returns what has to become what it returns.
    #[invalidates]
    async fn dyn_after(&mut self) -> Box<dyn Debug + Send> {
        if self.id == 7 {
            return Box::new(7);
        }
        Box::new(self.status.clone())
    }

    /// Returns nothing.
    #[invalidates("shelves")]
    async fn nothing(&self) {}

    /// Returns a borrow of itself.
    #[invalidates]
    async fn title(&self) -> &str {
        &self.status
    }

    #[invalidates]
    fn burn(self) -> u64 {
        self.id
    }

    #[invalidates]
    fn copy(self: &std::sync::Arc<Self>) -> u64 {
        self.id
    }

    #[invalidates(Feed(name), Tag(format!("shelf {shelf}")), Book(author = self.author))]
    fn announce(&self, name: &str, shelf: u8) -> &str {
        let _ = shelf;
        &self.status[name.len()..]
    }
}

trait Rename {
    fn rename(&mut self, status: &str);
}

#[invalidates]
impl Rename for Book {
    fn rename(&mut self, status: &str) {
        self.status = status.to_owned();
    }
}

#[invalidates(result, "new books")]
fn insert(id: u64) -> Result<(Book, Option<Vec<Book>>), String> {
    Ok((Book { id, author: 1, status: String::new() }, None))
}

#[invalidates(Book(status = status, author = author))]
fn settle(author: u64, status: &str) -> impl Iterator<Item = u64> {
    let _ = status;
    std::iter::once(author)
}

#[cache_against(Book(author = author, status = status))]
fn count(author: u64, status: &str) -> u64 {
    author + status.len() as u64
}

fn is_send<T: Send>(future: T) -> T {
    future
}

fn main() {
    fn group<G: Group<Key = u64>>() {}
    group::<Book>();
    let (mut book, _) = insert(1).unwrap();
    assert_eq!(book.tell(1, "x"), [1, 1]);
    book.keep(String::new());
    assert!(book.is_free());
    book.shelve().rename("new");
    drop(is_send(book.lend("2", 1)));
    drop(is_send(book.shelf_of(&mut String::new())));
    drop(is_send(book.title()));
    drop(is_send(book.nothing()));
    drop(is_send(book.dyn_after()));
    drop(is_send(book.clone().numbers(2)));
    book.announce("", 1);
    std::sync::Arc::new(book.clone()).copy();
    assert_eq!(settle(count(1, ""), "x").count(), 1);
    assert_eq!(book.burn() + Book::SHELVES, 8);
    invalidate_book_by_author_and_status(1, "new");
    odd::returned();
}
