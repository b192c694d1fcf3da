use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[cache_against(Book)]
fn reference(title: &str) -> &str {
    title
}

#[cache_against(Book)]
fn named<'a>(title: &'a str, _subtitle: &str) -> &'a str {
    title
}

#[cache_against(Book)]
fn inside(title: &str) -> Result<Option<&str>, String> {
    Ok(Some(title))
}

#[cache_against(Book)]
fn in_a_type(title: &str) -> std::borrow::Cow<'_, str> {
    title.into()
}

fn main() {}
