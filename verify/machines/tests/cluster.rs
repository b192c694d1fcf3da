//! A slot of a cluster moves to another node, and the link follows it.

use gcache::group;
use redis::{Connection, ConnectionLike as _, Value, cmd};
use std::time::Duration;

group!(Item: u64);

const PATIENCE: Duration = Duration::from_secs(20);

struct Node {
    address: String,
    id: String,
    connection: Connection,
}

impl Node {
    fn new(address: &str) -> Self {
        let client = redis::Client::open(format!("redis://{address}/")).unwrap();
        let mut connection = client.get_connection().unwrap();
        let id = cmd("CLUSTER").arg("MYID").query(&mut connection).unwrap();
        Self { address: address.to_owned(), id, connection }
    }

    fn ask(&mut self, words: &[&str]) -> Value {
        let mut command = cmd(words[0]);
        self.connection.req_command(command.arg(&words[1..])).unwrap()
    }
}

#[test]
fn a_slot_that_moves_is_followed() {
    let nodes = std::env::var("GCACHE_REDIS_CLUSTER");
    let nodes = nodes.expect("there is no cluster: `bash .ci/redis --cluster COMMAND` starts one");
    let link = gcache_redis::connect(format!("redis+cluster://{nodes}/")).namespace("moves");
    let link = link.patience(PATIENCE).start().unwrap();
    link.ready_blocking(PATIENCE).unwrap();
    link.acknowledged_blocking(invalidate_item(1), PATIENCE).unwrap();
    let first = link.status().server.unwrap();

    let mut nodes: Vec<Node> = nodes.split(',').map(Node::new).collect();
    let slot: u64 =
        cmd("CLUSTER").arg("KEYSLOT").arg("{moves}:state").query(&mut nodes[0].connection).unwrap();
    let slot = slot.to_string();
    // The other nodes answer that it is not theirs.
    let owner = nodes.iter_mut().position(|node| {
        cmd("EXISTS").arg("{moves}:state").query::<u64>(&mut node.connection).is_ok()
    });
    let (from, to) = (owner.unwrap(), (owner.unwrap() + 1) % nodes.len());
    let (source, target) = (nodes[from].id.clone(), nodes[to].id.clone());
    let port = nodes[to].address.rsplit(':').next().unwrap().to_owned();
    nodes[to].ask(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &source]);
    nodes[from].ask(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &target]);
    for key in ["{moves}:state", "{moves}:log"] {
        nodes[from].ask(&["MIGRATE", "127.0.0.1", &port, key, "0", "5000"]);
    }
    for at in [to, from, 3 - to - from] {
        nodes[at].ask(&["CLUSTER", "SETSLOT", &slot, "NODE", &target]);
    }

    link.acknowledged_blocking(invalidate_item(1), PATIENCE).unwrap();
    link.fence_blocking(PATIENCE).unwrap();
    assert_ne!(link.status().server.unwrap(), first);
}
