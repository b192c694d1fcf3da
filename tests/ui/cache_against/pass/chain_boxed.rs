//! A chain of cached async functions whose bodies are boxed is as deep as anyone likes.
#![deny(warnings)]

use gcache::{cache_against, group};
use std::future::Future;

group!(Book: u64);

macro_rules! chain {
    ($first:ident) => {
        #[cache_against(Book(pk), boxed)]
        async fn $first(pk: u64) -> u64 {
            std::future::ready(pk).await
        }
    };
    ($first:ident $next:ident $($rest:ident)*) => {
        chain!($next $($rest)*);

        #[cache_against(Book(pk), boxed)]
        async fn $first(pk: u64) -> u64 {
            $next(pk).await + 1
        }
    };
}

chain!(
    a b c d e f g h i j k l m n o p q r s t u v w x y z
    a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1 l1 m1 n1 o1 p1 q1 r1 s1 t1 u1 v1 w1 x1 y1 z1
);

// What is borrowed may be boxed, and what fails.
struct Shop(u64);

impl Shop {
    #[cache_against(Book(pk), by(self.0, pk, name), boxed)]
    async fn find<'a>(&'a self, pk: u64, name: &str) -> Result<String, Box<dyn std::error::Error>> {
        let number: u64 = std::future::ready(name).await.parse()?;
        if number == pk {
            return Ok(String::new());
        }
        Ok(format!("{name} {}", a(self.0).await))
    }
}

fn handler<F, R>(handler: F) -> impl Future<Output = u64> + Send + 'static
where
    F: FnOnce(u64) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = u64> + Send,
{
    Box::pin(async move { handler(7).await })
}

fn main() {
    let task = handler(a);
    assert_eq!(std::thread::spawn(|| pollster::block_on(task)).join().unwrap(), 7 + 51);
    assert_eq!(pollster::block_on(Shop(7).find(1, "2")).unwrap(), "2 58");
    assert!(pollster::block_on(Shop(7).find(1, "x")).is_err());
}
