//! Models, their keys, and the functions beside them.
#![deny(warnings)]

use gcache::Invalidates;
use std::sync::Arc;

#[derive(Invalidates)]
struct Default {
    id: u64,
}

#[derive(Invalidates)]
struct Marked {
    id: u64,
    #[group(key)]
    isbn: String,
}

#[derive(Invalidates)]
struct Compound {
    #[group(key)]
    order: u64,
    title: String,
    #[group(key)]
    product: String,
    #[group(key)]
    variant: Option<u8>,
}

#[derive(Invalidates)]
struct Text {
    #[group(key)]
    name: &'static str,
}

#[derive(Invalidates)]
struct Shared {
    #[group(key)]
    name: Arc<str>,
}

mod shop {
    /// Public, with a public helper.
    #[derive(Clone, Debug, gcache::Invalidates)]
    pub struct HTTPPage {
        /// The key.
        pub id: u64,
        hidden: u64,
    }

    impl HTTPPage {
        pub fn new(id: u64) -> Self {
            Self { id, hidden: 0 }
        }

        pub fn hidden(&self) -> u64 {
            self.hidden
        }
    }
}

fn local() -> usize {
    #[derive(Invalidates)]
    struct Book {
        id: u64,
    }
    Book { id: 7 }.invalidate().count() + invalidate_book(7).count()
}

fn main() {
    let marked = Marked { id: 7, isbn: "isbn".to_owned() };
    let compound =
        Compound { order: 7, title: String::new(), product: "pen".to_owned(), variant: None };
    let shared = Shared { name: "name".into() };
    let page = shop::HTTPPage::new(7);

    // By value, by reference, and as text for a `String`.
    let _ = (invalidate_default(7), invalidate_default(&7));
    let _ = (invalidate_marked("isbn"), invalidate_marked(&marked.isbn));
    let _ = invalidate_marked(String::from("isbn"));
    let _ = invalidate_compound(compound.order, "pen", &compound.variant);
    let _ = (invalidate_text("name"), invalidate_shared(&shared.name));
    let _ = shop::invalidate_http_page(page.id + page.hidden());

    let _ = (Default { id: 7 }.invalidate(), Default::invalidate_all());
    let _ = (marked.id, marked.invalidate(), compound.title.len(), compound.invalidate());
    let _ = (Text { name: "name" }.invalidate(), shared.invalidate(), page.invalidate());
    assert_eq!(local(), 0);
}
