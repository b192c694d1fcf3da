//! The course of a session: connect, subscribe, compare, then tell and fence in turns.

use super::events::{Action, Reply, Request};
use super::heard::Verdict;
use super::journal::Batch;
use super::state::Machine;
use crate::message::Message;
use std::sync::Arc;
use std::time::Duration;

/// The first pause after a session that failed; each further one is twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The log has about this many messages.
const LOGGED: u64 = 10_000;

/// How often the server is asked whether it still is a primary.
const ROLE: Duration = Duration::from_secs(1);

/// Where a session is. All but `Away`, `Idle` and `Closed` wait for one reply.
#[derive(Debug)]
pub(super) enum Phase {
    /// There is no connection, and none is made before this moment.
    Away {
        until: Duration,
    },
    Connecting,
    Subscribing,
    /// The first state, asked for at this moment. From here on messages come in.
    Opening {
        sent: Duration,
    },
    /// Some messages up to `count` were missed, and the log is read for them.
    Replaying {
        sent: Duration,
        incarnation: Arc<str>,
        count: u64,
    },
    /// Nothing is missed, and nothing under way.
    Idle,
    Telling {
        batch: Batch,
    },
    Fencing {
        sent: Duration,
    },
    Closed,
}

impl Machine {
    /// Whether the link was given up.
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    /// When the session has something to do of itself.
    pub(super) fn due(&self) -> Option<Duration> {
        match self.phase {
            Phase::Away { until } => Some(until),
            Phase::Idle => Some(self.next_fence()),
            _ => None,
        }
    }

    fn next_fence(&self) -> Duration {
        self.confirmed.map_or(Duration::ZERO, |confirmed| confirmed + self.settings.bound / 5)
    }

    /// Somebody left work: it is taken up at once if nothing is under way.
    pub(super) fn ask_to_wake(&self, actions: &mut Vec<Action>) {
        if matches!(self.phase, Phase::Idle) || self.settings.settle.is_some() {
            actions.push(Action::Wake);
        }
    }

    /// Asks for the next thing, if nothing is under way.
    pub(super) fn proceed(&mut self, now: Duration, actions: &mut Vec<Action>) {
        match self.phase {
            Phase::Away { until } if until <= now => {
                self.session += 1;
                self.phase = Phase::Connecting;
                actions.push(Action::Ask(Request::Connect { session: self.session }));
            }
            Phase::Idle => self.work(now, actions),
            _ => {}
        }
    }

    /// Tells what is to be told, then fences if somebody wants it or it is time.
    fn work(&mut self, now: Duration, actions: &mut Vec<Action>) {
        // However much there is to tell, a fence comes after each message at the latest, if somebody waits for it.
        let is_its_turn = self.told_last && (self.waiters.want_fence() || self.next_fence() <= now);
        if let Some(batch) = (!is_its_turn).then(|| self.journal.take()).flatten() {
            actions.push(Action::Ask(Request::Tell { body: batch.body() }));
            self.phase = Phase::Telling { batch };
        } else if self.waiters.want_fence() || self.next_fence() <= now {
            let role = self.role_asked + ROLE <= now;
            if role {
                self.role_asked = now;
            }
            self.waiters.send();
            // The lease counts from before the request is sent: what is acknowledged later may come after the reply.
            self.phase = Phase::Fencing { sent: now };
            actions.push(Action::Ask(Request::Fence { role }));
        }
    }

    pub(super) fn reply(&mut self, reply: Reply, now: Duration, actions: &mut Vec<Action>) {
        let phase = std::mem::replace(&mut self.phase, Phase::Away { until: now });
        match (phase, reply) {
            (Phase::Connecting, Reply::Connected { server }) => {
                self.server = server;
                self.role_asked = now;
                // mutant: flush_first
                self.heard.listen();
                self.phase = Phase::Subscribing;
                actions.push(Action::Ask(Request::Subscribe));
            }
            (Phase::Subscribing, Reply::Subscribed) => {
                self.waiters.send();
                self.phase = Phase::Opening { sent: now };
                // mutant: server_not_told
                actions.push(Action::Ask(Request::Open { server: self.server.clone() }));
            }
            (Phase::Opening { sent }, Reply::State { incarnation: Some(incarnation), count }) => {
                self.compare(sent, incarnation, count, now, actions);
            }
            (Phase::Replaying { sent, incarnation, count }, Reply::Logged(messages)) => {
                self.replay(messages, (sent, incarnation, count), now, actions);
            }
            (Phase::Telling { batch }, Reply::Told(position)) => {
                self.journal.acknowledge(batch, now);
                self.told_last = true;
                self.counts.told += 1;
                self.waiters.told(self.journal.told(), &position, actions);
                self.told_by = Some((self.server.clone(), position));
                self.rest(now, actions);
            }
            (Phase::Fencing { sent }, Reply::State { incarnation: Some(incarnation), count }) => {
                self.counts.fences += 1;
                // mutant: fence_not_compared
                if !self.heard.covers(&incarnation, count) {
                    self.take_over(&incarnation, count, actions);
                }
                self.confirm(sent, now, actions);
            }
            (phase, _) => {
                self.phase = phase;
                self.fail(now, actions);
            }
        }
    }

    /// Whether this session follows on what was heard before.
    fn compare(
        &mut self,
        sent: Duration,
        incarnation: Arc<str>,
        count: u64,
        now: Duration,
        actions: &mut Vec<Action>,
    ) {
        let server = self.server.clone();
        let verdict = self.heard.resume(server.as_ref(), &incarnation, count);
        // The log is longer than this only by chance.
        let is_logged = count.saturating_sub(self.heard.last()) <= LOGGED;
        match verdict {
            Verdict::Whole => {
                self.counts.warm += 1;
                self.trust(sent, now, actions);
            }
            Verdict::Gap if is_logged => self.read_log(sent, incarnation, count, actions),
            Verdict::Gap | Verdict::Missed => {
                self.take_over(&incarnation, count, actions);
                self.trust(sent, now, actions);
            }
        }
    }

    fn read_log(
        &mut self,
        sent: Duration,
        incarnation: Arc<str>,
        count: u64,
        actions: &mut Vec<Action>,
    ) {
        self.phase = Phase::Replaying { sent, incarnation, count };
        actions.push(Action::Ask(Request::Log { after: self.heard.last() }));
    }

    fn replay(
        &mut self,
        messages: Vec<Option<Message>>,
        (sent, incarnation, count): (Duration, Arc<str>, u64),
        now: Duration,
        actions: &mut Vec<Action>,
    ) {
        let before = self.heard.last();
        let mut is_whole = true;
        for message in messages {
            let follows = message.as_ref().map(|message| self.heard.replay(message));
            match (follows, message) {
                (Some(Some(true)), Some(message)) => self.invalidate(message, actions),
                (Some(None), _) => {}
                // mutant: hole_in_log_ignored
                _ => {
                    is_whole = false;
                    break;
                }
            }
        }
        let has_more = self.heard.last() > before;
        match self.heard.join(count) {
            Verdict::Whole if is_whole => {
                self.counts.replayed += 1;
                self.trust(sent, now, actions);
            }
            Verdict::Gap if is_whole && has_more => {
                self.read_log(sent, incarnation, count, actions);
            }
            _ => {
                self.take_over(&incarnation, count, actions);
                self.trust(sent, now, actions);
            }
        }
    }

    /// Takes over the count of a state of which something was missed.
    fn take_over(&mut self, incarnation: &Arc<str>, count: u64, actions: &mut Vec<Action>) {
        // After the subscription was acknowledged: what came before it is among what is invalidated, and what comes
        // after it is heard.
        // mutant: no_flush
        // mutant: flush_first_2
        self.flush(actions);
        self.heard.take_over(self.server.as_ref(), incarnation, count);
    }

    /// The session is good from its first state on.
    fn trust(&mut self, sent: Duration, now: Duration, actions: &mut Vec<Action>) {
        self.counts.sessions += 1;
        let server_changed = self
            .told_by
            .as_ref()
            .is_some_and(|(server, _)| server.is_none() || *server != self.server);
        if server_changed {
            // mutant: acknowledged_not_kept
            self.journal.tell_again(now);
            if let Some((server, _)) = &mut self.told_by {
                server.clone_from(&self.server);
            }
        }
        self.confirm(sent, now, actions);
    }

    /// A state sent for at `sent` came back, and nothing that it counts is missed.
    fn confirm(&mut self, sent: Duration, now: Duration, actions: &mut Vec<Action>) {
        self.told_last = false;
        let position = self.heard.position();
        // mutant: confirmed_by_reply
        let from = sent;
        self.confirmed = self.confirmed.max(Some(from));
        actions.push(Action::Confirm { sent: from });
        self.waiters.pass(&position, actions);
        actions.push(Action::Reached(position));
        self.rest(now, actions);
    }

    /// The last request was answered: on to the next.
    fn rest(&mut self, now: Duration, actions: &mut Vec<Action>) {
        self.failures = 0;
        self.phase = Phase::Idle;
        self.waiters.expire(now, actions);
        self.work(now, actions);
    }

    /// The session is over. Its lease goes on, so a lost connection is no event of itself.
    pub(super) fn fail(&mut self, now: Duration, actions: &mut Vec<Action>) {
        match std::mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Closed => return,
            Phase::Away { until } => {
                self.phase = Phase::Away { until };
                return;
            }
            Phase::Telling { batch } => self.journal.fail(batch),
            _ => {}
        }
        self.waiters.fail();
        actions.push(Action::Disconnect);
        self.phase = Phase::Away { until: now + self.pause(now) };
        self.failures = self.failures.saturating_add(1);
        // What the old connection still says belongs to no session.
        self.session += 1;
        self.waiters.expire(now, actions);
    }

    /// How long until the next connection: at random, so that processes which lost one server do not come back at
    /// once. The first time within the lease if there is time, so that nobody notices.
    fn pause(&mut self, now: Duration) -> Duration {
        let ends = self.confirmed.map(|confirmed| confirmed + self.settings.bound * 9 / 10);
        let spread = self.settings.bound / 4;
        let has_time = ends.is_some_and(|ends| now + spread * 2 <= ends);
        if self.failures == 0 && has_time {
            return spread.mul_f64(self.random.f64());
        }
        let pause = FIRST_PAUSE * (1 << self.failures.min(6));
        pause.min(LONGEST_PAUSE).mul_f64(0.5 + self.random.f64() / 2.0)
    }

    pub(super) fn close(&mut self, actions: &mut Vec<Action>) {
        if let Phase::Telling { batch } = std::mem::replace(&mut self.phase, Phase::Closed) {
            self.journal.fail(batch);
        }
        self.waiters.fail();
        self.waiters.expire(Duration::MAX, actions);
        actions.push(Action::Disconnect);
    }
}
