//! Attributes and docs of the function are kept.
#![deny(warnings, missing_docs, unused_must_use)]

use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

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

fn main() {
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
