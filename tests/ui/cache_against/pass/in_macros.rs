//! Functions that another macro writes.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

macro_rules! view {
    ($name:ident($($parameter:ident: $ty:ty),*) -> $ret:ty, $group:ident($key:expr) $(, $option:ident)*) => {
        #[cache_against($group($key) $(, $option)*)]
        fn $name($($parameter: $ty),*) -> $ret {
            $(let _ = &$parameter;)*
            Default::default()
        }
    };
}

view!(one(pk: u64) -> String, Book(pk));
view!(reference(pk: &u64, title: &str) -> Option<u64>, Book(pk));
view!(result(pk: u64) -> Wrapped, Book(pk + 1), cache_err);

#[derive(Clone, Debug, Default, PartialEq)]
struct Wrapped(u64);

// Names of the macro and names of the caller do not meet.
macro_rules! hygiene {
    ($name:ident, $pk:ident) => {
        #[cache_against(Book($pk), skip(value))]
        fn $name($pk: u64, value: u64) -> u64 {
            $pk + value
        }
    };
}

hygiene!(apart, pk);

macro_rules! parameters_of_the_macro {
    ($name:ident) => {
        #[cache_against(Book(pk), by(pk, other))]
        async fn $name(pk: u64, other: &str) -> usize {
            let value = pk as usize;
            value + other.len()
        }
    };
}

parameters_of_the_macro!(inner);

macro_rules! literals {
    ($ttl:literal, $capacity:expr, $name:literal) => {
        #[cache_against(Book, ttl = $ttl, capacity = $capacity, name = $name)]
        fn literals(pk: u64) -> u64 {
            pk
        }
    };
}

literals!("90s", 7, "literals");

fn main() {
    for _ in 0..2 {
        assert_eq!(one(7), "");
        assert_eq!(reference(&7, "a"), None);
        assert_eq!(result(7), Wrapped(0));
        assert_eq!(apart(7, 0), 7);
        assert_eq!(literals(7), 7);
    }
    drop(inner(7, "a"));
}
