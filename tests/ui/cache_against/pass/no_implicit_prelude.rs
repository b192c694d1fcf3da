//! Nothing is taken from the prelude.
#![no_implicit_prelude]
#![deny(warnings)]

#[derive(::gcache::Invalidates)]
#[group(index(author, status))]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
    status: u8,
}

::gcache::group!(Feed: u64);
::gcache::group!(Rates);

#[::gcache::cache_against(Book(pk), Feed(pk), Rates, "tag", ttl = "90s", capacity = 7)]
fn view(pk: u64) -> u64 {
    pk
}

#[::gcache::cache_against(Book(author = pk, status = 1), by(pk), cache_err)]
fn fallible(pk: u64) -> ::std::result::Result<u64, u64> {
    ::std::result::Result::Ok(pk)
}

#[::gcache::cache_against(Book)]
async fn later(pk: u64) -> u64 {
    pk
}

fn main() {
    ::std::assert_eq!(view(7), 7);
    ::std::assert_eq!(fallible(7), ::std::result::Result::Ok(7));
    ::std::mem::drop(later(7));
    let _ = (invalidate_book(7), invalidate_book_by_author(7), invalidate_feed(7));
    let _ = (invalidate_rates(), invalidate_book_by_author_and_status(7, 1));
}
