use gcache::{cache_against, group};
use std::future::ready;

group!(Book: u64);

trait Query {
    type Output: Clone + Send + Sync + 'static;

    fn run(id: u64) -> Self::Output;

    #[cache_against(Book(id))]
    fn by_default(id: u64) -> Self::Output
    where
        Self: 'static,
    {
        Self::run(id)
    }
}

#[cache_against(Book(id))]
fn projection<Q: Query + 'static>(id: u64) -> Q::Output {
    Q::run(id)
}

#[cache_against(Book(id))]
fn written_out<Q: Query + 'static>(id: u64) -> <Q as Query>::Output {
    Q::run(id)
}

#[cache_against(Book(id), skip(load))]
fn parameter<T: Clone + Send + Sync + 'static>(id: u64, load: fn(u64) -> T) -> T {
    load(id)
}

#[cache_against(Book(id))]
async fn later<T>(id: u64) -> T
where
    T: Default + Clone + Send + Sync + 'static,
{
    ready(id).await;
    T::default()
}

struct Shelf<T>(T);

impl<T: Clone + Send + Sync + 'static> Shelf<T> {
    #[cache_against(Book(id), skip(self))]
    fn of_the_block(&self, id: u64) -> T {
        let _ = id;
        self.0.clone()
    }
}

impl<Q: Query + 'static> Shelf<Q> {
    #[cache_against(Book(id))]
    fn projection_of_the_block(id: u64) -> Q::Output {
        Q::run(id)
    }

    #[cache_against(Book(id))]
    fn with_a_name(id: u64) -> <Q as Query>::Output {
        Q::run(id)
    }
}

fn main() {}
