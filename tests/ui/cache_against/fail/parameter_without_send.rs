use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

use std::rc::Rc;

#[cache_against(Book)]
fn view_book(title: Rc<str>) -> String {
    title.to_string()
}

fn main() {}
