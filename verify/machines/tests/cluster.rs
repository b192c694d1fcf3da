//! A slot of a cluster moves to another node, and the link follows it.

use gcache::group;
use gcache_machines::stage::Cluster;
use std::time::Duration;

group!(Item: u64);

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_slot_that_moves_is_followed() {
    let nodes = std::env::var("GCACHE_REDIS_CLUSTER");
    let nodes = nodes.expect("there is no cluster: `bash .ci/redis --cluster COMMAND` starts one");
    let link = gcache_redis::connect(format!("redis+cluster://{nodes}/")).namespace("moves");
    let link = link.start().unwrap();
    link.ready_blocking(PATIENCE).unwrap();
    link.acknowledged_blocking(invalidate_item(1), PATIENCE).unwrap();
    let first = link.status().server.unwrap();

    let mut cluster = Cluster::find(&nodes, "moves").unwrap();
    cluster.move_slot(|| ()).unwrap();

    link.acknowledged_blocking(invalidate_item(1), PATIENCE).unwrap();
    link.fence_blocking(PATIENCE).unwrap();
    assert_ne!(link.status().server.unwrap(), first);
}
