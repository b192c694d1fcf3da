//! Lifetimes in parameters: what is looked at is borrowed, what is kept is owned.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};
use std::borrow::Cow;
use std::ffi::CStr;
use std::path::Path;

#[derive(Invalidates)]
struct Book {
    id: u64,
}

struct Db<'a> {
    name: &'a str,
}

#[cache_against(Book)]
fn text(title: &str) -> String {
    title.to_owned()
}

#[cache_against(Book)]
fn named<'a, 'b: 'a>(title: &'a str, pages: &'b [u32]) -> usize {
    title.len() + pages.len()
}

#[cache_against(Book)]
fn unsized_others(path: &Path, name: &CStr) -> usize {
    path.as_os_str().len() + name.to_bytes().len()
}

#[cache_against(Book)]
fn owned_behind_a_reference(title: &String, pages: &Vec<u32>, both: &(u64, Option<u32>)) -> usize {
    title.len() + pages.len() + both.0 as usize
}

#[cache_against(Book)]
fn forever(title: &'static str, titles: &[&'static str], cow: Cow<'static, str>) -> &'static str {
    let _ = (titles, cow);
    title
}

#[cache_against(Book(pk), skip(db))]
fn skipped(db: &Db<'_>, pk: u64) -> String {
    format!("{} {pk}", db.name)
}

#[cache_against(Book(pk), skip(db))]
fn skipped_exclusive(db: &mut Db<'_>, pk: u64) -> String {
    db.name = "changed";
    format!("{} {pk}", db.name)
}

#[cache_against(Book, by(title.as_ref(), tag.map(str::to_owned)))]
fn by_something_owned(title: Cow<'_, str>, tag: Option<&str>) -> String {
    format!("{title} {tag:?}")
}

impl<'a> Db<'a> {
    #[cache_against(Book(pk), by(self.name, pk))]
    fn view(&self, pk: u64) -> String {
        format!("{} {pk}", self.name)
    }

    #[cache_against(Book(pk), by(db.name, pk))]
    fn of(db: &'a Self, pk: u64) -> String {
        format!("{} {pk}", db.name)
    }
}

#[cache_against(Book)]
fn of_functions(first: fn(&str) -> &str, kind: u8) -> fn(&str) -> &str {
    let _ = kind;
    first
}

fn main() {
    let mut db = Db { name: "main" };
    for _ in 0..2 {
        assert_eq!(text("abc"), "abc");
        assert_eq!(named("abc", &[1, 2]), 5);
        assert_eq!(unsized_others(Path::new("ab"), c"c"), 3);
        assert_eq!(owned_behind_a_reference(&"ab".to_owned(), &vec![1], &(2, None)), 5);
        assert_eq!(forever("abc", &["d"], "e".into()), "abc");
        assert_eq!(skipped(&db, 7), "main 7");
        assert_eq!(by_something_owned("abc".into(), Some("d")), "abc Some(\"d\")");
        assert_eq!(db.view(7), "main 7");
        assert_eq!(Db::of(&db, 8), "main 8");
        assert_eq!(of_functions(str::trim, 1)(" a "), "a");
    }
    assert_eq!(skipped_exclusive(&mut db, 7), "changed 7");
}
