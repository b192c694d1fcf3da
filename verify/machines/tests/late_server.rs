//! A program starts before its server.

mod counted;

use counted::{count, invalidate_item};
use gcache_machines::server::Server;
use std::time::{Duration, Instant};

#[test]
fn calls_work_from_the_first_and_are_trusted_soon_after_the_server_comes() {
    let program = std::env::var_os("GCACHE_REDIS_SERVER");
    let program =
        program.expect("there is no server: `bash .ci/redis COMMAND` installs and names one");
    let mut server = Server::start(&program, 1).unwrap();
    server.kill().unwrap();
    let link = gcache_redis::connect(format!("redis://{}/", server.address())).namespace("late");
    let link = link.bounded(Duration::from_secs(1)).start().unwrap();
    // Without a server an entry lives as long as the bound.
    assert_eq!((count(1), count(1)), (0, 0));
    invalidate_item(1);
    assert_eq!((count(1), count(1)), (1, 1));
    assert!(link.ready_blocking(Duration::from_secs(3)).is_err());
    assert_eq!(count(1), 2, "the bound is over");

    server.restart().unwrap();
    let begun = Instant::now();
    link.ready_blocking(Duration::from_secs(20)).unwrap();
    // It tries again within a second, and is trusted a few round trips later.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    link.acknowledged_blocking(invalidate_item(1), Duration::from_secs(20)).unwrap();
    let computed = count(1);
    link.fence_blocking(Duration::from_secs(20)).unwrap();
    assert_eq!(count(1), computed, "a fence that finds nothing missed ends nothing");
}
