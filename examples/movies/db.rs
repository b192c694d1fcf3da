//! The database: a temporary file, and connections that count what they run.

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Params, Row, Transaction, TransactionBehavior};
use std::cell::Cell;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// An `SQLite` file in a directory of its own, which goes with the value.
pub(crate) struct Database {
    directory: PathBuf,
    writing: Arc<Mutex<()>>,
}

impl Database {
    /// Makes the directory. The file comes with the first connection.
    pub(crate) fn create() -> Result<Self, Box<dyn Error>> {
        let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos();
        let name = format!("gcache-movies-{}-{nanos}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir(&directory)
            .map_err(|error| format!("cannot create {}: {error}", directory.display()))?;
        Ok(Self { directory, writing: Arc::default() })
    }

    /// Opens a connection.
    pub(crate) fn connect(&self) -> rusqlite::Result<Db> {
        let connection = Connection::open(self.directory.join("movies.sqlite"))?;
        connection.busy_timeout(Duration::from_secs(60))?;
        // Else it may plan a prepared statement anew for each value that is bound to it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // WAL lets readers go on while one writes; what a crash would lose is no loss here.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")?;
        Ok(Db { connection, writing: Arc::clone(&self.writing), statements: Cell::new(0) })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Best effort: a file that stays in the temporary directory is no reason to fail.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// A connection, for one thread at a time.
pub(crate) struct Db {
    connection: Connection,
    /// Held while writing. The transaction alone would do, but `SQLite` waits for another writer by
    /// sleeping for a millisecond and more, in which a cache answers many thousand requests.
    writing: Arc<Mutex<()>>,
    statements: Cell<u64>,
}

impl Db {
    /// Runs statements that define tables.
    pub(crate) fn define(&self, schema: &str) -> rusqlite::Result<()> {
        self.connection.execute_batch(schema)
    }

    /// Runs a statement that returns no rows.
    pub(crate) fn run(&self, sql: &str, values: impl Params) -> rusqlite::Result<()> {
        self.count(1);
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// The first row of what a statement returns.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.count(1);
        self.connection.prepare_cached(sql)?.query_row(values, read)
    }

    /// All rows that a statement returns.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.count(1);
        self.connection.prepare_cached(sql)?.query_map(values, read)?.collect()
    }

    /// Runs `body` in a transaction, and rolls back if it fails. It is the only one that writes from
    /// its beginning to its end, so that what it reads is what it changes.
    pub(crate) fn transaction<T>(
        &self,
        body: impl FnOnce() -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.count(2);
        // A panic of another writer has rolled its transaction back, so there is nothing to mend.
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let behavior = TransactionBehavior::Immediate;
        let transaction = Transaction::new_unchecked(&self.connection, behavior)?;
        let value = body()?;
        transaction.commit()?;
        Ok(value)
    }

    /// How many statements have been run, `BEGIN` and `COMMIT` among them.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.get()
    }

    fn count(&self, statements: u64) {
        self.statements.set(self.statements.get() + statements);
    }
}
