//! Sentinels whose login is another than that of the servers:
//! `bash .ci/redis --sentinel cargo test -p gcache-redis --test sentinel_login`

use gcache::group;
use redis::{Client, RedisResult, cmd};
use std::time::Duration;

group!(Book: u64, name = "sentinel.book");

const PATIENCE: Duration = Duration::from_secs(20);

/// Sentinels that want a password, until this is dropped.
struct Guarded(Vec<String>);

fn acl(sentinel: &str, login: &str, rules: &[&str]) -> RedisResult<()> {
    let mut connection = Client::open(format!("redis://{login}{sentinel}/"))?.get_connection()?;
    cmd("ACL").arg("SETUSER").arg("default").arg(rules).exec(&mut connection)
}

impl Guarded {
    fn new(sentinels: &str) -> Self {
        let guarded = Self(sentinels.split(',').map(str::to_owned).collect());
        for sentinel in &guarded.0 {
            acl(sentinel, "", &["resetpass", ">sesame"]).unwrap();
            let refused = acl(sentinel, "", &["nopass"]).unwrap_err();
            assert_eq!(refused.code(), Some("NOAUTH"));
        }
        guarded
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        for sentinel in &self.0 {
            acl(sentinel, "default:sesame@", &["nopass"]).unwrap();
        }
    }
}

#[test]
fn sentinels_have_a_login_of_their_own() {
    let sentinels = std::env::var("GCACHE_REDIS_SENTINEL");
    let sentinels =
        sentinels.expect("there are no Sentinels: `bash .ci/redis --sentinel COMMAND` starts some");
    let guarded = Guarded::new(&sentinels);
    let link = gcache_redis::connect(format!("redis+sentinel://{sentinels}/main"));
    let link = link.namespace("login").sentinel_credentials("default", "sesame").start().unwrap();
    link.ready_blocking(PATIENCE).unwrap();
    link.acknowledged_blocking(invalidate_book(1), PATIENCE).unwrap();
    // Longer than a second, after which it asks them again who is the primary.
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_millis(1_500) {
        link.fence_blocking(PATIENCE).unwrap();
    }
    let status = link.status();
    assert_eq!((status.sessions, status.trouble), (1, None));
    drop(guarded);
}
