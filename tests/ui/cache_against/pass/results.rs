//! What is stored of a `Result` is decided by type, so that an alias is one.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};
use std::io;

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[derive(Debug)]
struct NotFound;

type Found<T> = Result<T, NotFound>;
type Page = Found<String>;

#[cache_against(Book(pk))]
fn alias(pk: u64) -> Found<u64> {
    Ok(pk)
}

#[cache_against(Book(pk))]
fn alias_without_parameters(pk: u64) -> Page {
    Ok(pk.to_string())
}

#[cache_against(Book(pk))]
fn of_a_module(pk: u64) -> io::Result<u64> {
    Ok(pk)
}

#[cache_against(Book(pk))]
fn any_error(pk: u64) -> Result<Option<u64>, Box<dyn std::error::Error>> {
    let text = "7".parse::<u64>()?;
    Ok(Some(pk + text))
}

#[cache_against(Book(pk), cache_err)]
fn errors_too(pk: u64) -> Result<u64, String> {
    Err(pk.to_string())
}

#[cache_against(Book(pk), cache_err)]
fn errors_of_no_result(pk: u64) -> u64 {
    pk
}

#[cache_against(Book(pk))]
fn inside(pk: u64) -> Option<Result<u64, String>> {
    Some(Ok(pk))
}

#[cache_against(Book(pk))]
fn nothing(pk: u64) -> Result<(), NotFound> {
    if pk == 0 { Err(NotFound) } else { Ok(()) }
}

fn main() {
    for _ in 0..2 {
        assert_eq!(alias(7).unwrap(), 7);
        assert_eq!(alias_without_parameters(7).unwrap(), "7");
        assert_eq!(of_a_module(7).unwrap(), 7);
        assert_eq!(any_error(7).unwrap(), Some(14));
        assert_eq!(errors_too(7), Err("7".to_owned()));
        assert_eq!(errors_of_no_result(7), 7);
        assert_eq!(inside(7), Some(Ok(7)));
        assert!(nothing(7).is_ok());
    }
}
