//! The store of shared values, as the core knows it.

use super::envelope::{self, Contents};
use super::names::Numbers;
use super::scripts::{Place, Sealed};
use super::worker::{Answer, Job, Lease, Outcome, Worker};
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

    /// Hands a request over, with where its outcome is to go. Returns what stands for its arguments.
    fn ask(&self, request: Request, answer: Answer) -> Option<Vec<u8>> {
        let groups = serde_json::to_string(&request.groups).ok()?;
        let numbers = Numbers::of(&groups)?;
        let Options { namespace, secret, .. } = self.options();
        let arguments = if request.secret {
            secret.hash("arguments", &[&request.fingerprint, &request.arguments]).to_vec()
        } else {
            request.arguments
        };
        let place = secret.hash("place", &[&request.fingerprint, &arguments]);
        let (place, _) = place.split_first_chunk::<16>().expect("a hash has 32 bytes");
        let place = *place;
        let name = request.function.lines().next().unwrap_or_default();
        let end = format!("{name}:{}:{}", hex(request.fingerprint), hex(place));
        let place = Place {
            namespace: namespace.clone(),
            value: format!("{{{namespace}}}:v:{end}"),
            lease: format!("{{{namespace}}}:l:{end}"),
        };
        let token = hex(fastrand::u128(..).to_be_bytes());
        let job = Job::Fetch { place, numbers, kept: request.ttl, token, answer };
        self.worker.fetch(job).then_some(arguments)
    }

    fn found(&self, arguments: Vec<u8>, outcome: Outcome) -> Found {
        let counts = self.counts();
        match outcome {
            Outcome::Value { sealed, ttl } => {
                let opened = envelope::open(&sealed, &arguments, self.options().secret.envelope());
                let value = opened.and_then(|(groups, bytes)| {
                    let groups: Vec<NamedGroup> = serde_json::from_str(&groups).ok()?;
                    Some(SharedValue { bytes, groups, ttl })
                });
                let count = if value.is_some() { &counts.hits } else { &counts.unread };
                count.fetch_add(1, Ordering::Relaxed);
                value.map_or(Found::Nothing, Found::Value)
            }
            Outcome::Compute(lease) => {
                counts.misses.fetch_add(1, Ordering::Relaxed);
                let secret = self.options().secret.clone();
                Found::Compute(Box::new(Leased { lease, arguments, secret }))
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
            let Some(arguments) = self.ask(request, Answer::Task(answer)) else {
                self.counts().without.fetch_add(1, Ordering::Relaxed);
                return Found::Nothing;
            };
            self.found(arguments, outcome.await.unwrap_or(Outcome::Nothing))
        })
    }

    fn look_up_blocking(&self, request: Request) -> Found {
        let (answer, outcome) = sync_channel(1);
        let Some(arguments) = self.ask(request, Answer::Thread(answer)) else {
            self.counts().without.fetch_add(1, Ordering::Relaxed);
            return Found::Nothing;
        };
        let Options { budget, patience, .. } = *self.options();
        let outcome = outcome.recv_timeout(budget.max(patience) + SLACK);
        self.found(arguments, outcome.unwrap_or(Outcome::Nothing))
    }
}

/// A computation for all processes.
struct Leased {
    lease: Lease,
    arguments: Vec<u8>,
    secret: Secret,
}

impl Leased {
    fn seal(&self, value: &SharedValue) -> Option<Sealed> {
        if value.groups.len() > MOST_GROUPS {
            return None;
        }
        let groups = serde_json::to_string(&value.groups).ok()?;
        let numbers = Numbers::of(&groups)?;
        let contents =
            Contents { arguments: &self.arguments, groups: &groups, value: &value.bytes };
        let bytes = envelope::seal(&contents, self.secret.envelope())?;
        Some(Sealed { bytes, numbers, ttl: value.ttl })
    }
}

impl Computing for Leased {
    fn offer(self: Box<Self>, value: SharedValue) {
        if let Some(sealed) = self.seal(&value) {
            self.lease.store(sealed);
        }
    }
}

fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}
