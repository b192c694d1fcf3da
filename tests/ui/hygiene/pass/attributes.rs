//! Docs, lints and `#[cfg]` of what the user wrote hold for what the macros write.
#![deny(warnings, missing_docs, unused_must_use)]

use gcache::{Invalidates, cache_against, group, invalidates};

/// What is not compiled names what is not there.
#[cfg(any())]
#[derive(Invalidates)]
struct Gone {
    id: NoSuchType,
}

/// A model.
#[derive(Clone, Invalidates)]
#[cfg_attr(all(), group(name = "attributes.book"))]
#[cfg_attr(any(), group(name = "of another"))]
#[non_exhaustive]
#[cfg(all())]
pub struct Book {
    /// The key.
    #[cfg_attr(all(), group(key))]
    pub isbn: String,
    /// An index.
    #[cfg(all())]
    #[group(index)]
    pub author: u64,
    /// Not there.
    #[cfg(any())]
    #[group(index)]
    pub gone: NoSuchType,
}

group! {
    /// Not there, nor its helper.
    #[cfg(any())]
    pub Nowhere: NoSuchType
}

group! {
    #[cfg(any())]
    pub NowhereElse
}

group! {
    /// There.
    #[cfg(all())]
    #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    #[must_use]
    pub There: u64
}

// Of the same name as the one that is not there.
group!(pub(crate) Nowhere);

fn is_ord<T: Ord + Copy>() {}

#[invalidates]
impl Book {
    /// Documented.
    #[must_use = "it says what was"]
    #[inline]
    pub fn give(&mut self, author: u64) -> u64 {
        #![allow(unused_variables)]
        let unused = 1;
        std::mem::replace(&mut self.author, author)
    }

    /// Not there.
    #[cfg(any())]
    pub fn gone(&mut self, author: NoSuchType) {
        no_such_function(author);
    }

    #[allow(dead_code, clippy::missing_const_for_fn)]
    fn unused(&mut self) {}
}

impl Book {
    /// Documented.
    #[invalidates]
    #[must_use]
    #[deprecated = "use `give`"]
    pub fn take(self) -> u64 {
        self.author
    }

    #[cfg(any())]
    #[invalidates(NoSuchGroup)]
    fn gone_too(&self) -> NoSuchType {}
}

/// Documented.
#[invalidates(There(pk), Book(isbn))]
#[must_use]
pub fn end(pk: u64, #[allow(unused_variables)] unused: u64, isbn: &str) -> u64 {
    pk + isbn.len() as u64
}

#[invalidates(result)]
#[cfg(any())]
fn insert_gone() -> Vec<NoSuchType> {}

/// Documented.
#[cache_against(Book(isbn), There(7), skip(gone))]
#[must_use]
#[track_caller]
pub fn view(isbn: &str, #[cfg(any())] gone: NoSuchType) -> usize {
    isbn.len()
}

/// Documented.
#[cache_against(Book, There(pk))]
pub async fn configured(
    pk: u64,
    #[cfg(any())] gone: &NoSuchType,
    #[cfg(all())] title: &str,
    #[cfg(not(all()))] title: NoSuchType,
) -> usize {
    pk as usize + title.len()
}

/// Of cached functions.
pub mod cached {
    use gcache::{cache_against, group};

    group!(Book: u64);

    /// Documented.
    #[cache_against(Book(pk))]
    #[must_use]
    #[inline]
    pub fn above_and_below(pk: u64) -> u64 {
        pk
    }

    #[doc = "Documented."]
    #[must_use = "it is costly"]
    #[cache_against(Book(pk))]
    #[inline(never)]
    pub fn above(pk: u64) -> u64 {
        pk
    }

    #[deprecated = "use `above`"]
    #[doc(hidden)]
    #[cache_against(Book(pk))]
    pub fn old(pk: u64) -> u64 {
        pk
    }

    #[cfg(any())]
    #[cache_against(NoSuchGroup, no_such_option)]
    fn not_compiled() -> NoSuchType {}

    #[cfg(all())]
    #[cache_against(Book(pk))]
    fn compiled(pk: u64) -> u64 {
        pk
    }

    #[cache_against(Book(pk))]
    #[cfg(any())]
    fn also_not_compiled(pk: u64) -> NoSuchType {}

    #[cfg_attr(all(), cache_against(Book(pk)))]
    #[track_caller]
    #[cold]
    fn conditionally(pk: u64) -> u64 {
        pk
    }

    #[allow(unused_variables, clippy::needless_pass_by_value)]
    #[cache_against(Book)]
    fn allowed(unused: String) -> u64 {
        let also_unused = 7;
        7
    }

    #[cache_against(Book)]
    fn inside(pk: u64) -> u64 {
        #![allow(unused_variables)]
        let unused = 7;
        pk
    }

    #[cache_against(Book)]
    async fn inside_later(pk: u64) -> u64 {
        #![allow(unused_variables)]
        let unused = 7;
        pk
    }

    #[cache_against(Book)]
    fn on_a_parameter(#[allow(unused_variables)] unused: u64, #[cfg(all())] pk: u64) -> u64 {
        pk
    }

    pub(crate) fn call_all() {
        assert_eq!(above_and_below(7), 7);
        assert_eq!(above(7), 7);
        #[allow(deprecated)]
        let seven = old(7);
        assert_eq!(seven, 7);
        assert_eq!(compiled(7), 7);
        assert_eq!(conditionally(7), 7);
        assert_eq!(allowed(String::new()), 7);
        assert_eq!(inside(7), 7);
        assert_eq!(on_a_parameter(1, 7), 7);
        drop(inside_later(7));
    }
}

fn main() {
    cached::call_all();
    is_ord::<There>();
    let mut book = Book { isbn: "a".to_owned(), author: 3 };
    assert_eq!(book.give(4), 3);
    book.unused();
    assert_eq!(end(7, 1, "a"), 8);
    assert_eq!(view("abc"), 3);
    for title in ["a", "ab", "ab"] {
        assert_eq!(pollster::block_on(configured(7, title)), 7 + title.len());
    }
    assert_eq!(gcache::of(configured).stats().hits, 1);
    assert!(gcache::stats().to_string().contains("attributes.book"));
    let _ = (invalidate_book("a"), invalidate_book_by_author(7), invalidate_there(7));
    let _ = invalidate_nowhere();
    #[allow(deprecated)]
    let author = book.take();
    assert_eq!(author, 4);
}
