//! Nothing is taken from the prelude, by any macro.
#![no_implicit_prelude]
#![deny(warnings)]

#[derive(::std::clone::Clone, ::gcache::Invalidates)]
#[group(index(author, status))]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
    status: ::std::string::String,
}

#[derive(::gcache::Invalidates)]
struct Line {
    #[group(key)]
    order: u64,
    #[group(key)]
    product: ::std::string::String,
}

::gcache::group!(Feed: ::std::string::String);
::gcache::group!(Rates);

#[::gcache::cache_against(
    Book(pk), Line(pk, "a"), Feed("a"), Rates, "tag",
    results, ttl = "90s", idle = "9s", capacity = 7, cache_if = is_worth_it, bypass = pk > 100
)]
fn view(pk: u64) -> ::std::vec::Vec<Book> {
    ::gcache::depends_on!(Book(author = pk), Feed("b"));
    ::std::vec::Vec::new()
}

fn is_worth_it(_: &::std::vec::Vec<Book>) -> bool {
    true
}

#[::gcache::cache_against(Book(author = pk, status = "a"), by(pk), max_weight = 7, weigh = weigh)]
async fn later(pk: u64) -> ::std::result::Result<u64, u64> {
    ::std::result::Result::Ok(pk)
}

#[::gcache::cache_against(Feed("a"), by(pk), cache_err)]
fn fallible(pk: u64) -> ::std::result::Result<u64, u64> {
    ::std::result::Result::Err(pk)
}

fn weigh(value: &u64) -> u64 {
    *value
}

#[::gcache::invalidates]
impl Book {
    fn rename(&mut self, status: ::std::string::String) {
        self.status = status;
    }

    async fn give(&mut self, author: u64) -> ::std::option::Option<u64> {
        self.author = author;
        ::std::option::Option::Some(author)
    }
}

impl Book {
    #[::gcache::invalidates]
    fn look(&self) -> u64 {
        self.id
    }
}

#[::gcache::invalidates(result, Book(pk), "tag")]
fn insert(pk: u64) -> ::std::option::Option<Book> {
    ::std::option::Option::Some(Book {
        id: pk,
        author: 1,
        status: ::std::string::String::new(),
    })
}

fn main() {
    ::std::assert_eq!(view(7).len(), 0);
    ::std::assert_eq!(::pollster::block_on(later(7)), ::std::result::Result::Ok(7));
    ::std::assert_eq!(fallible(7), ::std::result::Result::Err(7));
    let mut book = insert(7).unwrap();
    book.rename(::std::string::String::new());
    ::std::assert_eq!(::pollster::block_on(book.give(8)), ::std::option::Option::Some(8));
    ::std::assert_eq!(book.look(), 7);
    let line = Line { order: 7, product: ::std::string::String::new() };
    let _ = (invalidate_line(line.order, line.product), invalidate_book(7));
    let _ = (invalidate_book_by_author_and_status(7, "a"), invalidate_feed("a"));
    let _ = (invalidate_rates(), ::gcache::invalidate!(Book(7), Book(author = 7), "tag", Rates));
}
