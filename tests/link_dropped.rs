//! A link whose handle is dropped, alone in its process, since it stays.

use gcache::link::{Covers, Link, LinkError, link};
use gcache::{cache_against, group};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

group!(Feed: u64);

#[cache_against(Feed(id))]
fn feed(id: u64) -> u64 {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    RUNS.fetch_add(1, Ordering::Relaxed)
}

#[test]
fn a_link_that_is_dropped_is_distrusted_for_good() {
    let bound = Duration::from_millis(20);
    let new = || link(Link { name: "dropped", bound, covers: Covers::All, transport: None });
    let handle = new().expect("it is the only one");
    handle.trust();
    let before = feed(7);
    drop(handle);
    let after = feed(7);
    assert_ne!(after, before, "all ended");
    std::thread::sleep(2 * bound);
    assert_ne!(feed(7), after, "nobody tells what others invalidate");
    assert_eq!(new().err(), Some(LinkError::SameName));
}
