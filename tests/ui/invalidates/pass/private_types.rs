//! A model may have keys and index values of types that are as private as it is.

#![deny(warnings)]

use gcache::{Invalidates, cache_against};

#[derive(Clone, PartialEq, Eq, Hash)]
struct Isbn(String);

#[derive(Clone, PartialEq, Eq, Hash)]
struct Author(u64);

#[derive(Clone, Invalidates)]
#[group(index(author, status))]
struct Book {
    #[group(key)]
    isbn: Isbn,
    #[group(index)]
    author: Author,
    status: u8,
}

#[cache_against(Book(author = author))]
fn books_of(author: &Author) -> u64 {
    author.0
}

/// The same for a part of the crate.
mod shop {
    use gcache::Invalidates;

    #[derive(Clone, PartialEq, Eq, Hash)]
    pub(crate) struct Customer(pub(crate) u64);

    #[derive(Clone, Invalidates)]
    pub(crate) struct Order {
        pub(crate) id: u64,
        #[group(index)]
        pub(crate) customer: Customer,
    }
}

#[cache_against(shop::Order(customer = shop::Customer(customer)))]
fn orders_of(customer: u64) -> u64 {
    customer
}

fn main() {
    let author = Author(3);
    let book = Book { isbn: Isbn("1".to_owned()), author: author.clone(), status: 0 };
    books_of(&author);
    assert_eq!(book.invalidate().count(), 1);
    books_of(&author);
    assert_eq!(invalidate_book_by_author(author.clone()).count(), 1);
    invalidate_book_by_author_and_status(author, book.status);
    orders_of(7);
    assert_eq!(shop::invalidate_order_by_customer(shop::Customer(7)).count(), 1);
    orders_of(7);
    assert_eq!(shop::Order { id: 1, customer: shop::Customer(7) }.invalidate().count(), 1);
}
