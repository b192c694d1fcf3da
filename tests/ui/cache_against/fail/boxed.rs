use gcache::{cache_against, group};
use std::rc::Rc;

group!(Book: u64);

#[cache_against(Book(id), boxed)]
fn sync(id: u64) -> u64 {
    id
}

#[cache_against(Book(id), boxed)]
async fn not_sent(id: u64) -> u64 {
    let shared = Rc::new(id);
    std::future::ready(()).await;
    *shared
}

fn main() {}
