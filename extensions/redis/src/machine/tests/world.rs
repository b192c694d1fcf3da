//! Two processes, a server and a network that loses, each step by hand, held against the promises.

use crate::machine::{Action, Event, Lease, Machine, Position, Reply, Request, Settings};
use crate::message::Message;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

const T: Duration = Duration::from_secs(1);
/// How long somebody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(4);
pub(super) const GROUPS: usize = 3;

/// What one connection carries to the process, in the order of the wire.
#[derive(Debug)]
enum Packet {
    Reply(Reply),
    Message(Vec<u8>),
}

#[derive(Debug, Default)]
struct Server {
    run: u64,
    /// Random names are numbers here.
    names: u64,
    incarnation: Option<Arc<str>>,
    counted_by: Option<Arc<str>>,
    count: u64,
    log: Vec<(u64, Vec<u8>)>,
}

#[derive(Debug)]
pub(super) struct Process {
    pub(super) machine: Machine,
    lease: Lease,
    pub(super) is_trusted: bool,
    /// The number of the connection, whether it subscribed, and what is on its way.
    connection: Option<(u64, bool, VecDeque<Packet>)>,
    request: Option<Request>,
    /// Per group: the version that was computed, and when it expires.
    pub(super) cache: [Option<(u64, Duration)>; GROUPS],
    tickets: u64,
    /// By waiter: what had been acknowledged when it asked for a fence.
    pub(super) fences: HashMap<u64, [u64; GROUPS]>,
    /// By waiter: the group and version that is to be acknowledged.
    pub(super) acknowledgements: HashMap<u64, (usize, u64)>,
}

pub(super) struct World {
    pub(super) now: Duration,
    server: Server,
    pub(super) processes: Vec<Process>,
    /// The database.
    pub(super) versions: [u64; GROUPS],
    /// Per group: which version was acknowledged when.
    acknowledged: [Vec<(u64, Duration)>; GROUPS],
    waiters: u64,
    pub(super) receipts: Vec<(Position, usize, u64)>,
    /// Servers do not say who they are, as some that are rented.
    pub(super) is_anonymous: bool,
}

impl Server {
    fn name(&mut self) -> Arc<str> {
        self.names += 1;
        format!("i{}", self.names).into()
    }

    fn incarnation(&mut self) -> Arc<str> {
        if self.incarnation.is_none() {
            self.incarnation = Some(self.name());
            self.count = 0;
        }
        Arc::clone(self.incarnation.as_ref().unwrap())
    }
}

impl World {
    pub(super) fn new(settle: Option<Duration>, is_anonymous: bool) -> Self {
        let process = |number: u64| Process {
            machine: Machine::new(Settings {
                bound: T,
                settle,
                origin: format!("p{number}").into(),
                seed: number,
            }),
            lease: Lease::new(T),
            is_trusted: false,
            connection: None,
            request: None,
            cache: [None; GROUPS],
            tickets: 0,
            fences: HashMap::new(),
            acknowledgements: HashMap::new(),
        };
        Self {
            now: Duration::ZERO,
            server: Server::default(),
            processes: vec![process(0), process(1)],
            versions: [0; GROUPS],
            acknowledged: Default::default(),
            waiters: 0,
            receipts: Vec::new(),
            is_anonymous,
        }
    }

    fn step(&mut self, p: usize, event: Event) {
        for action in self.processes[p].machine.step(event, self.now) {
            self.act(p, action);
        }
    }

    fn act(&mut self, p: usize, action: Action) {
        let process = &mut self.processes[p];
        match action {
            Action::Ask(request) => process.request = Some(request),
            Action::Disconnect => (process.connection, process.request) = (None, None),
            Action::Invalidate(body) => {
                for group in 0..GROUPS {
                    if body.contains(&format!("\"g{group}\"")) || body.contains("\"*\"") {
                        process.cache[group] = None;
                    }
                }
            }
            Action::InvalidateAll => process.cache = [None; GROUPS],
            Action::Confirm { sent } => process.is_trusted |= process.lease.confirm(sent, self.now),
            Action::Reached(position) => self.step(p, Event::Reached(position)),
            Action::Answer { waiter, answer } => self.answered(p, waiter, answer),
            Action::Wake => self.step(p, Event::Woken),
        }
    }

    fn answered(&mut self, p: usize, waiter: u64, answer: Option<Position>) {
        let process = &mut self.processes[p];
        let (fence, told) =
            (process.fences.remove(&waiter), process.acknowledgements.remove(&waiter));
        let Some(position) = answer else { return };
        if let Some((group, version)) = told {
            self.acknowledged[group].push((version, self.now));
            self.receipts.push((position, group, version));
        } else if let Some(fence) = fence {
            for (group, least) in fence.into_iter().enumerate() {
                if let Some((version, expires)) = process.cache[group] {
                    assert!(
                        version >= least || expires <= self.now,
                        "a fence passed over a stale entry"
                    );
                }
            }
        }
    }

    pub(super) fn read(&mut self, p: usize, group: usize) {
        let process = &mut self.processes[p];
        if process.lease.is_over(self.now) {
            process.is_trusted = false;
            process.cache = [None; GROUPS];
        }
        match process.cache[group] {
            Some((version, expires)) if self.now < expires => {
                let stale = self.acknowledged[group]
                    .iter()
                    .find(|(newer, at)| *newer > version && *at + T < self.now);
                assert_eq!(stale, None, "version {version} was read at {:?}", self.now);
            }
            _ => {
                let expires = if process.is_trusted { Duration::MAX } else { self.now + T };
                process.cache[group] = Some((self.versions[group], expires));
            }
        }
    }

    pub(super) fn invalidate(&mut self, p: usize, group: usize) {
        self.versions[group] += 1;
        let version = self.versions[group];
        self.waiters += 1;
        let process = &mut self.processes[p];
        process.cache[group] = None;
        process.tickets += 1;
        process.acknowledgements.insert(self.waiters, (group, version));
        let ticket = process.tickets;
        let waiter = self.waiters;
        self.step(p, Event::Publish { ticket, groups: vec![format!("[\"g{group}\"]").into()] });
        let until = self.now + PATIENCE;
        self.step(p, Event::Acknowledge { waiter, until, ticket });
    }

    pub(super) fn fence(&mut self, p: usize, receipt: Option<(Position, usize, u64)>) {
        self.waiters += 1;
        let (waiter, until) = (self.waiters, self.now + PATIENCE);
        let mut least = [0; GROUPS];
        let event = match receipt {
            Some((receipt, group, version)) => {
                least[group] = version;
                Event::CaughtUp { waiter, until, receipt }
            }
            None => {
                for (least, acknowledged) in least.iter_mut().zip(&self.acknowledged) {
                    *least = acknowledged.iter().map(|(version, _)| *version).max().unwrap_or(0);
                }
                Event::Fence { waiter, until }
            }
        };
        self.processes[p].fences.insert(waiter, least);
        self.step(p, event);
    }

    /// The server does what process `p` asked.
    pub(super) fn serve(&mut self, p: usize) {
        let Some(request) = self.processes[p].request.take() else { return };
        let server = &mut self.server;
        let reply = match request {
            Request::Connect { session } => {
                self.processes[p].connection = Some((session, false, VecDeque::new()));
                let identity = Arc::from(server.run.to_string());
                Reply::Connected { server: (!self.is_anonymous).then_some(identity) }
            }
            Request::Subscribe => {
                self.processes[p].connection.as_mut().unwrap().1 = true;
                Reply::Subscribed
            }
            Request::Open { server: by } => {
                if server.counted_by != by {
                    server.counted_by = by;
                    server.incarnation = server.incarnation.is_some().then(|| server.name());
                }
                let incarnation = server.incarnation();
                Reply::State { incarnation: Some(incarnation), count: server.count }
            }
            Request::Fence { .. } => {
                Reply::State { incarnation: server.incarnation.clone(), count: server.count }
            }
            Request::Log { after } => {
                let page = server.log.iter().filter(|(number, _)| *number > after).take(2);
                Reply::Logged(page.map(|(_, bytes)| Message::read(bytes)).collect())
            }
            Request::Tell { body } => {
                let incarnation = server.incarnation();
                server.count += 1;
                if server.count == 1 {
                    server.log.clear();
                }
                let bytes = format!("{incarnation} {} p{p}\n{body}", server.count).into_bytes();
                server.log.push((server.count, bytes.clone()));
                let position = Position { incarnation, number: server.count };
                for (_, is_subscribed, wire) in
                    self.processes.iter_mut().filter_map(|process| process.connection.as_mut())
                {
                    if *is_subscribed {
                        wire.push_back(Packet::Message(bytes.clone()));
                    }
                }
                Reply::Told(position)
            }
        };
        self.processes[p].connection.as_mut().unwrap().2.push_back(Packet::Reply(reply));
    }

    pub(super) fn deliver(&mut self, p: usize) {
        let Some((session, _, wire)) = &mut self.processes[p].connection else { return };
        let session = *session;
        let Some(packet) = wire.pop_front() else { return };
        self.step(
            p,
            match packet {
                Packet::Reply(reply) => Event::Reply(reply),
                Packet::Message(bytes) => {
                    Event::Message { session, message: Message::read(&bytes) }
                }
            },
        );
    }

    pub(super) fn exchange(&mut self, p: usize, times: usize) {
        for _ in 0..times {
            self.serve(p);
            while self.processes[p].connection.as_ref().is_some_and(|(_, _, wire)| !wire.is_empty())
            {
                self.deliver(p);
            }
        }
    }

    pub(super) fn lose(&mut self, p: usize) {
        let Some((_, _, wire)) = &mut self.processes[p].connection else { return };
        let message = wire.iter().position(|packet| matches!(packet, Packet::Message(_)));
        if let Some(at) = message {
            wire.remove(at);
        }
    }

    pub(super) fn cut(&mut self, p: usize) {
        if let Some((session, _, _)) = self.processes[p].connection.take() {
            self.processes[p].request = None;
            self.step(p, Event::Disconnected { session });
        }
    }

    pub(super) fn flush(&mut self) {
        (self.server.incarnation, self.server.log) = (None, Vec::new());
    }

    pub(super) fn drop_log(&mut self) {
        self.server.log.clear();
    }

    /// The server comes back with nothing.
    pub(super) fn restart(&mut self) {
        let Server { run, names, .. } = self.server;
        self.server = Server { run: run + 1, names, ..Server::default() };
        self.cut(0);
        self.cut(1);
    }

    /// A replica takes over that lacks so many of the last messages.
    pub(super) fn fail_over(&mut self, lost: u64) {
        self.server.run += 1;
        self.server.count = self.server.count.saturating_sub(lost);
        let count = self.server.count;
        self.server.log.retain(|(number, _)| *number <= count);
        self.cut(0);
        self.cut(1);
    }

    pub(super) fn wait(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        for p in 0..self.processes.len() {
            let process = &mut self.processes[p];
            if process.lease.is_over(self.now) {
                process.is_trusted = false;
                process.cache = [None; GROUPS];
            }
            if process.machine.wakes_at().is_some_and(|at| at <= self.now) {
                self.step(p, Event::Woken);
            }
        }
    }

    /// Everything is delivered, until nobody has anything to do.
    pub(super) fn calm(&mut self) {
        for _ in 0..120 {
            self.wait(50);
            for p in 0..self.processes.len() {
                self.exchange(p, 4);
            }
        }
    }
}
