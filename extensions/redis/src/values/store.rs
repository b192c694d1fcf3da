//! The store of shared values, as the core knows it.

use super::envelope::Seal;
use super::names::Numbers;
use super::scripts::{Place, Stored, number_prefix};
use super::worker::{Answer, Fetch, Job, Lease, Outcome, Worker};
use super::{Counts, LinkView, Options, Secret};
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
        let groups = serde_json::to_string(&request.groups).ok()?;
        let Options { namespace, secret, .. } = self.options();
        let numbers = Numbers::of(&groups, &number_prefix(namespace))?;
        let Request { fingerprint, arguments, .. } = request;
        let arguments = if request.secret {
            secret.hash("arguments", &[&fingerprint, &arguments]).to_vec()
        } else {
            arguments
        };
        let place = secret.hash("place", &[&fingerprint, &arguments]);
        let place = *place.first_chunk().expect("a hash has 32 bytes");
        let name = request.function.lines().next().unwrap_or_default();
        let end = format!("{name}:{}:{}", hex(fingerprint), hex(place));
        let place = Place {
            namespace: namespace.clone(),
            value: format!("{{{namespace}}}:v:{end}"),
            lease: format!("{{{namespace}}}:l:{end}"),
        };
        let token = hex(fastrand::u128(..).to_be_bytes());
        let fetch = Fetch { place, fingerprint, numbers, kept: request.ttl, token };
        self.worker.fetch(Job::Fetch(fetch, answer)).then_some(Call { fingerprint, arguments })
    }

    fn found(&self, call: Call, outcome: Outcome) -> Found {
        let (counts, secret) = (self.counts(), &self.options().secret);
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
    fn seal<'a>(&'a self, secret: &'a Secret) -> Seal<'a> {
        Seal { key: secret.envelope(), fingerprint: &self.fingerprint, arguments: &self.arguments }
    }
}

/// A computation for all processes.
struct Leased {
    lease: Lease,
    call: Call,
    namespace: String,
    secret: Secret,
}

impl Leased {
    fn seal(&self, value: SharedValue) -> Option<Stored> {
        let SharedValue { bytes, groups, ttl } = value;
        if groups.len() > MOST_GROUPS {
            return None;
        }
        let groups = serde_json::to_string(&groups).ok()?;
        let numbers = Numbers::of(&groups, &number_prefix(&self.namespace))?;
        let seal = self.call.seal(&self.secret);
        let record = seal.seal(bytes, &groups, &numbers, self.lease.heard())?;
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

fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}
