//! The database: a temporary file that all processes open, and connections to it.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Params, Row, Transaction, TransactionBehavior};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An `SQLite` file in a directory of its own, which goes with the value.
pub(crate) struct Database(PathBuf);

impl Database {
    /// Makes the directory. The file comes with the first connection.
    pub(crate) fn create(name: &str) -> Result<Self, Box<dyn Error>> {
        let name = format!("gcache-movies-{}-{}", std::process::id(), name.replace(' ', "-"));
        let directory = std::env::temp_dir().join(name);
        fs::create_dir(&directory)
            .map_err(|error| format!("cannot create {}: {error}", directory.display()))?;
        Ok(Self(directory))
    }

    /// The file.
    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("movies.sqlite")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Best effort: a file that stays in the temporary directory is no reason to fail.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A connection, for one thread at a time.
pub(crate) struct Db(Connection);

impl Db {
    /// Opens a connection.
    pub(crate) fn open(file: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(Duration::from_secs(60))?;
        // Else it may plan a prepared statement anew for each value that is bound to it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // WAL lets readers go on while one writes; what a crash would lose is no loss here.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")?;
        Ok(Self(connection))
    }

    /// Runs statements that define tables.
    pub(crate) fn define(&self, schema: &str) -> rusqlite::Result<()> {
        self.0.execute_batch(schema)
    }

    /// Runs a statement that returns no rows.
    pub(crate) fn run(&self, sql: &str, values: impl Params) -> rusqlite::Result<()> {
        self.0.prepare_cached(sql)?.execute(values).map(drop)
    }

    /// The first row of what a statement returns.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.0.prepare_cached(sql)?.query_row(values, read)
    }

    /// All rows that a statement returns.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.0.prepare_cached(sql)?.query_map(values, read)?.collect()
    }

    /// Runs `body` in a transaction, and rolls back if it fails. It is the only one of all processes that writes from
    /// its beginning to its end, so the order of versions is the order of commits.
    pub(crate) fn transaction<T>(
        &self,
        body: impl FnOnce() -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let transaction = Transaction::new_unchecked(&self.0, TransactionBehavior::Immediate)?;
        let value = body()?;
        transaction.commit()?;
        Ok(value)
    }
}
