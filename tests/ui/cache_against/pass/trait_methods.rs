//! Methods of traits: with a default body, and in an `impl`.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};
use std::fmt::Debug;

#[derive(Invalidates)]
struct Book {
    id: u64,
}

trait Library: Sized + Debug {
    type Page: Clone + Send + Sync + 'static;

    fn name(&self) -> String;

    #[cache_against(Book(pk), by(self.name(), pk))]
    fn title(&self, pk: u64) -> String {
        format!("{} {pk}", self.name())
    }

    #[cache_against(Book(pk))]
    fn shelf(pk: u64) -> u64
    where
        Self: 'static,
    {
        pk % 10
    }

    fn page(&self, pk: u64) -> Self::Page;

    fn pages(pk: u64) -> Vec<Self::Page>;
}

#[derive(Debug)]
struct Public;

#[derive(Debug)]
struct Private(String);

impl Library for Public {
    type Page = String;

    fn name(&self) -> String {
        "public".to_owned()
    }

    #[cache_against(Book(pk), skip(self))]
    fn page(&self, pk: u64) -> Self::Page {
        pk.to_string()
    }

    #[cache_against(Book(pk))]
    fn pages(pk: u64) -> Vec<Self::Page> {
        vec![pk.to_string()]
    }
}

impl Library for Private {
    type Page = u64;

    fn name(&self) -> String {
        self.0.clone()
    }

    #[cache_against(Book(pk), by(self.0, pk))]
    fn page(&self, pk: u64) -> u64 {
        pk
    }

    #[cache_against(Book(pk))]
    fn pages(pk: u64) -> Vec<u64> {
        vec![pk]
    }
}

trait Shelf<K> {
    async fn find(&self, key: K) -> Option<K>;
}

impl<K: Clone + Eq + std::hash::Hash + Send + Sync + 'static> Shelf<K> for Public {
    #[cache_against(Book, skip(self))]
    async fn find(&self, key: K) -> Option<K> {
        Some(key)
    }
}

fn main() {
    for _ in 0..2 {
        assert_eq!(Public.title(7), "public 7");
        assert_eq!(Private("mine".to_owned()).title(7), "mine 7");
        assert_eq!(Public::shelf(17), 7);
        assert_eq!(Private::shelf(18), 8);
        assert_eq!(Public.page(7), "7");
        assert_eq!(Private("mine".to_owned()).page(7), 7);
        assert_eq!(Public::pages(7), ["7"]);
        assert_eq!(Private::pages(7), [7]);
    }
    drop(Public.find("title"));
}
