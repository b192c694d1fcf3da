//! `Self` is a group where the type is a model.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

impl Book {
    #[cache_against(Self)]
    fn all() -> Vec<Self> {
        vec![Self::load(7)]
    }

    #[cache_against(Self(id))]
    fn load(id: u64) -> Self {
        Self { id, author: 3 }
    }

    #[cache_against(Self, key = self.id, by(self.id))]
    fn title(&self) -> String {
        self.id.to_string()
    }

    #[cache_against(Self(author = self.author), by(self.author))]
    fn by_same_author(&self) -> u64 {
        self.author
    }

    #[cache_against(self::Book(id), crate::Book, results)]
    fn by_paths(id: u64) -> Option<Self> {
        Some(Self::load(id))
    }
}

fn main() {
    for _ in 0..2 {
        let book = Book::load(7);
        assert_eq!(Book::all().len(), 1);
        assert_eq!(book.title(), "7");
        assert_eq!(book.by_same_author(), 3);
        assert!(Book::by_paths(7).is_some());
    }
}
