//! Async functions: `?`, early return, borrowed parameters, and futures that may be sent.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};
use std::future::{Future, ready};
use std::sync::Arc;

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[derive(Debug, PartialEq)]
struct NotFound;

struct Pool(u64);

fn sent<T>(future: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
    future
}

#[cache_against(Book(pk), skip(db))]
async fn title(db: &Pool, pk: u64) -> String {
    ready(()).await;
    format!("{} {pk}", db.0)
}

#[cache_against(Book(pk))]
async fn fallible(pk: u64) -> Result<String, NotFound> {
    let found = ready(pk.checked_sub(1)).await.ok_or(NotFound)?;
    if found > 10 {
        return Err(NotFound);
    }
    Ok(found.to_string())
}

#[cache_against(Book)]
async fn texts(title: &str, tags: &[String]) -> usize {
    ready(title.len() + tags.len()).await
}

#[cache_against(Book(pk))]
async fn nothing(pk: u64) {
    ready(pk).await;
}

#[cache_against(Book(pk))]
async fn diverging(pk: u64) -> u64 {
    panic!("{pk}")
}

#[cache_against(Book(pk))]
async fn looping(pk: u64) -> u64 {
    loop {
        if ready(pk).await > 0 {
            return pk;
        }
    }
}

#[cache_against(Book(pk))]
async fn mutable(mut pk: u64) -> u64 {
    pk += 1;
    pk
}

#[cache_against(Book(author.len() as u64))]
async fn owned(author: String) -> String {
    author
}

#[cache_against(Book(n))]
async fn recursive(n: u64) -> u64 {
    match n {
        0 => 0,
        _ => n + Box::pin(recursive(n - 1)).await,
    }
}

#[cache_against(Book(pk), skip(load))]
async fn closure(pk: u64, load: impl AsyncFn(u64) -> u64) -> u64 {
    load(pk).await
}

#[cache_against(Book(pk), skip(load))]
async fn generic<F, R>(pk: u64, load: F) -> u64
where
    F: FnOnce(u64) -> R + Send,
    R: Future<Output = u64> + Send,
{
    load(pk).await
}

impl Pool {
    #[cache_against(Book(pk), by(self.0, pk))]
    async fn view(&self, pk: u64) -> Arc<str> {
        ready(()).await;
        format!("{} {pk}", self.0).into()
    }
}

#[cache_against(Book, cache_err)]
async fn everything(title: &str) -> Result<usize, String> {
    Err(title.to_owned())
}

fn main() {
    let pool = Pool(1);
    pollster::block_on(async {
        for _ in 0..2 {
            assert_eq!(sent(title(&pool, 7)).await, "1 7");
            assert_eq!(sent(fallible(7)).await.as_deref(), Ok("6"));
            assert_eq!(sent(fallible(0)).await, Err(NotFound));
            assert_eq!(sent(fallible(70)).await, Err(NotFound));
            assert_eq!(sent(texts("abc", &["d".to_owned()])).await, 4);
            assert_eq!(sent(looping(7)).await, 7);
            assert_eq!(sent(mutable(7)).await, 8);
            assert_eq!(sent(owned("abc".to_owned())).await, "abc");
            assert_eq!(sent(recursive(3)).await, 6);
            assert_eq!(closure(7, async |pk| pk).await, 7);
            assert_eq!(sent(generic(7, ready)).await, 7);
            assert_eq!(&*sent(pool.view(7)).await, "1 7");
            assert_eq!(sent(everything("abc")).await, Err("abc".to_owned()));
            sent(nothing(7)).await;
        }
    });
    drop(sent(diverging(7)));
}
