use gcache::{cache_against, group};

group!(User: u64);

#[cache_against(found, User(id))]
fn user(id: u64) -> u64 {
    id
}

#[cache_against(found = true)]
fn valued(id: u64) -> u64 {
    id
}

#[cache_against(found, found)]
fn twice(id: u64) -> u64 {
    id
}

fn main() {}
