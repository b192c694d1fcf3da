//! A chain of cached async functions is sent to another thread, as deep as such chains get.
#![deny(warnings)]

use gcache::{cache_against, group};
use std::future::Future;

group!(Book: u64);

macro_rules! chain {
    ($first:ident) => {
        #[cache_against(Book(pk))]
        async fn $first(pk: u64) -> u64 {
            std::future::ready(pk).await
        }
    };
    ($first:ident $next:ident $($rest:ident)*) => {
        chain!($next $($rest)*);

        #[cache_against(Book(pk))]
        async fn $first(pk: u64) -> u64 {
            $next(pk).await + 1
        }
    };
}

chain!(a b c d e f g h i j k l m n o p q r s t u v);

// The bounds of a handler.
fn handler<F, R>(handler: F) -> impl Future<Output = u64> + Send + 'static
where
    F: FnOnce(u64) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = u64> + Send,
{
    Box::pin(async move { handler(7).await })
}

fn main() {
    let task = handler(a);
    assert_eq!(std::thread::spawn(|| pollster::block_on(task)).join().unwrap(), 7 + 21);
}
