//! Nothing is allocated on a hit, whatever the arguments borrow.

mod common;

use common::ignore;
use gcache::{Tag, cache_against, group};
use std::path::Path;
use std::sync::Arc;

group!(Item: u64);
group!(Feed: String);

struct Shop {
    tenant: String,
}

impl Shop {
    #[cache_against(Item(pk), by(self.tenant, pk))]
    fn item(&self, pk: u64) -> u64 {
        pk
    }
}

#[cache_against(Item(pk))]
fn number(pk: u64) -> u64 {
    pk
}

#[cache_against(Feed(user), Tag(format!("allocation: {user}")), "allocation: all", Item)]
fn text(user: &str, list: &[String], path: &Path) -> Arc<str> {
    user.into()
}

#[cache_against(Item(pk), ttl = "1h", idle = "1h")]
fn timed(pk: u64) -> Result<Arc<str>, std::io::Error> {
    Ok(pk.to_string().into())
}

#[cache_against(Item(pk), by(name.trim(), pk), capacity = 5, cache_if = |_: &u64| true)]
async fn waited(name: &str, pk: u64) -> u64 {
    pk
}

#[cache_against(Item(pk), boxed)]
async fn boxed(pk: u64) -> u64 {
    pk
}

/// A chain, of which the first is looked up alone.
#[cache_against(Item(pk))]
async fn nested(pk: u64) -> u64 {
    boxed(pk).await + waited("ann", pk).await
}

fn allocations(mut call: impl FnMut()) -> u64 {
    // The first call computes; the next few warm what is made once per thread.
    for _ in 0..200 {
        call();
    }
    allocation_counter::measure(|| (0..50).for_each(|_| call())).count_total
}

#[test]
fn a_hit_allocates_nothing() {
    let list = ["one".to_owned(), "two".to_owned()];
    let shop = Shop { tenant: "a tenant with a name".to_owned() };
    assert_eq!(allocations(|| ignore(number(7))), 0);
    assert_eq!(allocations(|| ignore(text("ann", &list, Path::new("a/b")))), 0);
    assert_eq!(allocations(|| ignore(timed(7))), 0);
    assert_eq!(allocations(|| ignore(shop.item(7))), 0);
    let waited = || {
        use futures::FutureExt as _;
        waited("ann", 7).now_or_never().expect("a hit waits for nothing");
    };
    assert_eq!(allocations(waited), 0);
    let boxed = || {
        use futures::FutureExt as _;
        boxed(7).now_or_never().expect("a hit waits for nothing");
        nested(7).now_or_never().expect("a hit waits for nothing");
    };
    assert_eq!(allocations(boxed), 0);
}

/// The counter counts: a miss allocates.
#[test]
fn a_miss_allocates() {
    let mut pk = 100;
    let misses = || {
        pk += 1;
        number(pk);
    };
    assert!(allocations(misses) > 50);
}
