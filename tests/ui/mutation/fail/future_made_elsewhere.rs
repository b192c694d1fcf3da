use gcache::{Invalidates, invalidates};
use std::pin::Pin;

#[derive(Invalidates)]
struct Book {
    id: u64,
}

async fn rename_in_database(_id: u64) {}

#[invalidates(Book(id))]
fn unnamed(id: u64) -> impl Future<Output = ()> {
    rename_in_database(id)
}

#[invalidates(Book(id))]
fn boxed(id: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(rename_in_database(id))
}

#[invalidates]
impl Book {
    fn rename(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(rename_in_database(self.id))
    }
}

fn main() {}
