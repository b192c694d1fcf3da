//! The simulated server: what a namespace keeps in Redis, and the time that its one thread takes.

use super::Time;
use gcache_redis::machine::{Position, Reply, Request};
use gcache_redis::message::Message;
use std::collections::VecDeque;
use std::sync::Arc;

/// What the server's thread needs, in nanoseconds. In one turn it takes all requests that have come in, does them, and then
/// writes once to each connection.
#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// Any command.
    pub command: Time,
    /// The script that counts, publishes and logs, without listeners.
    pub script: Time,
    /// Each listener of a message.
    pub listener: Time,
    /// Each connection that is written to in a turn.
    pub written: Time,
}

impl Default for Costs {
    /// As measured with Valkey 9.1, of its main thread.
    fn default() -> Self {
        Self { command: 3_000, script: 6_000, listener: 300, written: 4_000 }
    }
}

/// A request that has come in: of which connection, and its number.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) connection: usize,
    pub(super) ask: u64,
    pub(super) request: Request,
}

/// The server.
#[derive(Debug)]
pub(super) struct Store {
    costs: Costs,
    /// Connections made in an earlier life are gone.
    pub(super) life: u64,
    /// How many messages the log keeps.
    log: usize,
    state: State,
    /// What a replica has, to be promoted.
    replica: State,
    made: u64,
    /// It is away until then.
    pub(super) away: Time,
    /// What came in since the turn began, and what it does.
    waiting: Vec<Asked>,
    working: Vec<Asked>,
    is_working: bool,
    /// How long its thread has worked.
    pub(super) worked: Time,
    pub(super) listeners: Vec<usize>,
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

#[derive(Clone, Debug, Default)]
struct State {
    incarnation: Option<Arc<str>>,
    /// Which server has counted in it.
    by: Option<Arc<str>>,
    count: u64,
    log: VecDeque<Message>,
}

impl Store {
    pub(super) fn new(costs: Costs, log: usize) -> Self {
        Self {
            log,
            costs,
            life: 1,
            state: State::default(),
            replica: State::default(),
            made: 0,
            away: 0,
            waiting: Vec::new(),
            working: Vec::new(),
            is_working: false,
            worked: 0,
            listeners: Vec::new(),
            messages: 0,
            bytes: 0,
        }
    }

    /// A request has come in. The time that a turn takes, if one begins with it.
    pub(super) fn take(&mut self, asked: Asked) -> Option<Time> {
        self.waiting.push(asked);
        (!self.is_working).then(|| self.begin())
    }

    /// A turn has come to its end: what was asked in it.
    pub(super) fn turn(&mut self) -> Vec<Asked> {
        self.is_working = false;
        std::mem::take(&mut self.working)
    }

    /// The time that the next turn takes, if there is anything to do.
    pub(super) fn go_on(&mut self) -> Option<Time> {
        (!self.waiting.is_empty() && !self.is_working).then(|| self.begin())
    }

    fn begin(&mut self) -> Time {
        self.is_working = true;
        self.working = std::mem::take(&mut self.waiting);
        let listeners = self.listeners.len() as Time;
        let mut cost = self.costs.written * self.working.len() as Time;
        let mut publishes = false;
        for asked in &self.working {
            cost += match asked.request {
                Request::Tell { .. } => {
                    publishes = true;
                    self.costs.script + self.costs.listener * listeners
                }
                Request::Fence { role: true } => 2 * self.costs.command,
                _ => self.costs.command,
            };
        }
        if publishes {
            cost += self.costs.written * listeners;
        }
        self.worked += cost;
        cost
    }

    /// Does a request of a connection. A message comes before the reply on the wire of each listener.
    pub(super) fn execute(
        &mut self,
        connection: usize,
        origin: &str,
        request: Request,
    ) -> (Reply, Option<Message>) {
        match request {
            Request::Connect { .. } => {
                (Reply::Connected { server: Some(format!("run{}", self.life).into()) }, None)
            }
            Request::Subscribe => {
                self.listeners.push(connection);
                (Reply::Subscribed, None)
            }
            Request::Open { server } => {
                // Another server has counted in it: perhaps more than came here.
                if self.state.by != server {
                    self.state.incarnation = None;
                    self.state.by = server;
                }
                self.incarnation();
                (self.read(), None)
            }
            Request::Log { after } => {
                let later = self.state.log.iter().filter(|message| message.number > after);
                (Reply::Logged(later.cloned().map(Some).collect()), None)
            }
            Request::Tell { body } => {
                let incarnation = self.incarnation();
                self.state.count += 1;
                let number = self.state.count;
                let message = Message {
                    incarnation: Arc::clone(&incarnation),
                    number,
                    origin: origin.into(),
                    body,
                };
                self.messages += 1;
                self.bytes += (message.body.len() + 60) as u64 * self.listeners.len() as u64;
                self.state.log.push_back(message.clone());
                if self.state.log.len() > self.log {
                    self.state.log.pop_front();
                }
                (Reply::Told(Position { incarnation, number }), Some(message))
            }
            Request::Fence { .. } => (self.read(), None),
        }
    }

    fn read(&self) -> Reply {
        Reply::State { incarnation: self.state.incarnation.clone(), count: self.state.count }
    }

    fn incarnation(&mut self) -> Arc<str> {
        self.made += 1;
        let new = || format!("i{}", self.made).into();
        Arc::clone(self.state.incarnation.get_or_insert_with(new))
    }

    /// Forgets everything.
    pub(super) fn flush(&mut self) {
        self.state = State::default();
    }

    /// Tells the replica what there is now.
    pub(super) fn replicate(&mut self) {
        self.replica.clone_from(&self.state);
    }

    /// Ends all connections: the server was killed and starts again with nothing, or its replica takes its place.
    pub(super) fn replace(&mut self, with_replica: bool) {
        self.life += 1;
        self.listeners.clear();
        self.waiting.clear();
        self.working.clear();
        self.is_working = false;
        self.state = if with_replica { self.replica.clone() } else { State::default() };
    }
}
