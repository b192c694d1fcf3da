//! Random histories of processes, a server and a network that loses, held against the promises.

mod world;

use super::{Action, Event, Machine, Reply, Request, Settings};
use proptest::prelude::*;
use std::time::Duration;
use world::{GROUPS, World};

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

impl World {
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
            Chance::Flush => self.flush(),
            Chance::Restart => self.restart(),
            Chance::Failover(lost) => self.fail_over(lost),
            Chance::DropLog => self.drop_log(),
            Chance::Wait(ms) => self.wait(ms),
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

#[test]
fn who_leaves_more_to_be_told_asks_to_wake_no_further_and_names_nothing_where_all_is_told() {
    let settings =
        Settings { bound: Duration::from_secs(1), settle: None, origin: "p".into(), seed: 1 };
    let mut machine = Machine::new(settings);
    let mut step = |event| machine.step(event, Duration::ZERO);
    // A session that is idle.
    let state = Reply::State { incarnation: Some("i".into()), count: 0 };
    step(Event::Woken);
    for reply in [Reply::Connected { server: None }, Reply::Subscribed, state] {
        step(Event::Reply(reply));
    }
    let mut publish = |ticket: u64| {
        let groups = vec![format!("[\"m\",\"key\",{ticket}]").into()];
        step(Event::Publish { ticket, groups })
    };
    assert_eq!(publish(1), [Action::Wake]);
    assert!((2..=10_000).all(|ticket| publish(ticket).is_empty()));
    assert!(!machine.tells_everything());
    machine
        .step(Event::Publish { ticket: 10_001, groups: vec![r#"["m"]"#.into()] }, Duration::ZERO);
    assert!(machine.tells_everything());
    machine.step(Event::Publish { ticket: 10_002, groups: Vec::new() }, Duration::ZERO);
    let told = machine.step(Event::Woken, Duration::ZERO);
    let body = crate::message::EVERYTHING.to_owned();
    assert_eq!(told, [Action::Ask(Request::Tell { body })]);
}
