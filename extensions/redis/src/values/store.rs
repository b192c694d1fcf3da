//! The store of shared values, as the core knows it.

use super::envelope::Seal;
use super::names::Numbers;
use super::scripts::{Place, Stored, number_prefix};
use super::worker::{Answer, Fetch, Lease, Outcome, Worker};
use super::{Counts, LinkView, Options, Secret, head, secret};
use gcache::link::NamedGroup;
use gcache::shared::{Computing, Found, Request, SharedStore, SharedValue};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use tokio::sync::oneshot;

/// The most groups of a value: beyond, its check would hold the server up.
const MOST_GROUPS: usize = 1000;

/// How much longer than its budget a thread waits at most, where the thread that answers does not get to run.
const SLACK: Duration = Duration::from_millis(10);

/// Shared values in the Redis of a link.
pub struct Values {
    worker: Worker,
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Values").field("counts", &self.worker.shared.counts).finish_non_exhaustive()
    }
}

impl Values {
    /// Values by `link`. Starts a thread.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    pub fn start(link: Arc<dyn LinkView>, options: Options) -> std::io::Result<Self> {
        Ok(Self { worker: Worker::start(link, options)? })
    }

    /// What has happened.
    pub fn counts(&self) -> &Counts {
        &self.worker.shared.counts
    }

    fn options(&self) -> &Options {
        &self.worker.shared.options
    }

    /// Hands a request over, with where its outcome is to go.
    fn ask(&self, request: Request, answer: Answer) -> Option<Call> {
        let Options { namespace, secret, .. } = self.options();
        let Request { function, fingerprint, mut arguments, groups, ttl, .. } = request;
        if request.secret {
            let Some(secret) = secret else {
                self.counts().no_secret.fetch_add(1, Ordering::Relaxed);
                return None;
            };
            arguments = secret.hide(&fingerprint, &arguments).to_vec();
        }
        let name = function.lines().next().unwrap_or_default();
        let place = secret::place(secret.as_ref(), &fingerprint, &arguments);
        let end = [name, ":", &hex(&fingerprint), ":", &hex(&place)].concat();
        let place = Place { namespace: Arc::clone(namespace), end };
        let numbers = Numbers::of(&groups, &number_prefix(namespace));
        let fetch = Fetch { place, fingerprint, numbers, kept: ttl };
        self.worker.fetch(fetch, answer).then_some(Call { fingerprint, arguments })
    }

    fn found(&self, call: Call, outcome: Outcome) -> Found {
        let (counts, secret) = (self.counts(), self.options().secret.as_ref());
        match outcome {
            Outcome::Value(Stored { record, ttl }) => {
                let value = call.seal(secret).open(record).and_then(|(bytes, groups)| {
                    let groups: Vec<NamedGroup> = serde_json::from_str(&groups).ok()?;
                    Some(SharedValue { bytes, groups, ttl })
                });
                let count = if value.is_some() { &counts.hits } else { &counts.unread };
                count.fetch_add(1, Ordering::Relaxed);
                value.map_or(Found::Nothing, Found::Value)
            }
            Outcome::Compute(lease) => {
                counts.misses.fetch_add(1, Ordering::Relaxed);
                let Options { namespace, secret, .. } = self.options().clone();
                Found::Compute(Box::new(Leased { lease, call, namespace, secret }))
            }
            Outcome::Nothing => {
                counts.without.fetch_add(1, Ordering::Relaxed);
                Found::Nothing
            }
        }
    }
}

impl SharedStore for Values {
    fn look_up(&self, request: Request) -> Pin<Box<dyn Future<Output = Found> + Send + '_>> {
        Box::pin(async move {
            let (answer, outcome) = oneshot::channel();
            let Some(call) = self.ask(request, Answer::Task(answer)) else {
                self.counts().without.fetch_add(1, Ordering::Relaxed);
                return Found::Nothing;
            };
            self.found(call, outcome.await.unwrap_or(Outcome::Nothing))
        })
    }

    fn look_up_blocking(&self, request: Request) -> Found {
        let (answer, outcome) = sync_channel(1);
        let Some(call) = self.ask(request, Answer::Thread(answer)) else {
            self.counts().without.fetch_add(1, Ordering::Relaxed);
            return Found::Nothing;
        };
        let Options { budget, patience, .. } = *self.options();
        let outcome = outcome.recv_timeout(budget.max(patience) + SLACK);
        self.found(call, outcome.unwrap_or(Outcome::Nothing))
    }
}

/// A call, by what it is signed with.
struct Call {
    fingerprint: [u8; 16],
    /// The arguments, or their hash.
    arguments: Vec<u8>,
}

impl Call {
    fn seal<'a>(&'a self, secret: Option<&'a Secret>) -> Seal<'a> {
        Seal { secret, fingerprint: &self.fingerprint, arguments: &self.arguments }
    }
}

/// A computation for all processes.
struct Leased {
    lease: Lease,
    call: Call,
    namespace: Arc<str>,
    secret: Option<Secret>,
}

impl Leased {
    fn seal(&self, value: SharedValue) -> Option<Stored> {
        let SharedValue { bytes, groups, ttl } = value;
        if groups.len() > MOST_GROUPS {
            return None;
        }
        let numbers = Numbers::of(&groups, &number_prefix(&self.namespace));
        let (incarnation, since) = self.lease.heard();
        let head = head::text(incarnation, since, &numbers);
        let groups = serde_json::to_string(&groups).ok()?;
        let record = self.call.seal(self.secret.as_ref()).seal(bytes, &groups, &head)?;
        Some(Stored { record, ttl })
    }
}

impl Computing for Leased {
    fn offer(self: Box<Self>, value: SharedValue) {
        if let Some(stored) = self.seal(value) {
            self.lease.store(stored);
        }
    }
}

fn hex(bytes: &[u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
