//! Databases: a value from one is no answer for another.

use crate::driver::{self, Options};
use crate::error::Error;
use gcache::expires_within;
use sea_orm::DatabaseConnection;
use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

/// A database within the process, as a part of keys. Never given to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DatabaseId(u64);

impl DatabaseId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The database that a pool leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    pub(crate) database: DatabaseId,
    /// How long a value that was read there is kept at most: of a replica, which lags behind.
    pub(crate) ttl: Option<Duration>,
}

impl Source {
    fn new() -> Self {
        Self { database: DatabaseId::next(), ttl: None }
    }

    /// Bounds how long the value is kept that the cached body which is running here reads there.
    pub(crate) fn limit(self) {
        if let Some(ttl) = self.ttl {
            expires_within(ttl);
        }
    }

    /// What `pool` leads to. A pool and its clones lead to one database, and two pools to two, unless they
    /// are [named as one](same_database). `None` if it cannot be told apart from others.
    pub(crate) fn of(pool: &DatabaseConnection) -> Option<Self> {
        let options = driver::options(pool)?;
        let known = known().read().unwrap_or_else(PoisonError::into_inner).get(address(&options));
        known.or_else(|| Some(learn(&options, |known| known)))
    }
}

/// The pools that were seen, by the address of their options.
#[derive(Default)]
struct Pools(HashMap<usize, Pool>);

struct Pool {
    source: Source,
    /// Keeps the address from being used again, and not the options.
    pin: Weak<dyn Any + Send + Sync>,
}

impl Pools {
    fn get(&self, address: usize) -> Option<Source> {
        self.0.get(&address).map(|pool| pool.source)
    }

    /// Forgets the pools that are no more.
    fn forget_dropped(&mut self) {
        self.0.retain(|_, pool| pool.pin.strong_count() > 0);
    }
}

fn known() -> &'static RwLock<Pools> {
    static KNOWN: std::sync::LazyLock<RwLock<Pools>> = std::sync::LazyLock::new(RwLock::default);
    &KNOWN
}

fn address(options: &Options) -> usize {
    Arc::as_ptr(options).addr()
}

/// Notes where the pool with these options leads to: `decide` says it, given what is known of the pool.
#[cold]
fn learn(options: &Options, decide: impl FnOnce(Source) -> Source) -> Source {
    let pin = Arc::downgrade(options);
    let mut known = known().write().unwrap_or_else(PoisonError::into_inner);
    known.forget_dropped();
    let source = decide(known.get(address(options)).unwrap_or_else(Source::new));
    known.0.insert(address(options), Pool { source, pin });
    source
}

/// Says that `second` leads to the database of `first`, so a value that is cached through one of them is an answer for
/// the other.
///
/// A pool and its clones are one database by themselves. Two pools are two, since gcache cannot know whether they show the
/// same rows. Pools that are named here must: they have the same database, and the same rights to its rows. For a replica,
/// see [`replica_of`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sea_orm::DbErr> {
/// # let url = "sqlite::memory:";
/// let writers = sea_orm::Database::connect(url).await?;
/// let readers = sea_orm::Database::connect(url).await?;
/// gcache_sea_orm::same_database(&writers, &readers)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`Error::NoPool`] if one of them is no pool of sqlx: a mock, a proxy or a rusqlite connection cannot be told apart
/// from others, so nothing is cached through it.
pub fn same_database(first: &DatabaseConnection, second: &DatabaseConnection) -> Result<(), Error> {
    name(first, second, None)
}

/// Says that `replica` leads to a copy of the database of `primary`. A value that is read through it is an answer for both,
/// and is kept for `ttl` at most.
///
/// A replica that lags shows a row as it was before a write. If the write's invalidation has just happened, the old row is
/// stored after it, and would stay. State as `ttl` the longest that the replica lags: no answer is then older than twice
/// that. A replica that is not named is a database of its own, and the old rows that it shows are **kept**.
///
/// # Errors
///
/// As [`same_database`].
pub fn replica_of(
    primary: &DatabaseConnection,
    replica: &DatabaseConnection,
    ttl: Duration,
) -> Result<(), Error> {
    name(primary, replica, Some(ttl))
}

fn name(
    first: &DatabaseConnection,
    second: &DatabaseConnection,
    ttl: Option<Duration>,
) -> Result<(), Error> {
    let Source { database, .. } = Source::of(first).ok_or(Error::NoPool)?;
    let options = driver::options(second).ok_or(Error::NoPool)?;
    learn(&options, |_| Source { database, ttl });
    Ok(())
}
