//! What was computed in distrust is freed, alone in its process, where no other thread puts it off.

use gcache::cache_against;
use gcache::link::{Covers, Link, link};
use std::sync::Arc;
use std::time::Duration;

#[cache_against("values")]
fn value(id: u64) -> Arc<u64> {
    Arc::new(id)
}

#[cache_against("others")]
fn other() -> u64 {
    7
}

#[test]
fn what_was_computed_in_distrust_is_freed_when_its_time_is_over() {
    let bound = Duration::from_millis(20);
    let link = link(Link { name: "freed", bound, covers: Covers::All, transport: None });
    let link = link.expect("it is the only one");
    let made: Vec<_> = (0..50).map(|id| Arc::downgrade(&value(id))).collect();
    let alive = || made.iter().filter(|value| value.strong_count() > 0).count();
    assert_eq!(alive(), 50);
    link.trust();
    std::thread::sleep(2 * bound);
    // Hits do what there is to do, now and then.
    (0..4_000).for_each(|_| assert_eq!(other(), 7));
    assert_eq!(alive(), 0);
}
