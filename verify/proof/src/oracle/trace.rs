//! What happens while a program runs: runs of bodies, calls, invalidations, in one order.

use super::change::Row;
use super::group::{Group, Groups};
use super::link::Missed;
use super::op::TxKind;
use super::query::{End, FUNCTIONS, Key};
use super::record::{Actor, Moment, Past, Role, Run, Trust};
use super::world::{Stamp, World};
use std::collections::{HashMap, HashSet};
use std::time::Instant;

/// Everything that has happened, and the database.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) world: World,
    pub(crate) actors: Vec<Actor>,
    /// Whether the order of events is exact: one actor moves at a time and is seen to stop.
    pub(crate) exact: bool,
    pub(crate) enabled: bool,
    /// The steps of the scheduler.
    pub(crate) step: u64,
    moment: Moment,
    pub(crate) calls: u64,
    /// What has returned.
    pub(crate) past: Past,
    /// What has begun.
    pub(crate) begun: Past,
    first_run: u64,
    runs: Vec<Run>,
    /// The run that left the entry of a key.
    pub(crate) entries: HashMap<Key, u64>,
    /// For each function with room for few: the keys that were hit since its body last ran.
    pub(crate) hit: HashMap<usize, HashSet<Key>>,
    /// The keys that were asked for.
    pub(crate) used: HashSet<Key>,
    pub(crate) is_link_trusted: bool,
    /// What another process has changed, and this one has not heard of.
    pub(crate) missed: Vec<Missed>,
    pub(crate) violation: Option<String>,
    /// A line for each event, if they are wanted.
    pub(crate) lines: Option<Vec<String>>,
}

impl Trace {
    /// Of a world in which nothing has happened. Runs are numbered on from `first_run`.
    pub(crate) fn new(world: World, actors: usize, first_run: u64, exact: bool) -> Self {
        Self {
            world,
            actors: (0..actors).map(|_| Actor::default()).collect(),
            exact,
            enabled: true,
            step: 0,
            moment: 0,
            calls: 0,
            past: Past::NOTHING,
            begun: Past::NOTHING,
            first_run,
            runs: Vec::new(),
            entries: HashMap::new(),
            hit: HashMap::new(),
            used: HashSet::new(),
            is_link_trusted: true,
            missed: Vec::new(),
            violation: None,
            lines: None,
        }
    }

    pub(crate) fn now(&self) -> Moment {
        self.moment
    }

    /// The next moment.
    pub(crate) fn moment(&mut self) -> Moment {
        self.moment += 1;
        self.moment
    }

    pub(crate) fn say(&mut self, actor: usize, what: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{}: {}", name(actor), what()));
        }
    }

    /// Notes a violation; the first one stands.
    pub(crate) fn violate(&mut self, actor: usize, what: &str) {
        self.say(actor, || format!("VIOLATION: {what}"));
        self.violation.get_or_insert_with(|| format!("{}: {what}", name(actor)));
    }

    pub(crate) fn run(&self, id: u64) -> Option<&Run> {
        self.runs.get(usize::try_from(id.checked_sub(self.first_run)?).ok()?)
    }

    fn run_mut(&mut self, id: u64) -> Option<&mut Run> {
        self.runs.get_mut(usize::try_from(id.checked_sub(self.first_run)?).ok()?)
    }

    /// The number of the next run.
    pub(crate) fn next_run(&self) -> u64 {
        self.first_run + self.runs.len() as u64
    }

    /// Whether the body that runs in `actor` was called within itself.
    pub(crate) fn is_recursion(&self, actor: usize) -> bool {
        let mut keys = self.actors[actor].runs.iter().rev().filter_map(|run| self.run(*run));
        let current = keys.next().map(|run| run.key);
        keys.any(|outer| Some(outer.key) == current)
    }

    /// All runs, the last one first.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().rev()
    }

    /// The run and those whose values are in its value.
    pub(crate) fn chain(&self, id: u64) -> Vec<&Run> {
        let mut chain: Vec<&Run> = self.run(id).into_iter().collect();
        let mut next = 0;
        while let Some(run) = chain.get(next).copied() {
            for used in run.uses.iter().filter_map(|used| self.run(*used)) {
                if !chain.iter().any(|known| known.id == used.id) {
                    chain.push(used);
                }
            }
            next += 1;
        }
        chain
    }

    /// What `actor`'s connection sees: the rows of `group`, or whatever `look` makes of the data.
    pub(crate) fn read<R>(
        &mut self,
        actor: usize,
        run: u64,
        group: Group,
        look: impl FnOnce(&super::world::Data) -> R,
    ) -> R {
        let connection = &self.actors[actor].connection;
        let stamp = self.world.stamp(connection, group);
        let result = look(&self.world.data(connection));
        if let Some(run) = self.run_mut(run) {
            run.read.push((group, stamp));
        }
        self.say(actor, || format!("run {run} reads {group}"));
        result
    }

    /// A body learns that it depends on `group`.
    ///
    /// Where another group of the same model was invalidated since the body began, the dependency may be
    /// refused, so nothing is certain of what becomes of the value.
    pub(crate) fn find(&mut self, id: u64, group: Group) {
        let (invalidations, in_distrust) = (self.begun.invalidations, !self.is_link_trusted);
        let Some(run) = self.run_mut(id) else { return };
        let start = run.start;
        let of_model = |other: &Group| other.model() == group.model();
        let neighbour =
            Group::all().filter(of_model).any(|other| invalidations[other.number()] > start);
        run.groups = run.groups.and(Groups::of([group]));
        run.unsure |= neighbour;
        if in_distrust && group.is_shared() && run.trust == Trust::Withheld {
            run.trust = Trust::Limits;
        }
    }

    /// The body of the innermost call of `actor` begins.
    pub(crate) fn begin_run(&mut self, actor: usize, key: Key, role: Role) -> u64 {
        let id = self.next_run();
        let start = self.moment();
        let mut run = Run {
            id,
            key,
            actor,
            start,
            groups: key.query.declares(),
            uses: Vec::new(),
            read: Vec::new(),
            shared: role == Role::Cached,
            in_transaction: self.actors[actor].connection.is_in_transaction(),
            joinable: Some(false),
            unsure: false,
            trust: match self.is_link_trusted {
                true => Trust::Given,
                false if key.query.declares().iter().any(Group::is_shared) => Trust::Limits,
                false => Trust::Withheld,
            },
            role,
            began: Instant::now(),
            ended: None,
            returned: None,
        };
        if role == Role::Cached {
            self.lead(actor, &mut run);
        }
        self.say(actor, || format!("run {id} of {key} begins ({role:?})"));
        self.runs.push(run);
        self.actors[actor].runs.push(id);
        id
    }

    /// The body of `run` is over.
    pub(crate) fn end_run(&mut self, actor: usize, id: u64, end: End) {
        self.actors[actor].runs.pop();
        let Some(run) = self.run_mut(id) else { return };
        run.ended = Some(end);
        let (key, role) = (run.key, run.role);
        self.say(actor, || format!("run {id} of {key} ends: {end:?}"));
        let parent = self.actors[actor].runs.last().copied();
        // Whatever became of it, its caller has been told what it depends on.
        if let Some(parent) = parent.and_then(|parent| self.run_mut(parent)) {
            parent.uses.push(id);
        }
        if role == Role::Cached {
            self.store(id, end);
        }
    }

    /// The call that ran the body has returned.
    pub(crate) fn run_returned(&mut self, id: u64) {
        if let Some(run) = self.run_mut(id) {
            run.returned = Some(Instant::now());
        }
    }

    /// The body that runs in `actor` has used the value of `run`.
    pub(crate) fn use_run(&mut self, actor: usize, run: u64) {
        let parent = self.actors[actor].runs.last().copied();
        if let Some(parent) = parent.and_then(|parent| self.run_mut(parent)) {
            parent.uses.push(run);
        }
    }

    /// What runs in `actor` is inside of a transaction from here on.
    pub(crate) fn enter_transaction(&mut self, actor: usize, kind: TxKind) {
        self.actors[actor].connection.begin(kind);
        for id in self.actors[actor].runs.clone() {
            if let Some(run) = self.run_mut(id) {
                run.in_transaction = true;
            }
        }
    }

    /// An invalidation of `groups` begins, or is held back.
    pub(crate) fn invalidation_begins(&mut self, actor: usize, groups: Groups) -> Moment {
        let moment = self.moment();
        let held = self.actors[actor].connection.is_in_transaction();
        if groups != Groups::NONE {
            let what = if held { "holds back" } else { "invalidations" };
            self.say(actor, || format!("{what} {groups}"));
        }
        if !held {
            groups.numbers().for_each(|number| self.begun.invalidations[number] = moment);
        }
        moment
    }

    /// An invalidation of `groups` has happened after `since`, nobody saw when: what made it was given up.
    /// Returns a moment before it.
    pub(crate) fn invalidation_went_unnoticed(
        &mut self,
        actor: usize,
        groups: Groups,
        since: Moment,
    ) -> Moment {
        let now = self.invalidation_begins(actor, groups);
        // Where one actor moves at a time, nothing has happened in between.
        if self.exact { now } else { since }
    }

    /// An invalidation that began at `moment` has returned.
    pub(crate) fn invalidation_returned(&mut self, groups: Groups, moment: Moment) {
        for number in groups.numbers() {
            let last = &mut self.past.invalidations[number];
            *last = moment.max(*last);
        }
    }

    /// The function of `key`, or all, is being cleared.
    pub(crate) fn clear_begins(&mut self, actor: usize, key: Option<Key>) -> Moment {
        let moment = self.moment();
        self.say(actor, || key.map_or("clears all".to_owned(), |key| format!("clears {key}")));
        functions(key).for_each(|function| self.begun.clears[function] = moment);
        moment
    }

    /// A clearing that began at `moment` has returned.
    pub(crate) fn clear_returned(&mut self, key: Option<Key>, moment: Moment) {
        for function in functions(key) {
            let last = &mut self.past.clears[function];
            *last = moment.max(*last);
        }
    }

    /// The invalidation for a write has returned: from here on everybody must see it.
    pub(crate) fn settle(&mut self, groups: Groups, stamp: Stamp) {
        for number in groups.numbers() {
            let last = &mut self.past.stamps[number];
            *last = stamp.max(*last);
        }
    }

    /// The photos in `group` that are committed or `actor`'s own.
    pub(crate) fn rows(&self, actor: usize, group: Group) -> Vec<Row> {
        self.world.data(&self.actors[actor].connection).photos_in(group)
    }
}

/// The function of `key`, or all of them.
fn functions(key: Option<Key>) -> std::ops::Range<usize> {
    key.map_or(0..FUNCTIONS, |key| key.function()..key.function() + 1)
}

fn name(actor: usize) -> char {
    char::from(b'A' + u8::try_from(actor).unwrap_or(25))
}
