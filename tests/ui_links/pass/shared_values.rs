//! Arguments that are skipped, values of generics, methods, futures.
#![deny(warnings)]

use gcache::{cache_against, group};
use serde::{Serialize, de::DeserializeOwned};
use std::marker::PhantomData;

group!(Book: u64);

struct Database;

#[cache_against(Book(id), skip(database), shared_values, ttl = "1h")]
fn skipped(database: &Database, id: u64) -> Result<String, std::fmt::Error> {
    let _ = database;
    Ok(format!("book {id}"))
}

struct Repository<T>(PhantomData<T>);

impl<T> Repository<T>
where
    T: Clone + Default + Send + Sync + Unpin + Serialize + DeserializeOwned + 'static,
{
    #[cache_against(Book(id), skip(self), shared_values(secret), ttl = std::time::Duration::from_secs(60))]
    async fn load(&self, id: u64, name: &str) -> Vec<T> {
        let _ = (id, name);
        vec![T::default()]
    }

    #[cache_against(Book(id), by(id), cache_err, shared_values, ttl = "1h", boxed)]
    async fn all(id: u64) -> Vec<T> {
        let _ = id;
        Vec::new()
    }
}

fn main() {
    skipped(&Database, 7).unwrap();
    let repository = Repository::<u64>(PhantomData);
    assert_eq!(pollster::block_on(repository.load(7, "a")), [0]);
    assert!(pollster::block_on(Repository::<u64>::all(7)).is_empty());
}
