//! What several test files share: a database of films, and a count of the statements that it is asked.
#![allow(dead_code, reason = "each test file uses some of it")]

pub(crate) mod entities;
pub(crate) mod notes;

use gcache_sea_orm::Error;
use sea_orm::sqlx::sqlite::SqliteJournalMode;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard, oneshot};

/// Objects and groups go by their types, which the tests of a file share. So they take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// A database with some films, and an empty cache.
pub(crate) struct World {
    pub(crate) db: DatabaseConnection,
    asked: Arc<AtomicUsize>,
    files: TempDir,
    _turn: MutexGuard<'static, ()>,
}

const SCHEMA: &str = "
    CREATE TABLE director (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE film (
        id INTEGER PRIMARY KEY,
        title TEXT NOT NULL UNIQUE,
        genre TEXT NOT NULL,
        director_id INTEGER NOT NULL REFERENCES director (id) DEFERRABLE INITIALLY DEFERRED,
        votes INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE actor (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE casting (
        film_id INTEGER NOT NULL,
        actor_id INTEGER NOT NULL,
        role TEXT NOT NULL,
        PRIMARY KEY (film_id, actor_id)
    );
    INSERT INTO director VALUES (1, 'Hitchcock'), (2, 'Kubrick');
    INSERT INTO film (id, title, genre, director_id) VALUES
        (1, 'Vertigo', 'thriller', 1),
        (2, 'Psycho', 'horror', 1),
        (3, 'The Shining', 'horror', 2),
        (4, 'Spartacus', 'drama', 2);
    INSERT INTO actor VALUES (1, 'Stewart'), (2, 'Perkins'), (3, 'Nicholson');
    INSERT INTO casting VALUES (1, 1, 'Scottie'), (2, 2, 'Norman'), (3, 3, 'Jack');
";

impl World {
    pub(crate) async fn new() -> Self {
        let turn = TURN.lock().await;
        gcache::clear();
        let files = TempDir::new().expect("there is room for temporary files");
        let (db, asked) = connect(&files).await.expect("SQLite opens a new file");
        db.execute_unprepared(SCHEMA).await.expect("the schema is right");
        Self { db, asked, files, _turn: turn }
    }

    /// Where the database is, for another process.
    pub(crate) fn url(&self) -> String {
        url(&self.files)
    }

    /// How many statements the database was asked since this was called last. `BEGIN` and `COMMIT` are not
    /// counted.
    pub(crate) fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

/// The table for which a cached query was refused, and the one that is taken for another.
pub(crate) fn not_named<T>(result: Result<T, DbErr>) -> (String, Option<String>) {
    let error = result.err().expect("the query reads a table that is not named");
    match Error::of(&error) {
        Some(Error::TableNotNamed { table, namesake }) => (table.clone(), namesake.clone()),
        _ => panic!("another error: {error}"),
    }
}

/// Whether a write was refused since the transaction is not known of.
pub(crate) fn is_of_unknown_transaction(error: &DbErr) -> bool {
    matches!(Error::of(error), Some(Error::UnknownTransaction { .. }))
}

fn url(files: &TempDir) -> String {
    format!("sqlite://{}?mode=rwc", files.path().join("films.sqlite").display())
}

async fn connect(files: &TempDir) -> Result<(DatabaseConnection, Arc<AtomicUsize>), DbErr> {
    let mut options = ConnectOptions::new(url(files));
    // Who reads and who writes do not wait for each other.
    let wal = |options: sea_orm::sqlx::sqlite::SqliteConnectOptions| {
        options.journal_mode(SqliteJournalMode::Wal)
    };
    options.map_sqlx_sqlite_opts(wal).max_connections(4).sqlx_logging(false);
    let mut db = Database::connect(options).await?;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    db.set_metric_callback(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    Ok((db, asked))
}

/// After this a test that should not wait has failed. Not a delay: nothing waits so long that works.
const PATIENCE: Duration = Duration::from_mins(1);

/// A place in a hook where it says that it is there and stays until it is told to go on.
pub(crate) struct Stop {
    arrived: oneshot::Sender<()>,
    leave: oneshot::Receiver<()>,
}

/// The other end of a [`Stop`].
pub(crate) struct Control {
    arrived: oneshot::Receiver<()>,
    leave: oneshot::Sender<()>,
}

pub(crate) fn stop() -> (Stop, Control) {
    let (arrived, has_arrived) = oneshot::channel();
    let (leave, may_leave) = oneshot::channel();
    (Stop { arrived, leave: may_leave }, Control { arrived: has_arrived, leave })
}

impl Stop {
    pub(crate) async fn here(self) {
        self.arrived.send(()).expect("the test controls the stop");
        // The sender is gone if the test wants the save to be dropped.
        let _ = self.leave.await;
    }
}

impl Control {
    /// Waits until the hook is at the stop.
    pub(crate) async fn arrived(&mut self) {
        let arrived = tokio::time::timeout(PATIENCE, &mut self.arrived).await;
        arrived.expect("the hook comes to the stop").expect("the hook does not drop the stop");
    }

    /// Lets the hook go on.
    pub(crate) fn leave(self) {
        self.leave.send(()).expect("the hook is at the stop");
    }
}

/// Where a test leaves a [`Stop`] for a hook to find.
pub(crate) struct Slot(std::sync::Mutex<Option<Stop>>);

impl Slot {
    pub(crate) const fn new() -> Self {
        Self(std::sync::Mutex::new(None))
    }

    pub(crate) fn put(&self, stop: Stop) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop);
    }

    /// Stops here if a test has asked for it.
    pub(crate) async fn pass(&self) {
        let stop = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(stop) = stop {
            stop.here().await;
        }
    }
}
