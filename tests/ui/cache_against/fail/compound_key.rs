use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Line {
    #[group(key)]
    order: u64,
    #[group(key)]
    number: u32,
}

#[cache_against(Line(order))]
fn part_missing(order: u64) -> u64 {
    order
}

#[cache_against(Line(order, 1, 2))]
fn part_too_many(order: u64) -> u64 {
    order
}

#[cache_against(Line(order, title))]
fn part_of_wrong_type(order: u64, title: &str) -> u64 {
    order + title.len() as u64
}

fn main() {}
