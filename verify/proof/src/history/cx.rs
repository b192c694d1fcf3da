//! What a worker works with: its chances, its transaction, and the pauses of its bodies.

use super::group::{Function, Group};
use super::log::{Part, Version, ticket};
use super::service::{Failed, Value};
use super::world::{Draft, World};
use futures::FutureExt as _;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How a worker waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Thread,
    Task,
}

/// One worker, or a transaction of it.
#[derive(Debug)]
pub(crate) struct Cx {
    pub(crate) kind: Kind,
    /// The transaction that reads and writes are made in.
    pub(crate) draft: Option<Arc<Draft>>,
    chances: Arc<AtomicU64>,
    /// Whether what runs now is sync.
    sync: AtomicBool,
}

/// The panic of a body, as planned.
#[derive(Debug)]
pub(crate) struct Planned;

impl Cx {
    pub(crate) fn new(kind: Kind, seed: u64) -> Self {
        // Never zero, from which this generator does not get away.
        let chances = Arc::new(AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1));
        Self { kind, draft: None, chances, sync: AtomicBool::new(kind == Kind::Thread) }
    }

    /// The same worker, inside of a transaction.
    pub(crate) fn with(&self, draft: &Arc<Draft>) -> Self {
        Self {
            kind: self.kind,
            draft: Some(Arc::clone(draft)),
            chances: Arc::clone(&self.chances),
            sync: AtomicBool::new(self.kind == Kind::Thread),
        }
    }

    /// A number below `count`: xorshift, which a shared reference can draw from.
    pub(crate) fn draw(&self, count: u32) -> u32 {
        let mut x = self.chances.load(Ordering::Relaxed);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.chances.store(x, Ordering::Relaxed);
        let high = u32::try_from(x >> 32).unwrap_or_default();
        high % count
    }

    /// A number below `count`, small ones far more often: by Zipf's law with exponent 1, nearly.
    pub(crate) fn draw_low(&self, count: u32) -> u32 {
        let below = self.draw(count) + 1;
        self.draw(below)
    }

    /// Lets others run: often not at all, sometimes a little, rarely long.
    pub(crate) async fn pause(&self) {
        let sync = self.sync.load(Ordering::Relaxed);
        match (self.draw(256), sync) {
            (0..150, _) => {}
            (150..255, true) => std::thread::yield_now(),
            (150..255, false) => tokio::task::yield_now().await,
            (_, true) => std::thread::sleep(Duration::from_micros(50)),
            (_, false) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }

    /// Runs what belongs to a sync function: its pauses block.
    pub(crate) fn now<F: Future>(&self, work: F) -> F::Output {
        let before = self.sync.swap(true, Ordering::Relaxed);
        let _restore = Restore { sync: &self.sync, before };
        work.now_or_never().expect("nothing in a sync function waits for a task")
    }

    /// What this worker sees of `group`.
    fn version(&self, group: Group) -> Version {
        let own = self.draft.as_ref().and_then(|draft| draft.version(group));
        own.unwrap_or_else(|| World::get().version(group))
    }

    /// A body begins.
    pub(crate) fn body(&self, function: Function) -> Body<'_> {
        Body { cx: self, function, since: ticket(), parts: Vec::with_capacity(2) }
    }
}

struct Restore<'a> {
    sync: &'a AtomicBool,
    before: bool,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        self.sync.store(self.before, Ordering::Relaxed);
    }
}

/// A body of a cached function, under way.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    cx: &'a Cx,
    function: Function,
    since: u64,
    parts: Vec<Part>,
}

impl Body<'_> {
    /// Reads `group`, with pauses around it.
    pub(crate) async fn read(&mut self, group: Group) {
        self.cx.pause().await;
        let version = self.cx.version(group);
        self.parts.push(Part { group, function: self.function, version, since: self.since });
        self.cx.pause().await;
    }

    /// Takes over what a nested call has answered.
    pub(crate) fn take(&mut self, value: &Value) {
        self.parts.extend(value.parts());
    }

    /// Ends, now and then with an error or a panic.
    pub(crate) fn end(self) -> Result<Value, Failed> {
        match self.cx.draw(256) {
            0 => resume_unwind(Box::new(Planned)),
            1..4 => Err(Failed),
            _ => Ok(Value::new(&self.parts)),
        }
    }
}
