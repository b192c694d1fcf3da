//! Processes, a server and a network that loses, held against the promises, at random.

use super::{Action, Event, Lease, Machine, Position, Reply, Request, Settings};
use crate::message::Message;
use proptest::prelude::*;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

const T: Duration = Duration::from_secs(1);
const GROUPS: usize = 3;

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
struct Process {
    machine: Machine,
    lease: Lease,
    is_trusted: bool,
    /// The number of the connection, whether it subscribed, and what is on its way.
    connection: Option<(u64, bool, VecDeque<Packet>)>,
    request: Option<Request>,
    /// Per group: the version that was computed, and when it expires.
    cache: [Option<(u64, Duration)>; GROUPS],
    tickets: u64,
    /// By waiter: what had been acknowledged when it asked for a fence.
    fences: HashMap<u64, [u64; GROUPS]>,
    /// By waiter: the group and version that is to be acknowledged.
    acknowledgements: HashMap<u64, (usize, u64)>,
}

struct World {
    now: Duration,
    server: Server,
    processes: Vec<Process>,
    /// The database.
    versions: [u64; GROUPS],
    /// Per group: which version was acknowledged when.
    acknowledged: [Vec<(u64, Duration)>; GROUPS],
    waiters: u64,
    receipts: Vec<(Position, usize, u64)>,
    /// Servers do not say who they are, as some that are rented.
    is_anonymous: bool,
}

#[derive(Clone, Debug)]
enum Chance {
    Read(usize, usize),
    Invalidate(usize, usize),
    Fence(usize),
    CaughtUp(usize, usize),
    /// So many requests of a process are served and all is delivered.
    Exchange(usize, usize),
    /// The server does what a process asked.
    Serve(usize),
    Deliver(usize),
    /// A message is lost on the way, as by a client library or a proxy.
    Lose(usize),
    Cut(usize),
    Flush,
    Restart,
    /// A replica is promoted that lacks so many of the last messages.
    Failover(u64),
    DropLog,
    Wait(u64),
}

fn chance() -> impl Strategy<Value = Chance> {
    let (process, group) = (0..2_usize, 0..GROUPS);
    prop_oneof![
        12 => (process.clone(), group.clone()).prop_map(|(p, g)| Chance::Read(p, g)),
        8 => (process.clone(), group).prop_map(|(p, g)| Chance::Invalidate(p, g)),
        2 => process.clone().prop_map(Chance::Fence),
        2 => (process.clone(), 0..100_usize).prop_map(|(p, r)| Chance::CaughtUp(p, r)),
        20 => (process.clone(), 1..6_usize).prop_map(|(p, times)| Chance::Exchange(p, times)),
        8 => process.clone().prop_map(Chance::Serve),
        8 => process.clone().prop_map(Chance::Deliver),
        4 => process.clone().prop_map(Chance::Lose),
        3 => process.prop_map(Chance::Cut),
        2 => Just(Chance::Flush),
        1 => Just(Chance::Restart),
        1 => (0..3_u64).prop_map(Chance::Failover),
        1 => Just(Chance::DropLog),
        8 => (0..300_u64).prop_map(Chance::Wait),
    ]
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
    fn new(settle: Option<Duration>, is_anonymous: bool) -> Self {
        let process = |number: u64| Process {
            machine: Machine::new(Settings {
                bound: T,
                patience: 4 * T,
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

    fn read(&mut self, p: usize, group: usize) {
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

    fn invalidate(&mut self, p: usize, group: usize) {
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
        self.step(p, Event::Acknowledge { waiter, ticket });
    }

    fn fence(&mut self, p: usize, receipt: Option<(Position, usize, u64)>) {
        self.waiters += 1;
        let waiter = self.waiters;
        let mut least = [0; GROUPS];
        let event = match receipt {
            Some((receipt, group, version)) => {
                least[group] = version;
                Event::CaughtUp { waiter, receipt }
            }
            None => {
                for (least, acknowledged) in least.iter_mut().zip(&self.acknowledged) {
                    *least = acknowledged.iter().map(|(version, _)| *version).max().unwrap_or(0);
                }
                Event::Fence { waiter }
            }
        };
        self.processes[p].fences.insert(waiter, least);
        self.step(p, event);
    }

    /// The server does what process `p` asked.
    fn serve(&mut self, p: usize) {
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

    fn deliver(&mut self, p: usize) {
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

    fn exchange(&mut self, p: usize, times: usize) {
        for _ in 0..times {
            self.serve(p);
            while self.processes[p].connection.as_ref().is_some_and(|(_, _, wire)| !wire.is_empty())
            {
                self.deliver(p);
            }
        }
    }

    fn lose(&mut self, p: usize) {
        let Some((_, _, wire)) = &mut self.processes[p].connection else { return };
        let message = wire.iter().position(|packet| matches!(packet, Packet::Message(_)));
        if let Some(at) = message {
            wire.remove(at);
        }
    }

    fn cut(&mut self, p: usize) {
        if let Some((session, _, _)) = self.processes[p].connection.take() {
            self.processes[p].request = None;
            self.step(p, Event::Disconnected { session });
        }
    }

    fn wait(&mut self, ms: u64) {
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

    fn happen(&mut self, chance: &Chance) {
        match *chance {
            Chance::Read(p, group) => self.read(p, group),
            Chance::Invalidate(p, group) => self.invalidate(p, group),
            Chance::Fence(p) => self.fence(p, None),
            // A receipt does not outlast a failover among servers that do not say who they are.
            Chance::CaughtUp(..) if self.is_anonymous => {}
            Chance::CaughtUp(p, receipt) => {
                if let Some(at) = receipt.checked_rem(self.receipts.len()) {
                    let receipt = self.receipts[self.receipts.len() - 1 - at].clone();
                    self.fence(p, Some(receipt));
                }
            }
            Chance::Exchange(p, times) => self.exchange(p, times),
            Chance::Serve(p) => self.serve(p),
            Chance::Deliver(p) => self.deliver(p),
            Chance::Lose(p) => self.lose(p),
            Chance::Cut(p) => self.cut(p),
            Chance::Flush => (self.server.incarnation, self.server.log) = (None, Vec::new()),
            Chance::Restart => {
                self.server = Server {
                    run: self.server.run + 1,
                    names: self.server.names,
                    ..Server::default()
                };
                self.cut(0);
                self.cut(1);
            }
            Chance::Failover(lost) => {
                self.server.run += 1;
                self.server.count = self.server.count.saturating_sub(lost);
                let count = self.server.count;
                self.server.log.retain(|(number, _)| *number <= count);
                self.cut(0);
                self.cut(1);
            }
            Chance::DropLog => self.server.log.clear(),
            Chance::Wait(ms) => self.wait(ms),
        }
    }

    /// Everything is delivered, until nobody has anything to do.
    fn calm(&mut self) {
        for _ in 0..120 {
            self.wait(50);
            for p in 0..self.processes.len() {
                self.exchange(p, 4);
            }
        }
    }
}

/// `GCACHE_CASES` for more than the usual.
fn cases() -> u32 {
    std::env::var("GCACHE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn promises_hold_and_all_is_told_in_the_end(
        chances in proptest::collection::vec(chance(), 1..300),
        settle in proptest::option::of(Just(Duration::from_millis(300))),
        is_anonymous in proptest::bool::weighted(0.3),
    ) {
        let mut world = World::new(settle, is_anonymous);
        world.wait(1);
        world.exchange(0, 3);
        world.exchange(1, 3);
        for chance in chances {
            world.happen(&chance);
        }
        world.calm();
        for p in 0..2 {
            prop_assert!(world.processes[p].is_trusted, "trusted once the network is calm");
            prop_assert!(world.processes[p].machine.has_told_all());
            prop_assert!(world.processes[p].fences.is_empty(), "each waiter is answered");
            prop_assert!(world.processes[p].acknowledgements.is_empty(), "each waiter is answered");
        }
        for group in 0..GROUPS {
            for p in 0..2 {
                if let Some((version, expires)) = world.processes[p].cache[group] {
                    prop_assert!(version == world.versions[group] || expires <= world.now);
                }
            }
        }
    }
}
