//! What the threads of a link share, and how the machine's actions are done.

use crate::clock::now;
use crate::machine::{Action, Event, Lease, Machine, Position, Waiter};
use crate::message::{self, ALL};
use crate::options::WhenDown;
use crate::requests::{Connection, Requests};
use crate::trouble::Trouble;
use crate::values::{LinkView, Session};
use crate::wait::{Waits, lock};
use event_listener::{Event as Changed, Listener};
use gcache::link::{BoxFuture, Handle, NamedGroup, Receipt, Transport, Unreachable};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
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
    /// How long a future waits for an answer.
    patience: Duration,
    /// Whether hits look at the lease themselves.
    pub(crate) guard_pauses: bool,
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
    /// The last ticket that was published.
    published: AtomicU64,
}

/// What the session has come upon, to be shown.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) server: Option<Arc<str>>,
    /// The last server process, and how to reach it.
    process: Option<(Arc<str>, Arc<redis::Client>)>,
    pub(crate) trouble: Option<Trouble>,
}

impl Shared {
    pub(crate) fn new(
        namespace: Box<str>,
        (bound, patience): (Duration, Duration),
        when_down: WhenDown,
        requests: Requests,
        machine: Machine,
        timers: tokio::runtime::Handle,
    ) -> Self {
        Self {
            namespace,
            bound,
            patience,
            when_down,
            guard_pauses: false,
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
            published: AtomicU64::new(0),
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
        self.act_all(actions)
    }

    fn act_all(&self, actions: Vec<Action>) -> Vec<Action> {
        // Out of the lock: others' groups have keys, whose code is the program's.
        actions.into_iter().flat_map(|action| self.act(action)).collect()
    }

    fn act(&self, action: Action) -> Vec<Action> {
        match action {
            Action::Ask(_) | Action::Disconnect => return vec![action],
            Action::Invalidate(body) => {
                // A key's code is the program's. If it panics here nevertheless, nothing of the message may be missed.
                let done = catch_unwind(AssertUnwindSafe(|| self.invalidate(&body)));
                if done.is_err() {
                    self.invalidate_all();
                }
            }
            Action::InvalidateAll => self.invalidate_all(),
            Action::Confirm { sent } => self.confirm(sent),
            Action::Reached(position) => return self.step(Event::Reached(position)),
            // A waker is the program's, too: its panic must not end the session.
            Action::Answer { waiter, answer } => {
                let _ = catch_unwind(AssertUnwindSafe(|| self.waits.answer(waiter, answer)));
            }
            Action::Wake => self.work.notify_one(),
        }
        Vec::new()
    }

    // mutant: invalidated_by_another_thread_2
    fn invalidate(&self, body: &str) {
        let Some(handle) = self.handle.get() else { return };
        match message::groups(body) {
            Some(groups) => groups.iter().for_each(|group| handle.invalidate(group)),
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
        let at = now();
        if lease.confirm(sent, at) {
            // Before it is trusted: a hit of an earlier end would distrust it at once.
            if let Some(ends) = lease.ends().filter(|_| self.guard_pauses) {
                handle.guard_until(Some(Instant::now() + ends.saturating_sub(at)));
            }
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
            handle.guard_until(None);
        }
        self.notify();
        self.work.notify_one();
    }

    /// What the session has met with; `None`: it works.
    pub(crate) fn met(&self, trouble: Option<Trouble>) {
        lock(&self.seen).trouble = trouble;
    }

    pub(crate) fn connected(&self, connection: &Connection) {
        let about = connection.about();
        let identity = about.identity.clone();
        let mut seen = lock(&self.seen);
        seen.server = Some(Arc::clone(&about.text));
        seen.process = identity.map(|identity| (identity, Arc::clone(connection.client())));
    }

    /// Waits until something is so, which is looked at whenever the link has changed; at most so long.
    pub(crate) async fn comes(&'static self, patience: Duration, is_so: impl Fn() -> bool) -> bool {
        let until = now().saturating_add(patience);
        self.timers.spawn(async move {
            tokio::time::sleep(patience).await;
            self.notify();
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

    /// Wakes all who wait for something to come. Their wakers may not end the session.
    pub(crate) fn notify(&self) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.changed.notify(usize::MAX)));
    }

    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.machine).is_closed()
    }

    /// Asks the machine for something that is waited for.
    pub(crate) async fn asked(
        &self,
        event: impl FnOnce(Waiter, Duration) -> Event,
    ) -> Result<Position, Unreachable> {
        let wait = self.waits.open();
        self.step(event(wait.waiter(), now().saturating_add(self.patience)));
        wait.answered().await.ok_or(Unreachable)
    }

    /// The same on this thread, with a patience of its own.
    pub(crate) fn asked_blocking(
        &self,
        patience: Duration,
        event: impl FnOnce(Waiter, Duration) -> Event,
    ) -> Result<Position, Unreachable> {
        let wait = self.waits.open();
        self.step(event(wait.waiter(), now().saturating_add(patience)));
        wait.answered_within(patience).ok_or(Unreachable)
    }
}

/// A group as it is told.
fn text(group: &NamedGroup) -> Arc<str> {
    let short = |group: &NamedGroup| {
        let text = serde_json::to_string(group).ok();
        text.filter(|text| text.len() <= LONGEST_GROUP).map(Arc::from)
    };
    let all = || short(&NamedGroup::everything_of(group.model().to_owned()));
    short(group).or_else(all).unwrap_or_else(|| ALL.into())
}

impl Transport for Shared {
    fn publish(&self, ticket: u64, groups: Vec<NamedGroup>) {
        self.published.store(ticket, Ordering::SeqCst);
        let mut machine = lock(&self.machine);
        if machine.tells_everything() {
            // Under one lock: in between the journal could be told, and these groups would be in nothing.
            let actions = machine.step(Event::Publish { ticket, groups: Vec::new() }, now());
            drop(machine);
            self.act_all(actions);
            return;
        }
        drop(machine);
        self.step(Event::Publish { ticket, groups: groups.iter().map(text).collect() });
    }

    fn acknowledged(&self, ticket: u64) -> BoxFuture<'_, Result<Receipt, Unreachable>> {
        Box::pin(async move {
            let position =
                self.asked(|waiter, until| Event::Acknowledge { waiter, until, ticket }).await?;
            Ok(Receipt::new(position.to_string()))
        })
    }

    fn fence(&self) -> BoxFuture<'_, Result<(), Unreachable>> {
        Box::pin(async move {
            self.asked(|waiter, until| Event::Fence { waiter, until }).await.map(drop)
        })
    }

    fn caught_up(&self, receipt: &Receipt) -> BoxFuture<'_, Result<(), Unreachable>> {
        let receipt = receipt.clone();
        Box::pin(async move {
            self.asked(|waiter, until| catch_up(waiter, until, &receipt)).await.map(drop)
        })
    }
}

/// What is asked for a receipt. A text that no link has written, as a cookie may hold, may stand for whatever was
/// acknowledged: a fence covers that.
pub(crate) fn catch_up(waiter: u64, until: Duration, receipt: &Receipt) -> Event {
    match receipt.as_str().parse::<Position>() {
        Ok(receipt) => Event::CaughtUp { waiter, until, receipt },
        Err(()) => Event::Fence { waiter, until },
    }
}

/// The link as shared values see it.
pub(crate) struct View(pub(crate) &'static Shared);

impl LinkView for View {
    fn session(&self) -> Option<Session> {
        if !self.0.is_trusted() {
            return None;
        }
        // Up to where all *is* invalidated here, not up to where it was heard of.
        let Position { incarnation, number: heard } = lock(&self.0.machine).reached()?.clone();
        let (server, client) = lock(&self.0.seen).process.clone()?;
        Some(Session { incarnation, heard, server, client })
    }

    fn told(&self) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let ticket = self.0.published.load(Ordering::SeqCst);
            ticket == 0
                || lock(&self.0.machine).has_told_all()
                || self
                    .0
                    .asked(|waiter, until| Event::Acknowledge { waiter, until, ticket })
                    .await
                    .is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_with_a_long_key_is_told_as_all_of_its_model() {
        let group =
            |key: &str| format!(r#"["shop.book","key","{key}"]"#).parse::<NamedGroup>().unwrap();
        assert_eq!(&*text(&group("a")), r#"["shop.book","key","a"]"#);
        assert_eq!(&*text(&group(&"a".repeat(LONGEST_GROUP))), r#"["shop.book","*"]"#);
        assert_eq!(&*text(&NamedGroup::everything_of("m".repeat(LONGEST_GROUP))), ALL);
    }
}
