use gcache::{cache_against, group};
use std::pin::Pin;

group!(Book: u64);

async fn find(_id: u64) -> u64 {
    7
}

#[cache_against(Book(id))]
fn unnamed(id: u64) -> impl Future<Output = u64> {
    find(id)
}

#[cache_against(Book(id))]
fn boxed(id: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(find(id))
}

fn main() {}
