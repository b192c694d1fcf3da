//! What a machine knows, and its one entry.

use super::events::{Action, Event, Position, Reply, Waiter};
use super::heard::Heard;
use super::journal::Journal;
use super::session::Phase;
use super::settle::Settling;
use super::waiters::{Waiters, is_reached};
use crate::message::Message;
use std::sync::Arc;
use std::time::Duration;

/// What is the same for the whole life of a machine.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bound, T.
    pub bound: Duration,
    /// After how long each invalidation is told a second time.
    pub settle: Option<Duration>,
    /// Who this process is in its messages: random.
    pub origin: Box<str>,
    /// For random delays.
    pub seed: u64,
}

/// What has happened so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sessions that were trusted.
    pub sessions: u64,
    /// Of them, those that had missed nothing.
    pub warm: u64,
    /// Of them, those that learned from the log what they had missed.
    pub replayed: u64,
    /// How often everything was invalidated, since it was not known what was missed.
    pub flushes: u64,
    /// Messages heard, the own ones among them.
    pub messages: u64,
    /// Messages told.
    pub told: u64,
    /// Fences that came back.
    pub fences: u64,
}

/// The link of one process, without its connection.
#[derive(Debug)]
pub struct Machine {
    pub(super) settings: Settings,
    pub(super) phase: Phase,
    /// The number of the newest connection.
    pub(super) session: u64,
    /// Which server process the session is with.
    pub(super) server: Option<Arc<str>>,
    pub(super) heard: Heard,
    /// Up to where all is invalidated here: behind `heard` while a message is being invalidated.
    reached: Option<Position>,
    pub(super) journal: Journal,
    /// Which server acknowledged last, and where.
    pub(super) told_by: Option<(Option<Arc<str>>, Position)>,
    pub(super) waiters: Waiters,
    settling: Option<Settling>,
    /// When the last fence was sent that came back good.
    pub(super) confirmed: Option<Duration>,
    /// Whether the last request that was answered told something.
    pub(super) told_last: bool,
    /// When the server last was asked for its role.
    pub(super) role_asked: Duration,
    /// Sessions that failed since the last that worked.
    pub(super) failures: u32,
    pub(super) random: fastrand::Rng,
    pub(super) counts: Counts,
}

impl Machine {
    /// A machine that is about to connect, and has heard nothing.
    pub fn new(settings: Settings) -> Self {
        Self {
            phase: Phase::Away { until: Duration::ZERO },
            session: 0,
            server: None,
            heard: Heard::default(),
            reached: None,
            journal: Journal::default(),
            told_by: None,
            waiters: Waiters::default(),
            settling: settings.settle.map(Settling::new),
            confirmed: None,
            told_last: false,
            role_asked: Duration::ZERO,
            failures: 0,
            random: fastrand::Rng::with_seed(settings.seed),
            counts: Counts::default(),
            settings,
        }
    }

    /// Takes in what happened at `now`, and says what is to be done, in this order.
    pub fn step(&mut self, event: Event, now: Duration) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Woken => self.wake(now, &mut actions),
            Event::Publish { ticket, groups } => self.publish(ticket, groups, now, &mut actions),
            Event::Acknowledge { waiter, until, ticket } => {
                self.acknowledge(waiter, until, ticket, &mut actions);
            }
            Event::Fence { waiter, until } => self.fence(waiter, until, None, &mut actions),
            Event::CaughtUp { waiter, until, receipt } => {
                self.fence(waiter, until, Some(receipt), &mut actions);
            }
            Event::Reply(Reply::Failed) => self.fail(now, &mut actions),
            Event::Reply(reply) => self.reply(reply, now, &mut actions),
            Event::Message { session, message } if session == self.session => {
                self.hear(message, &mut actions);
            }
            Event::Disconnected { session } if session == self.session => {
                self.fail(now, &mut actions);
            }
            // A connection that was given up: what it says now was compared with nothing.
            Event::Message { .. } | Event::Disconnected { .. } => {}
            Event::Reached(position) => self.reach(position, &mut actions),
            Event::Close => self.close(&mut actions),
        }
        actions
    }

    /// When [`Event::Woken`] is to be stepped, if nothing else happens before.
    pub fn wakes_at(&self) -> Option<Duration> {
        if self.is_closed() {
            return None;
        }
        let settling = self.settling.as_ref().and_then(Settling::next);
        [self.due(), self.waiters.next(), settling].into_iter().flatten().min()
    }

    /// What has happened so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Up to where all is invalidated here; `None` before the first session.
    pub fn reached(&self) -> Option<&Position> {
        self.reached.as_ref()
    }

    /// How many groups wait to be told; `None`: everything.
    pub fn journal(&self) -> Option<usize> {
        self.journal.waiting()
    }

    /// Whether everything is to be told, now and later: then the names of groups say nothing more.
    pub fn tells_everything(&self) -> bool {
        self.journal.waiting().is_none() && self.settling.is_none()
    }

    /// Whether the server has all that was invalidated here.
    pub fn has_told_all(&self) -> bool {
        !self.journal.has_work()
            && !matches!(self.phase, Phase::Telling { .. })
            && self.settling.as_ref().is_none_or(|settling| settling.next().is_none())
    }

    /// When the last fence was sent that came back good.
    pub fn confirmed(&self) -> Option<Duration> {
        self.confirmed
    }

    fn wake(&mut self, now: Duration, actions: &mut Vec<Action>) {
        self.waiters.expire(now, actions);
        let due = self.settling.as_mut().map(|settling| settling.take(now)).unwrap_or_default();
        if !due.is_empty() {
            actions
                .push(Action::Invalidate(crate::message::body(due.iter().map(|group| &**group))));
            self.journal.push(0, due);
        }
        self.proceed(now, actions);
    }

    fn publish(
        &mut self,
        ticket: u64,
        groups: Vec<Arc<str>>,
        now: Duration,
        actions: &mut Vec<Action>,
    ) {
        if self.is_closed() {
            return;
        }
        if let Some(settling) = &mut self.settling {
            settling.push(&groups, now);
        }
        let had_work = self.journal.has_work();
        self.journal.push(ticket, groups);
        // Whoever left the work before has asked already, and it was not taken up yet.
        if !had_work || self.settling.is_some() {
            self.ask_to_wake(actions);
        }
    }

    fn acknowledge(
        &mut self,
        waiter: Waiter,
        until: Duration,
        ticket: u64,
        actions: &mut Vec<Action>,
    ) {
        match &self.told_by {
            Some((_, position)) if ticket <= self.journal.told() => {
                actions.push(Action::Answer { waiter, answer: Some(position.clone()) });
            }
            _ if self.is_closed() => actions.push(Action::Answer { waiter, answer: None }),
            _ => {
                self.waiters.acknowledge(waiter, until, ticket);
                actions.push(Action::Wake);
            }
        }
    }

    fn fence(
        &mut self,
        waiter: Waiter,
        until: Duration,
        receipt: Option<Position>,
        actions: &mut Vec<Action>,
    ) {
        match (&receipt, &self.reached) {
            (Some(receipt), Some(reached)) if is_reached(receipt, reached) => {
                actions.push(Action::Answer { waiter, answer: Some(reached.clone()) });
            }
            _ if self.is_closed() => actions.push(Action::Answer { waiter, answer: None }),
            _ => {
                self.waiters.fence(waiter, until, receipt);
                actions.push(Action::Wake);
            }
        }
    }

    fn hear(&mut self, message: Option<Message>, actions: &mut Vec<Action>) {
        self.counts.messages += 1;
        let is_compared = match self.phase {
            Phase::Away { .. } | Phase::Connecting | Phase::Closed => return,
            Phase::Subscribing | Phase::Opening { .. } | Phase::Replaying { .. } => false,
            Phase::Idle | Phase::Telling { .. } | Phase::Fencing { .. } => true,
        };
        if !is_compared {
            // Invalidated at once, and counted as heard when what was before it is known.
            self.heard.ahead(message.as_ref());
            return match message {
                Some(message) => self.invalidate(message, actions),
                None => self.flush(actions),
            };
        }
        match message {
            Some(message) => {
                // mutant: gap_ignored
                if !self.heard.is_next(&message) {
                    self.flush(actions);
                }
                self.invalidate(message, actions);
                // Groups are invalidated before the message counts as heard: who has its receipt may read at once.
                // mutant: reached_first
                actions.push(Action::Reached(self.heard.position()));
            }
            // Its number is not known: the next message or fence finds the gap, and invalidates all once more.
            None => self.flush(actions),
        }
    }

    /// Only what exactly this process told is passed over: it was invalidated here before it was told.
    pub(super) fn invalidate(&self, message: Message, actions: &mut Vec<Action>) {
        // mutant: echo_by_another
        if message.origin != self.settings.origin {
            actions.push(Action::Invalidate(message.body));
        }
    }

    /// It is not known what was missed.
    pub(super) fn flush(&mut self, actions: &mut Vec<Action>) {
        self.counts.flushes += 1;
        actions.push(Action::InvalidateAll);
    }

    fn reach(&mut self, position: Position, actions: &mut Vec<Action>) {
        self.waiters.reach(&position, actions);
        self.reached = Some(position);
    }
}
