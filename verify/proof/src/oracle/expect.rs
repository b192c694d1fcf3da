//! What a call has to come to: which entries must live, and which computations must be waited for.

use super::link;
use super::query::{End, Key};
use super::record::{Call, Expected, Run, Trust};
use super::trace::Trace;
use std::time::Instant;

/// Whether what a run made can still be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Alive,
    /// It depends on what the trace does not show: see [`Trace::find`].
    Unsure,
    Dead,
}

/// Where a deadline is, as seen from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deadline {
    Ahead,
    /// It lies between the beginning of the run and the return of its call.
    Near,
    Passed,
}

impl Trace {
    /// `actor` calls the function of `key`.
    pub(crate) fn begin_call(&mut self, actor: usize, key: Key) {
        self.keep_the_bound();
        let start = self.moment();
        self.say(actor, || format!("calls {key}"));
        self.used.insert(key);
        self.calls += 1;
        let here = &mut self.actors[actor];
        let asks = std::mem::take(&mut here.bypass_next);
        let mut call = Call {
            key,
            start,
            step: self.step,
            before: self.past,
            touched: here.connection.touched(),
            in_transaction: here.connection.is_in_transaction(),
            off: !self.enabled || here.bypass || asks,
            expected: Expected::Either,
            led: None,
            parent: here.runs.last().copied(),
        };
        if self.exact {
            call.expected = self.expect(&call);
        }
        self.actors[actor].calls.push(call);
    }

    fn expect(&self, call: &Call) -> Expected {
        if call.off {
            return Expected::Miss;
        }
        match self.entry(call) {
            Some(entry) => entry,
            None if call.in_transaction => Expected::Miss,
            None => self.flight(call),
        }
    }

    /// What the entry of the key is to this call; `None` where there can be none for it.
    fn entry(&self, call: &Call) -> Option<Expected> {
        let entry = *self.entries.get(&call.key)?;
        let life = self.life(entry);
        let touched = |run: &&Run| run.groups.shares(call.touched);
        let deadline = self.deadline(entry);
        if life == Life::Dead
            || deadline == Deadline::Passed
            || call.in_transaction && self.chain(entry).iter().any(touched)
        {
            return None;
        }
        let certain =
            life == Life::Alive && deadline == Deadline::Ahead && !self.is_crowded(call.key);
        Some(if certain { Expected::Hit(entry) } else { Expected::Either })
    }

    /// What the computations of the key that are under way are to this call.
    fn flight(&self, call: &Call) -> Expected {
        let mut expected = Expected::Miss;
        let under_way = self.actors.iter().flat_map(|actor| &actor.runs);
        for run in under_way.filter_map(|run| self.run(*run)).filter(|run| run.key == call.key) {
            match (run.joinable, self.life(run.id)) {
                (Some(false), _) | (_, Life::Dead) => {}
                // A body that waits may close a circle, and computes instead.
                (Some(true), Life::Alive) if call.parent.is_none() => {
                    return Expected::Join(run.id);
                }
                _ => expected = Expected::Either,
            }
        }
        expected
    }

    /// The innermost call of `actor` runs its body, as `run`.
    pub(crate) fn lead(&mut self, actor: usize, run: &mut Run) {
        let step = self.step;
        // It waits for this very call, if it is not too old to be waited for.
        let mut outer = self.actors[actor].runs.iter().filter_map(|outer| self.run(*outer));
        let circle = outer.any(|outer| {
            outer.key == run.key
                && outer.joinable == Some(true)
                && self.life(outer.id) == Life::Alive
        });
        let Some(call) = self.actors[actor].calls.last_mut() else { return };
        call.led = Some(run.id);
        let at_once = call.step == step;
        let (expected, nested) = (call.expected, call.parent.is_some());
        run.shared = !call.off && !call.in_transaction && !circle;
        let certain = at_once && expected == Expected::Miss;
        let joinable = certain && !run.key.query.has_one_hash();
        run.joinable = if run.shared { joinable.then_some(true) } else { Some(false) };
        run.unsure = run.shared && nested && !certain;
        let key = run.key;
        match expected {
            Expected::Hit(entry) if self.deadline(entry) == Deadline::Ahead => self.violate(
                actor,
                &format!(
                    "{key} computes, though nothing has ended the entry that run {entry} left"
                ),
            ),
            Expected::Join(flight) if at_once => self.violate(
                actor,
                &format!("{key} computes beside run {flight}, which it must wait for"),
            ),
            _ => {}
        }
    }

    /// Notes the entry that a run leaves, if it does.
    pub(crate) fn store(&mut self, id: u64, end: End) {
        let Some(run) = self.run(id) else { return };
        let (key, shared) = (run.key, run.shared);
        if shared && key.query.stores(end) && self.life(id) != Life::Dead {
            self.entries.insert(key, id);
        }
    }

    /// `actor` has come to a stop: a call that waits may only wait for what it may join.
    pub(crate) fn end_step(&mut self, actor: usize) {
        let Some(call) = self.actors[actor].calls.last() else { return };
        if call.led.is_some() || call.step != self.step {
            return;
        }
        let key = call.key;
        let what = match call.expected {
            Expected::Hit(entry) => {
                format!("{key} waits, though nothing has ended the entry that run {entry} left")
            }
            Expected::Miss => format!("{key} waits for a computation that is known to be too old"),
            Expected::Join(_) | Expected::Either => return,
        };
        self.violate(actor, &what);
    }

    fn life(&self, id: u64) -> Life {
        let chain = self.chain(id);
        let ended = |run: &&Run| {
            run.in_transaction
                || self.begun.clears[run.key.function()] > run.start
                || run.groups.numbers().any(|number| self.begun.invalidations[number] > run.start)
        };
        if chain.is_empty() || chain.iter().any(ended) {
            Life::Dead
        } else if chain.iter().any(|run| run.unsure || run.trust == Trust::Limits) {
            Life::Unsure
        } else {
            Life::Alive
        }
    }

    fn deadline(&self, id: u64) -> Deadline {
        let now = Instant::now();
        let mut deadline = Deadline::Ahead;
        for run in self.chain(id) {
            if run.trust == Trust::Limits && now > link::deadline(run.began) {
                return Deadline::Passed;
            }
            let Some(ttl) = run.key.query.ttl() else { continue };
            match run.returned {
                Some(returned) if now >= returned + ttl => return Deadline::Passed,
                _ if now >= run.began + ttl => deadline = Deadline::Near,
                _ => {}
            }
        }
        deadline
    }

    /// Whether more keys were used than the function has room for.
    fn is_crowded(&self, key: Key) -> bool {
        let same = |used: &&Key| used.function() == key.function();
        key.query.room().is_some_and(|room| self.used.iter().filter(same).count() > room)
    }
}
