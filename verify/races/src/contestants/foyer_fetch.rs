//! `foyer`, which is asynchronous.

use crate::Contestant;
use crate::world;
use foyer::{Cache, CacheBuilder};
use std::sync::LazyLock;
use tokio::runtime::Runtime;
use tokio::task::{JoinError, spawn_blocking};

pub(super) const CONTESTANT: Contestant = Contestant {
    library: "foyer",
    caches: "get_or_fetch",
    invalidates: "remove",
    read: |id| TOKIO.block_on(row(id)),
    invalidate: |id| {
        ROWS.remove(&id);
    },
};

static TOKIO: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("threads can be started"));

static ROWS: LazyLock<Cache<u64, u64>> = LazyLock::new(|| CacheBuilder::new(10_000).build());

async fn row(id: u64) -> u64 {
    let entry = ROWS.get_or_fetch(&id, move || compute(id)).await;
    *entry.expect("the computation does not fail").value()
}

async fn compute(id: u64) -> Result<u64, JoinError> {
    let computation = world::begin(id);
    if computation.is_deferred() {
        // Threads that run tasks may not be blocked.
        return spawn_blocking(|| computation.finish()).await;
    }
    Ok(computation.finish())
}
