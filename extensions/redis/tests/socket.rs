//! A link by a Unix socket, as the user that the README grants what a link needs:
//! `bash .ci/redis cargo test -p gcache-redis --test socket`

use gcache::{cache_against, group};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

group!(Book: u64, name = "socket.book");

static COMPUTED: AtomicU32 = AtomicU32::new(0);

#[cache_against(Book(id))]
fn book(id: u64) -> u32 {
    let _ = id;
    COMPUTED.fetch_add(1, Ordering::SeqCst)
}

const PATIENCE: Duration = Duration::from_secs(20);

/// The command of the README that makes the user `shop`.
fn granted() -> Vec<&'static str> {
    let text = include_str!("../README.md");
    let begin = text.find("ACL SETUSER shop").expect("the README has the command");
    let command = &text[begin..][..text[begin..].find("```").expect("it ends")];
    command.split_whitespace().collect()
}

#[test]
fn a_link_by_a_socket_needs_no_more_than_the_readme_grants() {
    let path = std::env::var("GCACHE_REDIS_SOCKET");
    let path = path.expect("there is no server: `bash .ci/redis COMMAND` starts one");
    let client = redis::Client::open(format!("unix://{path}")).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut command = redis::cmd("ACL");
    command.arg(&granted()[1..]).exec(&mut connection).unwrap();

    let link = gcache_redis::connect(format!("unix://{path}")).namespace("shop");
    let link = link.credentials("shop", "PASSWORD").fence_by_write().start().unwrap();
    link.ready_blocking(PATIENCE).unwrap();
    let first = book(1);
    assert_eq!(book(1), first);
    let receipt = link.acknowledged_blocking(invalidate_book(1), PATIENCE).unwrap();
    assert_ne!(book(1), first);
    link.fence_blocking(PATIENCE).unwrap();
    link.caught_up_blocking(&receipt.unwrap(), PATIENCE).unwrap();
    assert!(link.status().server.unwrap().contains(&path));

    // What another process tells comes by the same connection.
    let before = book(1);
    let told: (String, u64) = {
        let state =
            redis::cmd("HMGET").arg("{shop}:state").arg(&["inc", "n"]).query(&mut connection);
        state.unwrap()
    };
    let message = format!("{} {} somebody\n[[\"socket.book\",\"key\",1]]", told.0, told.1 + 1);
    let count = redis::cmd("HINCRBY").arg("{shop}:state").arg("n").arg(1).clone();
    redis::pipe()
        .atomic()
        .add_command(count)
        .add_command(redis::cmd("PUBLISH").arg("{shop}:invalidations").arg(message).clone())
        .exec(&mut connection)
        .unwrap();
    link.fence_blocking(PATIENCE).unwrap();
    assert_ne!(book(1), before);
    assert_eq!(link.status().flushes, 1, "nothing was missed");
}
