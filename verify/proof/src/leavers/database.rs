//! A database that takes its time, and finishes what it was sent, whoever waits for the answer.

use rand::RngExt as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many rows there are: so many that most are not written to for longer than a doubt lasts.
pub(crate) const ROWS: u32 = 48;

/// The longest statement. One that a busy machine makes longer is given up, as by a `statement_timeout`: a
/// doubt is for those that end before it does.
const LONGEST: Duration = Duration::from_millis(120);
const TIMEOUT: Duration = Duration::from_millis(500);

/// The rows, by number.
#[derive(Debug)]
pub(crate) struct Database {
    rows: Vec<Mutex<Row>>,
}

/// A row is the number of the statements that have changed it.
#[derive(Debug, Default)]
struct Row {
    version: u64,
    /// For each version, when its statement was done and its writer was gone.
    settled: Vec<Option<Instant>>,
}

/// A write under way: what the database and what the writer know of it.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    database: Arc<Database>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// What the statements have changed: row, version, and when.
    done: Vec<(u32, u64, Instant)>,
    /// When the writer was gone.
    left: Option<Instant>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A random part of `time`.
pub(crate) fn share_of(time: Duration) -> Duration {
    time.mul_f64(rand::rng().random())
}

impl Database {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { rows: (0..=ROWS).map(|_| Mutex::default()).collect() })
    }

    fn row(&self, id: u32) -> MutexGuard<'_, Row> {
        lock(&self.rows[id as usize])
    }

    /// The row's version.
    pub(crate) fn read(&self, id: u32) -> u64 {
        self.row(id).version
    }

    /// Notes that a version is settled from `moment` on.
    fn settle(&self, id: u32, version: u64, moment: Instant) {
        let mut row = self.row(id);
        let at = usize::try_from(version).expect("few versions");
        if row.settled.len() <= at {
            row.settled.resize(at + 1, None);
        }
        row.settled[at] = Some(moment);
    }

    /// For how long a younger version than `seen` had been settled when a call began, at most.
    pub(crate) fn overdue(&self, id: u32, seen: u64, called: Instant) -> Duration {
        let row = self.row(id);
        let from = usize::try_from(seen).expect("few versions") + 1;
        let younger = row.settled.iter().skip(from).flatten();
        let overdue = younger.map(|settled| called.saturating_duration_since(*settled));
        overdue.max().unwrap_or_default()
    }
}

impl Write {
    pub(crate) fn new(database: &Arc<Database>) -> Self {
        Self { database: Arc::clone(database), state: Arc::default() }
    }

    /// Sends a statement that changes the row, and waits for its answer. The database goes on by itself.
    pub(crate) async fn execute(&self, id: u32) {
        let (time, answer) = (share_of(LONGEST), share_of(LONGEST / 8));
        let (write, sent) = (self.clone(), Instant::now());
        let statement = tokio::spawn(async move {
            tokio::time::sleep(time).await;
            write.change(id, sent);
        });
        // The answer comes late, too.
        drop(statement.await);
        tokio::time::sleep(answer).await;
    }

    fn change(&self, id: u32, sent: Instant) {
        let mut state = lock(&self.state);
        let (version, done) = {
            let mut row = self.database.row(id);
            let now = Instant::now();
            if now.duration_since(sent) > TIMEOUT {
                return;
            }
            row.version += 1;
            (row.version, now)
        };
        state.done.push((id, version, done));
        self.note(&state);
    }

    /// The writer has returned or was dropped, and what it ended has ended.
    pub(crate) fn leave(&self) {
        let mut state = lock(&self.state);
        state.left.get_or_insert_with(Instant::now);
        self.note(&state);
    }

    /// Whether the writer is gone.
    pub(crate) fn is_left(&self) -> bool {
        lock(&self.state).left.is_some()
    }

    fn note(&self, state: &State) {
        if let Some(left) = state.left {
            for (id, version, done) in &state.done {
                self.database.settle(*id, *version, left.max(*done));
            }
        }
    }
}
