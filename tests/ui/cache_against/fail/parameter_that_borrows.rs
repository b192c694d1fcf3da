use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Title<'a>(&'a str);

#[cache_against(Book)]
fn in_a_type(title: Title<'_>) -> String {
    title.0.to_owned()
}

#[cache_against(Book)]
fn named<'a>(title: &'a Title<'a>) -> String {
    title.0.to_owned()
}

#[cache_against(Book)]
fn inside(title: Option<&str>) -> Option<String> {
    title.map(str::to_owned)
}

#[cache_against(Book)]
fn behind_another(titles: &[&str]) -> String {
    titles.concat()
}

fn main() {}
