//! Type parameters that are `'static`: one memo per instance.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};
use std::fmt::{Debug, Display};
use std::hash::Hash;

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
fn key<K: Display + Clone + Eq + Hash + Send + Sync + 'static>(key: K) -> String {
    key.to_string()
}

#[cache_against(Book(pk), cache_err)]
fn value<V>(pk: u64) -> V
where
    V: Clone + Send + Sync + From<u64> + 'static,
{
    pk.into()
}

#[cache_against(Book)]
fn named_nowhere<T: Debug + Default + 'static>() -> String {
    format!("{:?}", T::default())
}

#[cache_against(Book)]
fn of_a_constant<const PAGES: usize>(pages: [u64; PAGES]) -> u64 {
    pages.iter().sum()
}

#[cache_against(Book)]
fn slice<T>(items: &[T]) -> usize
where
    T: Clone + Eq + Hash + Send + Sync + 'static,
{
    items.len()
}

#[cache_against(Book)]
fn fallible<T, E>(given: T) -> Result<T, E>
where
    T: Clone + Eq + Hash + Send + Sync + 'static,
    E: 'static,
{
    Ok(given)
}

struct Shelf<T>(T);

impl<T: Clone + Eq + Hash + Send + Sync + Display + 'static> Shelf<T> {
    #[cache_against(Book, by(self.0))]
    fn label(&self) -> String {
        self.0.to_string()
    }

    #[cache_against(Book, by(self.0, other))]
    fn with<U>(&self, other: U) -> (T, U)
    where
        U: Clone + Eq + Hash + Send + Sync + 'static,
    {
        (self.0.clone(), other)
    }
}

fn main() {
    for _ in 0..2 {
        assert_eq!(key(7_u64), "7");
        assert_eq!(key("seven"), "seven");
        assert_eq!(value::<u64>(7), 7);
        assert_eq!(value::<u128>(7), 7);
        assert_eq!(named_nowhere::<u8>(), "0");
        assert_eq!(named_nowhere::<String>(), "\"\"");
        assert_eq!(of_a_constant([1, 2]), 3);
        assert_eq!(of_a_constant([1, 2, 3]), 6);
        assert_eq!(slice(&[1, 2]), 2);
        assert_eq!(fallible::<_, std::fmt::Error>(7), Ok(7));
        assert_eq!(Shelf(7).label(), "7");
        assert_eq!(Shelf("a").label(), "a");
        assert_eq!(Shelf(7).with('b'), (7, 'b'));
    }
}
