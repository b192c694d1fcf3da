//! Cached functions, each of which returns the version of a group that its body has read.

use crate::database::Database;
use gcache::{cache_against, depends_on, group};
use rand::RngExt as _;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

group!(pub(super) Item: u8);

static DATABASE: OnceLock<Database> = OnceLock::new();

/// Takes what the functions read.
pub(super) fn open(database: Database) {
    assert!(DATABASE.set(database).is_ok(), "a process reads one database");
}

fn read(group: u8) -> u64 {
    DATABASE.get().expect("opened before the first call").version(group)
}

/// How long a body waits: mostly not at all.
fn pause() -> Option<Duration> {
    let chances = &mut rand::rng();
    chances.random_ratio(1, 8).then(|| Duration::from_micros(chances.random_range(0..2_000)))
}

/// Reads at the beginning, at the end, or in the midst of what it does.
#[cache_against(Item(group))]
pub(super) fn slow(group: u8) -> u64 {
    pause().into_iter().for_each(thread::sleep);
    let version = read(group);
    pause().into_iter().for_each(thread::sleep);
    version
}

/// Does nothing but read.
#[cache_against(Item(group))]
pub(super) fn quick(group: u8) -> u64 {
    read(group)
}

/// Reads one group through another cached function, and its own.
#[cache_against(Item(group ^ 1))]
pub(super) fn nested(group: u8) -> (u64, u64) {
    (slow(group), read(group ^ 1))
}

/// Learns what it depends on after it has read.
#[cache_against("late")]
pub(super) fn late(group: u8) -> u64 {
    let version = read(group);
    pause().into_iter().for_each(thread::sleep);
    depends_on!(Item(group));
    version
}

/// Computed by one process for all.
#[cache_against(Item(group), shared_values, ttl = "1h")]
pub(super) fn shared(group: u8) -> u64 {
    pause().into_iter().for_each(thread::sleep);
    let version = read(group);
    pause().into_iter().for_each(thread::sleep);
    version
}

/// The same, of groups that it learns after it has read, and of what another process may have computed.
#[cache_against("late", shared_values, ttl = "1h")]
pub(super) fn shared_late(group: u8) -> (u64, u64) {
    let version = read(group ^ 1);
    pause().into_iter().for_each(thread::sleep);
    depends_on!(Item(group ^ 1));
    (shared(group), version)
}

/// Waits as futures do.
#[cache_against(Item(group))]
pub(super) async fn asynchronous(group: u8) -> u64 {
    if let Some(pause) = pause() {
        tokio::time::sleep(pause).await;
    }
    let version = read(group);
    if let Some(pause) = pause() {
        tokio::time::sleep(pause).await;
    }
    version
}
