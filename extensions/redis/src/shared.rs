//! What the threads of a link share, and how the machine's actions are done.

use crate::clock::now;
use crate::machine::{Action, Event, Lease, Machine, Position};
use crate::message::{self, ALL};
use crate::options::WhenDown;
use crate::requests::{Connection, Requests};
use crate::trouble::Trouble;
use crate::wait::{Waits, lock};
use event_listener::{Event as Changed, Listener};
use gcache::link::{BoxFuture, Handle, NamedGroup, Receipt, Transport, Unreachable};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// The longest JSON of a group that is told with its key. With a longer one, all of its model is told: so what waits to
/// be told is bounded in bytes.
const LONGEST_GROUP: usize = 4 << 10;

/// One link, for as long as the process lives.
pub(crate) struct Shared {
    pub(crate) namespace: Box<str>,
    pub(crate) bound: Duration,
    pub(crate) when_down: WhenDown,
    pub(crate) requests: Requests,
    pub(crate) machine: Mutex<Machine>,
    lease: Mutex<Lease>,
    /// The lease has another end.
    lease_moved: Condvar,
    handle: OnceLock<Handle>,
    pub(crate) waits: Waits,
    /// Something that may be waited for has come, or the link is closed.
    pub(crate) changed: Changed,
    /// The runtime of the session, whose timers anybody may use.
    timers: tokio::runtime::Handle,
    /// The session has work.
    pub(crate) work: Notify,
    pub(crate) seen: Mutex<Seen>,
}

/// What the session has come upon, to be shown.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) server: Option<Arc<str>>,
    pub(crate) trouble: Option<Trouble>,
}

impl Shared {
    pub(crate) fn new(
        namespace: Box<str>,
        bound: Duration,
        when_down: WhenDown,
        requests: Requests,
        machine: Machine,
        timers: tokio::runtime::Handle,
    ) -> Self {
        Self {
            namespace,
            bound,
            when_down,
            requests,
            machine: Mutex::new(machine),
            lease: Mutex::new(Lease::new(bound)),
            lease_moved: Condvar::new(),
            handle: OnceLock::new(),
            waits: Waits::default(),
            changed: Changed::new(),
            timers,
            work: Notify::new(),
            seen: Mutex::default(),
        }
    }

    /// The core knows the link.
    pub(crate) fn linked(&self, handle: Handle) {
        if self.when_down == WhenDown::Keep {
            handle.trust();
        }
        // It is linked once.
        let _ = self.handle.set(handle);
    }

    pub(crate) fn is_trusted(&self) -> bool {
        self.handle.get().is_some_and(Handle::is_trusted)
    }

    /// Takes an event in, and does what it leads to. What is left is the session's: to ask, to disconnect.
    pub(crate) fn step(&self, event: Event) -> Vec<Action> {
        let actions = lock(&self.machine).step(event, now());
        // Out of the lock: others' groups have keys, whose code is the program's.
        actions.into_iter().flat_map(|action| self.act(action)).collect()
    }

    fn act(&self, action: Action) -> Vec<Action> {
        match action {
            Action::Ask(_) | Action::Disconnect => return vec![action],
            Action::Invalidate(body) => self.invalidate(&body),
            Action::InvalidateAll => self.invalidate_all(),
            Action::Confirm { sent } => self.confirm(sent),
            Action::Reached(position) => return self.step(Event::Reached(position)),
            Action::Answer { waiter, answer } => self.waits.answer(waiter, answer),
            Action::Wake => self.work.notify_one(),
        }
        Vec::new()
    }

    fn invalidate(&self, body: &str) {
        let Some(handle) = self.handle.get() else { return };
        match message::groups(body) {
            Some(groups) => groups.iter().for_each(|group| handle.invalidate(group)),
            // mutant: malformed_ignored
            None => handle.invalidate_all(),
        }
    }

    fn invalidate_all(&self) {
        if let Some(handle) = self.handle.get() {
            handle.invalidate_all();
        }
    }

    /// A fence that was sent at `sent` came back.
    fn confirm(&self, sent: Duration) {
        let Some(handle) = self.handle.get() else { return };
        // The link is trusted under the lease's lock, and while the lease runs: else the other thread could find it
        // over in between, and the trust would never end.
        let mut lease = lock(&self.lease);
        if lease.confirm(sent, now()) {
            handle.trust();
        }
        drop(lease);
        self.lease_moved.notify_one();
    }

    /// Ends trust in time, on a thread of its own: the connection's may hang.
    pub(crate) fn watch(&self) {
        if self.when_down == WhenDown::Keep {
            return;
        }
        let mut lease = lock(&self.lease);
        loop {
            if lease.is_over(now()) {
                drop(lease);
                // First distrusted, then all ends: the handle does both.
                if let Some(handle) = self.handle.get() {
                    handle.distrust();
                }
                lease = lock(&self.lease);
                continue;
            }
            let left = lease.ends().map_or(Duration::MAX, |ends| ends.saturating_sub(now()));
            let waited = self.lease_moved.wait_timeout(lease, left.min(Duration::from_secs(3600)));
            lease = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }

    /// Gives the link up: nothing is told any more, and nothing trusted for longer than the bound.
    pub(crate) fn close(&self) {
        self.step(Event::Close);
        if let Some(handle) = self.handle.get() {
            handle.distrust();
        }
        self.changed.notify(usize::MAX);
        self.work.notify_one();
    }

    /// What the session has met with; `None`: it works.
    pub(crate) fn met(&self, trouble: Option<Trouble>) {
        lock(&self.seen).trouble = trouble;
    }

    pub(crate) fn connected(&self, connection: &Connection) {
        lock(&self.seen).server = Some(Arc::clone(&connection.about().text));
    }

    /// Waits until something is so, which is looked at whenever the link has changed; at most so long.
    pub(crate) async fn comes(&'static self, patience: Duration, is_so: impl Fn() -> bool) -> bool {
        let until = now().saturating_add(patience);
        self.timers.spawn(async move {
            tokio::time::sleep(patience).await;
            self.changed.notify(usize::MAX);
        });
        loop {
            let changed = self.changed.listen();
            if is_so() {
                return true;
            }
            if until <= now() || self.is_closed() {
                return false;
            }
            changed.await;
        }
    }

    /// The same on this thread.
    pub(crate) fn comes_blocking(&self, patience: Duration, is_so: impl Fn() -> bool) -> bool {
        let until = Instant::now().checked_add(patience);
        loop {
            let changed = self.changed.listen();
            if is_so() {
                return true;
            }
            if self.is_closed() {
                return false;
            }
            match until {
                Some(until) => {
                    if changed.wait_deadline(until).is_none() {
                        return is_so();
                    }
                }
                None => changed.wait(),
            }
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.machine).is_closed()
    }

    /// Asks the machine for something that is waited for.
    pub(crate) async fn asked(
        &self,
        event: impl FnOnce(u64) -> Event,
    ) -> Result<Position, Unreachable> {
        let wait = self.waits.open();
        self.step(event(wait.waiter()));
        wait.answered().await.ok_or(Unreachable)
    }

    /// The same on this thread, with a patience of its own.
    pub(crate) fn asked_blocking(
        &self,
        patience: Duration,
        event: impl FnOnce(u64) -> Event,
    ) -> Result<Position, Unreachable> {
        let wait = self.waits.open();
        self.step(event(wait.waiter()));
        wait.answered_within(patience).ok_or(Unreachable)
    }
}

/// A group as it is told.
fn text(group: &NamedGroup) -> Box<str> {
    match serde_json::to_string(group) {
        Ok(text) if text.len() <= LONGEST_GROUP => text.into(),
        _ => serde_json::to_string(&NamedGroup::everything_of(group.model().to_owned()))
            .ok()
            .filter(|text| text.len() <= LONGEST_GROUP)
            .unwrap_or_else(|| ALL.to_owned())
            .into(),
    }
}

impl Transport for Shared {
    fn publish(&self, ticket: u64, groups: Vec<NamedGroup>) {
        self.step(Event::Publish { ticket, groups: groups.iter().map(text).collect() });
    }

    fn acknowledged(&self, ticket: u64) -> BoxFuture<'_, Result<Receipt, Unreachable>> {
        Box::pin(async move {
            let position = self.asked(|waiter| Event::Acknowledge { waiter, ticket }).await?;
            Ok(Receipt::new(position.to_string()))
        })
    }

    fn fence(&self) -> BoxFuture<'_, Result<(), Unreachable>> {
        Box::pin(async move { self.asked(|waiter| Event::Fence { waiter }).await.map(drop) })
    }

    fn caught_up(&self, receipt: &Receipt) -> BoxFuture<'_, Result<(), Unreachable>> {
        let receipt = receipt.as_str().parse::<Position>();
        Box::pin(async move {
            let receipt = receipt.map_err(|()| Unreachable)?;
            self.asked(|waiter| Event::CaughtUp { waiter, receipt }).await.map(drop)
        })
    }
}
