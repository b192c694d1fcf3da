//! A primary goes away, and the link follows the Sentinels to the one that takes its place.

use gcache::group;
use gcache_machines::stage::Sentinels;
use std::time::Duration;

group!(Item: u64);

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn a_replica_that_takes_over_is_followed() {
    let sentinels = std::env::var("GCACHE_REDIS_SENTINEL");
    let sentinels =
        sentinels.expect("there are no Sentinels: `bash .ci/redis --sentinel COMMAND` starts some");
    let link =
        gcache_redis::connect(format!("redis+sentinel://{sentinels}/main")).namespace("failover");
    let link = link.start().unwrap();
    link.ready_blocking(PATIENCE).unwrap();
    let before = link.acknowledged_blocking(invalidate_item(1), PATIENCE).unwrap();
    let first = link.status().server.unwrap();

    let sentinels = Sentinels::find(&sentinels).unwrap();
    sentinels.wait_for_replica().unwrap();
    assert!(sentinels.fail_over().unwrap());

    let after = link.acknowledged_blocking(invalidate_item(1), PATIENCE).unwrap();
    link.fence_blocking(PATIENCE).unwrap();
    assert_ne!(link.status().server.unwrap(), first);
    // The numbers begin anew, since some may have been lost: a receipt of before is not taken for one of after.
    assert_ne!(before.map(|receipt| receipt.to_string()), after.map(|receipt| receipt.to_string()));
}
