//! One process: the link's machine, what drives it, and its connection.

use super::memo::Memo;
use super::store::Asked;
use super::{Happening, Scenario, Simulation, Time, moment};
use crate::history::Known;
use crate::simulation::network::Way;
use gcache_redis::machine::{Action, Event, Lease, Machine, Reply, Request, Settings, Waiter};
use gcache_redis::message::Message;
use rand::RngExt as _;
use std::collections::HashMap;
use std::time::Duration;

/// One process.
#[derive(Debug)]
pub(super) struct Process {
    machine: Machine,
    lease: Lease,
    pub(super) memo: Memo,
    /// How often it has begun anew.
    pub(super) life: u64,
    /// It stands still until then.
    pub(super) paused: Time,
    /// Nothing that it sends, and nothing that is sent to it, goes through before these.
    pub(super) cut: [Time; 2],
    origin: String,
    connection: Option<usize>,
    /// The number of the last request, and whether its answer is still to come.
    ask: (u64, bool),
    wakes: Option<Time>,
    looks_at_lease: bool,
    pub(super) tickets: u64,
    pub(super) waiters: Waiter,
    pub(super) wishes: HashMap<Waiter, Wish>,
    /// Calls that have joined a computation, by its key and beginning: when each began, and whether after a fence.
    pub(super) joined: HashMap<(usize, Time), Vec<(Time, bool)>>,
    /// The versions that it has invalidated itself.
    pub(super) own: HashMap<usize, Known>,
}

/// What is done with an answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish {
    /// A version of a key, written then, is acknowledged.
    Acknowledged(usize, u32, Time),
    /// The fence that began then is passed.
    Fenced(Time),
    /// A receipt is caught up with, which stands for this version of a key.
    CaughtUp(usize, u32),
}

/// A connection of a process.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) process: usize,
    session: u64,
    /// The server's life in which it was made.
    life: u64,
    is_open: bool,
    up: Way,
    down: Way,
}

impl Process {
    pub(super) fn new(at: usize, scenario: &Scenario, bound: Time) -> Self {
        Self::anew(at, 0, scenario, bound)
    }

    /// Sessions that had missed nothing, or learned of it from the log.
    pub(super) fn warm(&self) -> u64 {
        self.machine.counts().warm + self.machine.counts().replayed
    }

    fn anew(at: usize, life: u64, scenario: &Scenario, bound: Time) -> Self {
        let origin = format!("o{at}x{life}");
        let settings = Settings {
            bound: scenario.bound,
            settle: None,
            origin: origin.as_str().into(),
            seed: scenario.seed ^ (at as u64) << 32 ^ life,
        };
        Self {
            machine: Machine::new(settings),
            lease: Lease::new(scenario.bound),
            memo: Memo::new(scenario.keys, bound),
            life,
            paused: 0,
            cut: [0; 2],
            origin,
            connection: None,
            ask: (0, false),
            wakes: None,
            looks_at_lease: false,
            tickets: 0,
            waiters: 0,
            wishes: HashMap::new(),
            joined: HashMap::new(),
            own: HashMap::new(),
        }
    }
}

impl Simulation {
    /// Steps the machine of a process, and does what it wants.
    pub(super) fn drive(&mut self, process: usize, event: Event) {
        let now = Duration::from_nanos(self.now);
        for action in self.processes[process].machine.step(event, now) {
            match action {
                Action::Ask(request) => self.ask(process, request),
                Action::Disconnect => self.disconnect(process),
                Action::Invalidate(body) => {
                    let memo = &mut self.processes[process].memo;
                    match keys(&body) {
                        Some(keys) => keys.for_each(|key| memo.invalidate(key)),
                        None => memo.invalidate_all(),
                    }
                }
                Action::InvalidateAll => {
                    self.totals.invalidated_all += 1;
                    self.processes[process].memo.invalidate_all();
                }
                Action::Confirm { sent } => self.confirm(process, sent),
                Action::Reached(position) => self.drive(process, Event::Reached(position)),
                Action::Answer { waiter, answer } => self.answer(process, waiter, answer),
                Action::Wake => self.drive(process, Event::Woken),
            }
        }
        self.sleep(process);
    }

    /// Sees to it that the machine is woken when it wants to be.
    fn sleep(&mut self, process: usize) {
        let at = &mut self.processes[process];
        let wakes = at.machine.wakes_at().map(|at| moment(at).max(self.now));
        if wakes != at.wakes {
            at.wakes = wakes;
            let life = at.life;
            if let Some(wakes) = wakes {
                self.at(wakes, Happening::Wake { process, life });
            }
        }
    }

    pub(super) fn wake(&mut self, process: usize, life: u64) {
        let at = &mut self.processes[process];
        // One that was put off, or of an earlier life.
        if at.life == life && at.wakes.is_some_and(|wakes| wakes <= self.now) {
            at.wakes = None;
            self.drive(process, Event::Woken);
        }
    }

    fn confirm(&mut self, process: usize, sent: Duration) {
        self.totals.fences += 1;
        let at = &mut self.processes[process];
        if at.lease.confirm(sent, Duration::from_nanos(self.now)) {
            at.memo.is_trusted = true;
        }
        if let (false, Some(ends)) = (at.looks_at_lease, at.lease.ends()) {
            at.looks_at_lease = true;
            let life = at.life;
            self.at(moment(ends), Happening::Lease { process, life });
        }
    }

    pub(super) fn look_at_lease(&mut self, process: usize, life: u64) {
        let at = &mut self.processes[process];
        if at.life != life {
            return;
        }
        if at.lease.is_over(Duration::from_nanos(self.now)) {
            at.memo.is_trusted = false;
            at.memo.invalidate_all();
            self.totals.expired += 1;
        }
        at.looks_at_lease = at.lease.ends().is_some();
        if let Some(ends) = at.lease.ends() {
            // The thread is not run at once.
            let late = self.chances.random_range(1..1_000_000);
            self.at(moment(ends).max(self.now) + late, Happening::Lease { process, life });
        }
    }

    fn ask(&mut self, process: usize, request: Request) {
        if let Request::Connect { session } = request {
            let (up, down) = (Way::default(), Way::default());
            self.processes[process].connection = Some(self.connections.len());
            self.connections.push(Connection {
                process,
                session,
                life: 0,
                is_open: true,
                up,
                down,
            });
        }
        let at = &mut self.processes[process];
        at.ask = (at.ask.0 + 1, true);
        let (life, ask, cut) = (at.life, at.ask.0, at.cut[0]);
        let patience = moment(self.scenario.bound.max(Duration::from_millis(500)));
        if let Some(connection) = at.connection {
            let way = &mut self.connections[connection].up;
            let arrival = self.network.send(way, self.now, cut, &mut self.chances);
            self.at(arrival, Happening::Arrive { connection, ask, request });
        }
        self.at(self.now + patience, Happening::Timeout { process, life, ask });
    }

    pub(super) fn time_out(&mut self, process: usize, life: u64, ask: u64) {
        let at = &mut self.processes[process];
        if at.life == life && at.ask == (ask, true) {
            at.ask.1 = false;
            self.drive(process, Event::Reply(Reply::Failed));
        }
    }

    pub(super) fn arrive(&mut self, connection: usize, ask: u64, request: Request) {
        let at = &mut self.connections[connection];
        if matches!(request, Request::Connect { .. }) {
            at.life = self.store.life;
        }
        if self.now < self.store.away {
            return self.say(connection, ask, Reply::Failed);
        }
        if at.life == self.store.life && at.is_open {
            let life = at.life;
            if let Some(cost) = self.store.take(Asked { connection, ask, request }) {
                self.at(self.now + cost, Happening::Turn { life });
            }
        }
    }

    pub(super) fn turn(&mut self, life: u64) {
        if life != self.store.life {
            return;
        }
        for Asked { connection, ask, request } in self.store.turn() {
            self.execute(connection, ask, request);
        }
        if let Some(cost) = self.store.go_on() {
            self.at(self.now + cost, Happening::Turn { life });
        }
    }

    fn execute(&mut self, connection: usize, ask: u64, request: Request) {
        let at = &self.connections[connection];
        if at.life != self.store.life || !at.is_open {
            return;
        }
        let origin = &self.processes[at.process].origin;
        let (reply, message) = self.store.execute(connection, origin, request);
        if let Some(message) = message {
            let listeners = std::mem::take(&mut self.store.listeners);
            for listener in &listeners {
                let arrival = self.down(*listener);
                let message = message.clone();
                self.at(arrival, Happening::Push { connection: *listener, message });
            }
            self.store.listeners = listeners;
        }
        self.say(connection, ask, reply);
    }

    fn say(&mut self, connection: usize, ask: u64, reply: Reply) {
        let arrival = self.down(connection);
        self.at(arrival, Happening::Reply { connection, ask, reply });
    }

    /// When what the server sends now arrives.
    fn down(&mut self, connection: usize) -> Time {
        let at = &mut self.connections[connection];
        let cut = self.processes[at.process].cut[1];
        self.network.send(&mut at.down, self.now, cut, &mut self.chances)
    }

    pub(super) fn reply(&mut self, connection: usize, ask: u64, reply: Reply) {
        let (is_open, process) =
            (self.connections[connection].is_open, self.connections[connection].process);
        let at = &mut self.processes[process];
        if is_open && at.ask == (ask, true) {
            at.ask.1 = false;
            self.drive(process, Event::Reply(reply));
        }
    }

    pub(super) fn push(&mut self, connection: usize, message: Message) {
        let Connection { process, session, is_open, .. } = self.connections[connection];
        if is_open {
            self.drive(process, Event::Message { session, message: Some(message) });
        }
    }

    /// Drops the connection of a process from its side.
    fn disconnect(&mut self, process: usize) {
        let at = &mut self.processes[process];
        at.ask.1 = false;
        if let Some(connection) = at.connection.take() {
            self.connections[connection].is_open = false;
            self.store.listeners.retain(|listener| *listener != connection);
        }
    }

    /// Closes the connection of a process; what is on its way in it is lost.
    pub(super) fn reset(&mut self, process: usize) {
        if let Some(connection) = self.processes[process].connection {
            self.store.listeners.retain(|listener| *listener != connection);
            // The server does nothing for it any more.
            self.connections[connection].life = 0;
            let soon = self.now + self.network.delay(&mut self.chances);
            self.at(soon, Happening::Closed { connection });
        }
    }

    pub(super) fn closed(&mut self, connection: usize) {
        let Connection { process, session, is_open, .. } = self.connections[connection];
        let at = &mut self.processes[process];
        if !is_open || at.connection != Some(connection) {
            return;
        }
        self.connections[connection].is_open = false;
        at.connection = None;
        // A request that was on its way fails.
        let event = if std::mem::take(&mut at.ask.1) {
            Event::Reply(Reply::Failed)
        } else {
            Event::Disconnected { session }
        };
        self.drive(process, event);
    }

    /// A process begins anew, with nothing in it.
    pub(super) fn restart(&mut self, process: usize) {
        self.disconnect(process);
        let bound = moment(self.scenario.bound);
        let life = self.processes[process].life + 1;
        self.processes[process] = Process::anew(process, life, &self.scenario, bound);
        self.wake_at(self.now, process);
    }

    /// Lets the machine of a process begin.
    pub(super) fn wake_at(&mut self, at: Time, process: usize) {
        self.processes[process].wakes = Some(at);
        let life = self.processes[process].life;
        self.at(at, Happening::Wake { process, life });
    }
}

/// The keys of a body, or `None` for all. It has only what [`Simulation::write`] tells.
fn keys(body: &str) -> Option<impl Iterator<Item = usize>> {
    let key = |group: &str| group.split(']').next().and_then(|key| key.parse().ok());
    (!body.contains('*')).then(|| body.split("\"key\",").skip(1).filter_map(key))
}
