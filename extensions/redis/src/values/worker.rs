//! The thread that speaks with the server for all callers, on the one connection for values.

use super::breaker::Breaker;
use super::connection::{LinkView, Session, connect};
use super::names::Numbers;
use super::scripts::{self, Fetched, Looked, Place, Stored};
use super::waiting::Waiting;
use super::{Counts, Options};
use crate::wait::lock;
use redis::RedisResult;
use redis::aio::MultiplexedConnection;
use std::collections::HashSet;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// How long a computation is waited for, if whoever began it is lost without a word.
const LEASE: Duration = Duration::from_secs(10);

/// How long the server may take to store, while no request waits.
const STORING: Duration = Duration::from_secs(1);

/// The most requests under way. More than these compute.
const MOST: usize = 4096;

/// The end of the thread that callers have.
pub(super) struct Worker {
    jobs: mpsc::UnboundedSender<Job>,
    pub(super) shared: Arc<Shared>,
}

/// What the thread and its callers share.
pub(super) struct Shared {
    pub(super) link: Arc<dyn LinkView>,
    pub(super) options: Options,
    pub(super) breaker: Breaker,
    pub(super) counts: Counts,
    waiting: Arc<Waiting>,
    under_way: AtomicUsize,
}

enum Job {
    Fetch(Fetch, Answer),
    Store { place: Place, token: String, session: Session, value: Option<Stored> },
}

/// What a call looks for.
pub(super) struct Fetch {
    pub(super) place: Place,
    /// Of which function.
    pub(super) fingerprint: [u8; 16],
    /// Of the groups that the call names.
    pub(super) numbers: Numbers,
    pub(super) kept: Duration,
}

/// What became of a request.
pub(super) enum Outcome {
    Value(Stored),
    /// The caller computes for all.
    Compute(Lease),
    Nothing,
}

/// The right to compute for all processes. Dropped, it is given back, be it that nobody was there to take it.
pub(super) struct Lease {
    place: Place,
    token: String,
    /// What this process had heard of before the body began.
    session: Session,
    /// There until it is given back.
    jobs: Option<mpsc::UnboundedSender<Job>>,
}

impl Lease {
    /// What the process had heard of before the body began: the incarnation, and up to which number.
    pub(super) fn heard(&self) -> (&str, u64) {
        (&self.session.incarnation, self.session.heard)
    }

    /// Gives it back, with a value to store.
    pub(super) fn store(mut self, value: Stored) {
        self.give_back(Some(value));
    }

    fn give_back(&mut self, value: Option<Stored>) {
        let Some(jobs) = self.jobs.take() else { return };
        let (place, token) = (self.place.clone(), std::mem::take(&mut self.token));
        // If the thread is gone, so is the process soon, and the lease runs out.
        let _ = jobs.send(Job::Store { place, token, session: self.session.clone(), value });
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.give_back(None);
    }
}

/// Where an outcome goes: to a task or to a thread.
pub(super) enum Answer {
    Task(oneshot::Sender<Outcome>),
    Thread(std::sync::mpsc::SyncSender<Outcome>),
}

impl Answer {
    fn send(self, outcome: Outcome) {
        // Whoever asked may have gone on without.
        match self {
            Self::Task(task) => drop(task.send(outcome)),
            Self::Thread(thread) => drop(thread.try_send(outcome)),
        }
    }
}

impl Worker {
    pub(super) fn start(link: Arc<dyn LinkView>, options: Options) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (jobs, inbox) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            link,
            options,
            breaker: Breaker::new(),
            counts: Counts::default(),
            waiting: Arc::default(),
            under_way: AtomicUsize::new(0),
        });
        let (there, back) = (Arc::clone(&shared), jobs.downgrade());
        std::thread::Builder::new().name("gcache-values".into()).spawn(move || {
            let thread = Arc::new(Thread {
                shared: there,
                jobs: back,
                line: Mutex::default(),
                connecting: AtomicBool::new(false),
                wide: Mutex::default(),
                asked: Notify::new(),
            });
            runtime.block_on(serve(thread, inbox));
        })?;
        Ok(Self { jobs, shared })
    }

    /// Hands a request over; `false` if nothing will come of it.
    pub(super) fn fetch(&self, fetch: Fetch, answer: Answer) -> bool {
        if self.shared.under_way.load(Ordering::Relaxed) >= MOST
            || self.shared.link.session().is_none()
            || !self.shared.breaker.may_ask()
        {
            return false;
        }
        self.shared.under_way.fetch_add(1, Ordering::Relaxed);
        self.jobs.send(Job::Fetch(fetch, answer)).is_ok()
    }
}

/// What the thread has for itself. Its tasks are spawned on the runtime, not on a `LocalSet`: that wakes the thread by a
/// write to itself for each step.
struct Thread {
    shared: Arc<Shared>,
    /// For leases. The thread ends with the last of its callers.
    jobs: mpsc::WeakUnboundedSender<Job>,
    /// The connection, and the server process that it is with.
    line: Mutex<Option<(Arc<str>, MultiplexedConnection)>>,
    connecting: AtomicBool,
    /// The functions whose values rest on more groups than their calls name: a look alone does not find those fresh.
    wide: Mutex<HashSet<[u8; 16]>>,
    /// A request has come.
    asked: Notify,
}

async fn serve(thread: Arc<Thread>, mut inbox: mpsc::UnboundedReceiver<Job>) {
    tokio::spawn(pace(Arc::clone(&thread)));
    while let Some(job) = inbox.recv().await {
        let thread = Arc::clone(&thread);
        tokio::spawn(async move {
            match job {
                Job::Fetch(fetch, answer) => {
                    let outcome = thread.fetch(&fetch).await;
                    thread.shared.under_way.fetch_sub(1, Ordering::Relaxed);
                    answer.send(outcome);
                }
                Job::Store { place, token, session, value } => {
                    thread.store(&place, &token, &session, value.as_ref()).await;
                }
            }
        });
    }
}

/// Keeps a timer before those of requests, while requests come: the runtime wakes its thread, by a write to itself, for
/// each timer that is the next to end.
async fn pace(thread: Arc<Thread>) {
    loop {
        thread.asked.notified().await;
        sleep(thread.shared.options.budget / 2).await;
    }
}

impl Thread {
    async fn fetch(self: &Arc<Self>, fetch: &Fetch) -> Outcome {
        let Options { budget, patience, .. } = self.shared.options;
        self.asked.notify_one();
        let begun = Instant::now();
        // Else the server would not know yet what this process has invalidated.
        // mutant: shared-asked-untold
        if !matches!(timeout(budget, self.shared.link.told()).await, Ok(true)) {
            return Outcome::Nothing;
        }
        if let Some(outcome) = self.request(fetch, begun + budget).await {
            return outcome;
        }
        if patience.is_zero() {
            return Outcome::Nothing;
        }
        let waiter = self.shared.waiting.register(&fetch.place.lease());
        loop {
            let mut woken = pin!(waiter.notify.notified());
            // Before the server is asked once more, so that no message is lost in between.
            woken.as_mut().enable();
            let until = (Instant::now() + budget).min(begun + patience.max(budget));
            if let Some(outcome) = self.request(fetch, until).await {
                return outcome;
            }
            self.shared.counts.waited.fetch_add(1, Ordering::Relaxed);
            if timeout_at(begun + patience, woken).await.is_err() {
                return Outcome::Nothing;
            }
        }
    }

    /// Asks the server; none where another process computes.
    async fn request(self: &Arc<Self>, fetch: &Fetch, until: Instant) -> Option<Outcome> {
        let Some(session) = self.shared.link.session() else { return Some(Outcome::Nothing) };
        let Some(connection) = self.line(&session) else { return Some(Outcome::Nothing) };
        let reply = timeout_at(until, self.look_or_fetch(connection, &session, fetch)).await;
        Some(match self.judge(&session, reply) {
            Some((Fetched::Value(stored), _)) => Outcome::Value(stored),
            Some((Fetched::Compute, Some(mut lease))) => {
                // What is heard of from here on may be missing in what the body uses. What was heard of before may not.
                let Some(now) = self.shared.link.session() else { return Some(Outcome::Nothing) };
                if now.incarnation != session.incarnation {
                    return Some(Outcome::Nothing);
                }
                lease.session = now;
                Outcome::Compute(lease)
            }
            Some((Fetched::Wait, _)) => return None,
            _ => Outcome::Nothing,
        })
    }

    /// What the server has, and the lease if that is to be computed.
    async fn look_or_fetch(
        &self,
        mut connection: MultiplexedConnection,
        session: &Session,
        fetch: &Fetch,
    ) -> RedisResult<(Fetched, Option<Lease>)> {
        let Fetch { place, fingerprint, numbers, kept } = fetch;
        let incarnation = &session.incarnation;
        if !lock(&self.wide).contains(fingerprint) {
            match scripts::look(&mut connection, place, incarnation, numbers).await? {
                Looked::Fresh(stored) => return Ok((Fetched::Value(stored), None)),
                Looked::Unread => _ = lock(&self.wide).insert(*fingerprint),
                Looked::Nothing => {}
            }
        }
        // From here on: if the reply comes too late, the lease is given back all the same.
        let mut lease = Lease {
            place: place.clone(),
            token: format!("{:032x}", fastrand::u128(..)),
            session: session.clone(),
            jobs: self.jobs.upgrade(),
        };
        let token = &lease.token;
        let fetched =
            scripts::fetch(&mut connection, place, incarnation, token, numbers, *kept, LEASE)
                .await?;
        if fetched != Fetched::Compute {
            lease.jobs = None;
        }
        Ok((fetched, Some(lease)))
    }

    async fn store(
        self: &Arc<Self>,
        place: &Place,
        token: &str,
        session: &Session,
        value: Option<&Stored>,
    ) {
        let Some(mut connection) = self.line(session) else { return };
        let reply = scripts::store(&mut connection, place, &session.incarnation, token, value);
        let reply = timeout(STORING, reply).await;
        // A lease that is given back after a request that failed would count that a second time.
        if value.is_none() {
            return;
        }
        let counts = &self.shared.counts;
        let count = match self.judge(session, reply) {
            Some(true) => &counts.stored,
            _ => &counts.refused,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// What came back in time. After anything else the server is left alone for a while.
    fn judge<T>(
        &self,
        session: &Session,
        reply: Result<RedisResult<T>, tokio::time::error::Elapsed>,
    ) -> Option<T> {
        match reply {
            Ok(Ok(reply)) => {
                self.shared.breaker.succeeded();
                return Some(reply);
            }
            Ok(Err(error))
                if error.is_unrecoverable_error()
                    || error.is_connection_dropped()
                    || error.is_io_error() =>
            {
                self.hang_up(session);
            }
            Ok(Err(_)) | Err(_) => {}
        }
        self.shared.breaker.failed();
        self.shared.counts.failed.fetch_add(1, Ordering::Relaxed);
        None
    }

    fn hang_up(&self, session: &Session) {
        let mut line = lock(&self.line);
        if line.as_ref().is_some_and(|(server, _)| *server == session.server) {
            *line = None;
        }
    }

    /// The connection to the server of `session`. Where there is none yet, it is opened for later requests.
    fn line(self: &Arc<Self>, session: &Session) -> Option<MultiplexedConnection> {
        if let Some((server, connection)) = &*lock(&self.line)
            && *server == session.server
        {
            return Some(connection.clone());
        }
        if !self.connecting.swap(true, Ordering::Relaxed) {
            let (thread, session) = (Arc::clone(self), session.clone());
            tokio::spawn(async move {
                let namespace = &thread.shared.options.namespace;
                let waiting = Arc::clone(&thread.shared.waiting);
                let connected = timeout(STORING, connect(&session, namespace, waiting)).await;
                thread.connecting.store(false, Ordering::Relaxed);
                match connected {
                    Ok(Ok(Some(connection))) => {
                        *lock(&thread.line) = Some((session.server, connection));
                    }
                    _ => thread.shared.breaker.failed(),
                }
            });
        }
        None
    }
}
