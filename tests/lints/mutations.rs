//! `#[invalidates]` in all its forms.

use crate::cached::on_the_way;
use crate::{Book, Feed, Line, News, Rates, end, sent};
use gcache::invalidates;
use std::error::Error;
use std::fmt::Display;
use std::future::ready;
use std::num::ParseIntError;

#[invalidates]
impl Book {
    /// What a book may change.
    pub const FIELDS: usize = 3;

    /// Nothing is returned.
    pub fn rename(&mut self, title: &str) {
        self.title.clear();
        self.title.push_str(title);
    }

    /// Something is returned, and `?` leaves.
    ///
    /// # Errors
    ///
    /// Of a text that is no number.
    pub fn give(&mut self, author: &str) -> Result<u64, ParseIntError> {
        if author.is_empty() {
            return Ok(self.author);
        }
        self.author = author.parse()?;
        Ok(self.author)
    }

    /// Later.
    pub async fn lend<T: Display + Send + Sync>(&mut self, to: &T) -> Option<String> {
        self.status = ready(2).await;
        Some(to.to_string())
    }

    /// Changes nothing.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.status == 0
    }
}

impl Line {
    /// What it was at entry.
    #[invalidates]
    fn ship(&self) -> u64 {
        self.order
    }

    /// By value.
    #[invalidates(Line(self.order, &self.product), "lines")]
    fn drop_it(self) -> String {
        self.product
    }
}

/// Groups that are named.
#[invalidates(Book(pk), Book(author = pk, status = 1), Feed(title), Rates, "tag")]
pub fn named(pk: u64, title: &str) -> usize {
    title.len()
}

/// Later.
#[invalidates(Book, key = pk, News(pk))]
pub async fn named_later(pk: u64) {
    ready(()).await;
}

/// Rows that are returned.
///
/// # Errors
///
/// Of a title that is empty.
#[invalidates(result, "shelf")]
pub fn insert(title: &str) -> Result<Vec<Book>, Box<dyn Error>> {
    let first = title.chars().next().ok_or("no title")?;
    Ok(vec![Book { id: 8, author: 3, status: 1, title: first.to_string() }])
}

/// Rows that are returned later.
#[invalidates(result)]
pub async fn insert_later(id: u64) -> Option<(Book, Book)> {
    let book = Book { id, author: 3, status: 1, title: String::new() };
    ready(Some((book.clone(), book))).await
}

#[test]
fn mutations_are_clean() {
    let mut book = insert("A title").unwrap_or_default().remove(0);
    book.rename("Another");
    assert_eq!(book.give("7"), Ok(7));
    assert!(!book.is_free() && on_the_way(7) && Book::FIELDS == 3);
    let line = Line { order: 7, product: String::from("pen") };
    assert_eq!((line.ship(), line.drop_it()), (7, String::from("pen")));
    assert_eq!(named(7, Rates::CURRENCY), 3);
    pollster::block_on(sent(async {
        assert_eq!(book.lend(&7u64).await.as_deref(), Some("7"));
        assert!(insert_later(7).await.is_some());
        named_later(7).await;
    }));
    assert_eq!(end(7, "abc").len(), 2);
}
