//! What comes in on the channel and is no message of ours invalidates everything, and harms nothing.

mod counted;

use counted::{count, invalidate_item};
use redis::cmd;
use std::time::Duration;

#[test]
fn what_cannot_be_read_invalidates_everything() {
    const PATIENCE: Duration = Duration::from_secs(20);
    let url = std::env::var("GCACHE_REDIS");
    let url = url.expect("there is no server: `bash .ci/redis COMMAND` starts one");
    let link = gcache_redis::connect(&url).namespace("messages").start().unwrap();
    link.ready_blocking(PATIENCE).unwrap();
    link.acknowledged_blocking(invalidate_item(2), PATIENCE).unwrap();
    let mut redis = redis::Client::open(url).unwrap().get_connection().unwrap();
    let state = cmd("HMGET").arg("{messages}:state").arg("inc").arg("n").query(&mut redis);
    let (incarnation, number): (String, u64) = state.unwrap();
    let next = format!("{incarnation} {} somebody\n", number + 1);
    let texts = [
        b"nothing of ours".to_vec(),
        Vec::new(),
        b"\xff\xfe\n[]".to_vec(),
        format!("{next}no JSON").into_bytes(),
        format!("{next}[[\"shop.book\",\"unknown\",{{}}]]").into_bytes(),
        format!("{next}[[\"x\",\"key\",\"{}\"]]", "x".repeat(2 << 20)).into_bytes(),
    ];
    for text in texts {
        link.fence_blocking(PATIENCE).unwrap();
        let before = count(1);
        assert_eq!(count(1), before);
        let heard: u64 =
            cmd("PUBLISH").arg("{messages}:invalidations").arg(&text).query(&mut redis).unwrap();
        assert_eq!(heard, 1);
        // The fence's reply comes after the message.
        link.fence_blocking(PATIENCE).unwrap();
        assert_ne!(count(1), before, "{}", String::from_utf8_lossy(&text[..text.len().min(80)]));
    }
    link.acknowledged_blocking(invalidate_item(2), PATIENCE).unwrap();
}
