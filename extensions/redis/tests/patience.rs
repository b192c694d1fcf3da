//! How long who waits, where there is no server.

use gcache::group;
use std::net::TcpListener;
use std::time::{Duration, Instant};

group!(Book: u64, name = "patience.book");

#[test]
fn a_wait_has_the_patience_that_it_is_given_and_the_longest_harms_nothing() {
    // Free at this moment, and nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = gcache_redis::connect(format!("redis://127.0.0.1:{port}/"));
    let options = options.bounded(Duration::MAX).settle(Duration::MAX);
    let link = options.patience(Duration::from_millis(50)).start().unwrap();

    let begun = Instant::now();
    assert!(pollster::block_on(link.acknowledged(invalidate_book(1))).is_err());
    let own = begun.elapsed();
    assert!(own >= Duration::from_millis(50));

    // Longer than that of futures, and not cut to it.
    let begun = Instant::now();
    assert!(link.acknowledged_blocking(invalidate_book(1), Duration::from_millis(400)).is_err());
    assert!(begun.elapsed() >= Duration::from_millis(400));
    assert!(link.fence_blocking(Duration::from_millis(1)).is_err());
    let (link, asked) = (link.clone(), link);
    let waiting = std::thread::spawn(move || asked.fence_blocking(Duration::MAX));
    link.close_blocking(Duration::ZERO).unwrap_err();
    waiting.join().unwrap().unwrap_err();
}
