//! Generated futures are `Send` where the body's is, and keys are taken in every form.

mod common;

use common::{Count, changes};
use gcache::*;
use std::rc::Rc;
use std::sync::Arc;

fn send<T: Send>(_: T) {}

trait Db: Sync {
    fn x(&self) -> u64 {
        1
    }
}

struct Pool;

impl Db for Pool {}

group!(G: u64);
group!(S: String);

#[derive(Clone, Invalidates)]
struct B {
    id: u64,
    #[group(index)]
    a: String,
}

#[cache_against(G(pk), skip(db))]
async fn by_dyn(db: &dyn Db, pk: u64) -> u64 {
    std::future::ready(()).await;
    db.x() + pk
}

#[cache_against(G(pk), skip(db))]
async fn by_impl(db: &(impl Db + 'static), pk: u64) -> u64 {
    std::future::ready(()).await;
    db.x() + pk
}

#[cache_against(G(pk), skip(db))]
async fn by_gen<D: Db + 'static>(
    db: &D,
    pk: u64,
) -> Result<u64, Box<dyn std::error::Error + Send>> {
    std::future::ready(()).await;
    Ok(db.x() + pk)
}

#[cache_against(S(name), B(a = name), results, skip(db))]
async fn by_str(db: &Arc<dyn Db + Send>, name: &str) -> Option<Vec<B>> {
    std::future::ready(()).await;
    let _ = db.x();
    Some(vec![])
}

#[cache_against(S(name), skip(db))]
async fn by_mut(db: &mut [Box<dyn Db + Send>], name: &'static str) -> u64 {
    std::future::ready(()).await;
    db.len() as u64
}

struct Svc;

impl Svc {
    #[cache_against(G(pk), skip(self))]
    async fn m(&self, pk: u64) -> u64 {
        by_dyn(&Pool, pk).await
    }
}

#[cache_against(G(pk))]
async fn rc(pk: u64) -> Result<u64, Rc<str>> {
    std::future::ready(()).await;
    Ok(pk)
}

async fn plain(pk: u64) -> Result<u64, Rc<str>> {
    std::future::ready(()).await;
    Ok(pk)
}

#[cache_against(S(name.as_str()))]
async fn owned(name: String) -> u64 {
    std::future::ready(()).await;
    name.len() as u64
}

async fn caller(db: &Pool, n: &str) {
    by_dyn(db, 1).await;
    by_impl(db, 1).await;
    by_str(&(Arc::new(Pool) as _), n).await;
}

#[test]
fn futures_are_send() {
    send(by_dyn(&Pool, 1));
    send(by_impl(&Pool, 1));
    send(by_gen(&Pool, 1));
    send(by_str(&(Arc::new(Pool) as _), "x"));
    send(by_mut(&mut [], "x"));
    send(Svc.m(1));
    send(caller(&Pool, "x"));
    send(owned(String::new()));
    let tx = Transaction::begin();
    send(tx.run(by_dyn(&Pool, 1)));
    send(bypass_async(by_dyn(&Pool, 1)));
    send(plain(1));
}

#[test]
fn an_error_that_is_not_send_does_not_matter() {
    send(rc(1));
}

#[test]
fn a_key_of_text_is_invalidated_in_every_form() {
    static RUNS: Count = Count::new();
    #[cache_against(S(name))]
    fn by_key(name: &str) -> usize {
        RUNS.up()
    }
    #[cache_against(B(a = name))]
    fn by_value(name: &str) -> usize {
        RUNS.up()
    }
    #[cache_against(Tag(name))]
    fn by_tag(name: &str) -> usize {
        RUNS.up()
    }

    let (owned, list) = (String::from("a"), ["a"]);
    let key = || by_key("a");
    assert!(changes(key, || _ = invalidate_s("a")));
    assert!(changes(key, || _ = invalidate_s(&owned)));
    assert!(changes(key, || _ = invalidate_s(owned.clone())));
    for name in list {
        assert!(changes(key, || _ = invalidate_s(name)));
    }
    for name in &list {
        assert!(changes(key, || _ = invalidate_s(*name)));
    }
    assert!(changes(key, || _ = invalidate!(S("a"))));
    assert!(!changes(key, || _ = invalidate_s("b")));

    let value = || by_value("a");
    assert!(changes(value, || _ = invalidate_b_by_a("a")));
    assert!(changes(value, || _ = invalidate_b_by_a(&owned)));
    assert!(changes(value, || _ = invalidate!(B(a = "a"))));
    assert!(!changes(value, || _ = invalidate_b_by_a("b")));

    let tag = || by_tag("a");
    assert!(changes(tag, || _ = invalidate!(S("a"), Tag("a"))));
    assert!(!changes(tag, || _ = invalidate!(S("a"), Tag("b"))));
}
