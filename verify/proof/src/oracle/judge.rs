//! The judgement of an answer, when its call returns.

use super::group::Group;
use super::query::{Answer, End};
use super::record::{Call, Expected, Role, Run};
use super::trace::Trace;
use super::world::{Stamp, is_provisional};

impl Trace {
    /// The innermost call of `actor` returns `answer`. Returns the run that made the answer.
    pub(crate) fn end_call(&mut self, actor: usize, answer: &Answer) -> Option<u64> {
        let call = self.actors[actor].calls.pop()?;
        let key = call.key;
        if let Some(led) = call.led {
            self.run_returned(led);
        }
        let made = self.judge(actor, &call, answer).and_then(|run| Self::was_due(&call, run));
        match made {
            Ok(run) => {
                self.say(actor, || format!("{key} answers with run {run}"));
                if call.led.is_none() {
                    self.use_run(actor, run);
                }
                self.check_room(actor, &call);
                Some(run)
            }
            Err(what) => {
                self.violate(actor, &what);
                None
            }
        }
    }

    /// The innermost call of `actor` is given up.
    pub(crate) fn drop_call(&mut self, actor: usize) {
        self.actors[actor].calls.pop();
    }

    /// A function has no more entries than room: so many keys can be hit before it computes again.
    fn check_room(&mut self, actor: usize, call: &Call) {
        let Some(room) = call.key.query.room() else { return };
        let hit = self.hit.entry(call.key.function()).or_default();
        if call.led.is_some() {
            hit.clear();
        } else if self.exact && call.step == self.step {
            // Answered at once, and so by an entry.
            hit.insert(call.key);
        }
        if hit.len() > room {
            let what =
                format!("{} is one of {} entries, with room for {room}", call.key, hit.len());
            self.violate(actor, &what);
        }
    }

    /// Whether there was anything left that could answer.
    fn was_due(call: &Call, run: u64) -> Result<u64, String> {
        if call.led.is_none() && call.expected == Expected::Miss {
            let key = call.key;
            return Err(format!("{key} answers with run {run}, of which nothing can be left"));
        }
        Ok(run)
    }

    /// The run that made the answer, or what is wrong with it.
    fn judge(&self, actor: usize, call: &Call, answer: &Answer) -> Result<u64, String> {
        let key = call.key;
        // An answer that names its run, or that came from the call's own, is of that run.
        if let Some(run) = answer.run.or(call.led) {
            let run =
                self.run(run).ok_or_else(|| format!("{key} answers of an earlier program"))?;
            return self.check(actor, call, run, answer.end).map(|()| run.id);
        }
        // `None` may be of any run that returned it; one that may be served is enough.
        let mut first = Err(format!("{key} answers what no body has returned"));
        for run in self.runs().filter(|run| run.key == key && is_over(run, answer.end)) {
            match self.check(actor, call, run, answer.end) {
                Ok(()) => return Ok(run.id),
                Err(_) if first.is_ok() => {}
                wrong => first = first.and(wrong.map(|()| run.id)),
            }
        }
        first
    }

    fn check(&self, actor: usize, call: &Call, run: &Run, end: End) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("{} answers with run {}, {what}", call.key, run.id));
        if run.key != call.key {
            return wrong(&format!("which is of {}", run.key));
        }
        if call.led.is_some_and(|led| led != run.id) {
            return wrong("though it has computed itself");
        }
        if run.role == Role::Reference || !is_over(run, end) {
            return wrong("which has not returned that");
        }
        if call.led.is_none() {
            if call.off {
                return wrong("though caching is off for it");
            }
            if !run.shared
                || run.in_transaction
                || end == End::Failed && !call.key.query.stores(end)
            {
                return wrong("which is for its own caller only");
            }
        }
        for part in self.chain(run.id) {
            let own = part.actor == actor && part.start > call.start;
            let what = if own { None } else { old_part(call, part) };
            let what = what.or_else(|| self.old_read(actor, call, part, own));
            if let Some(what) = what {
                return wrong(&format!("in which run {} of {} {what}", part.id, part.key));
            }
        }
        Ok(())
    }

    /// What is wrong with what `part` read.
    fn old_read(&self, actor: usize, call: &Call, part: &Run, own: bool) -> Option<String> {
        let connection = &self.actors[actor].connection;
        let old = |(group, stamp): &(Group, Stamp)| {
            let (group, stamp) = (*group, *stamp);
            let needed = call.before.stamps[group.number()];
            if is_provisional(stamp) {
                let current = connection.own_stamp(group) == Some(stamp);
                return (!own || !current)
                    .then(|| format!("read of {group} what was not committed"));
            }
            if call.in_transaction && connection.own_stamp(group).is_some() {
                return Some(format!("misses what its own transaction wrote to {group}"));
            }
            (stamp < needed).then(|| {
                format!("read {group} at write {stamp}, after which write {needed} was invalidated")
            })
        };
        part.read.iter().find_map(old)
    }

    /// Whether `run` has read what the uncached function reads, as noted for `reference`.
    pub(crate) fn compare(&mut self, actor: usize, run: u64, reference: u64) {
        let ended = |id| self.run(id).and_then(|run| run.ended);
        if (self.all_read(run), ended(run)) != (self.all_read(reference), ended(reference)) {
            let key = self.run(reference).map(|run| run.key.to_string()).unwrap_or_default();
            let what =
                format!("{key} answers with run {run}, not what the uncached function gives");
            self.violate(actor, &what);
        }
    }

    fn all_read(&self, run: u64) -> Vec<(usize, Stamp)> {
        let read = self.chain(run).into_iter().flat_map(|run| &run.read);
        let mut read: Vec<_> = read.map(|(group, stamp)| (group.number(), *stamp)).collect();
        read.sort_unstable();
        read.dedup();
        read
    }
}

/// What is wrong with a part of an answer that was there before.
fn old_part(call: &Call, part: &Run) -> Option<String> {
    let invalidated = |group: &Group| call.before.invalidations[group.number()] > part.start;
    if let Some(group) = part.groups.iter().find(invalidated) {
        return Some(format!(
            "began before an invalidation of {group} that had returned before the call"
        ));
    }
    if call.before.clears[part.key.function()] > part.start {
        return Some("began before its function was cleared".to_owned());
    }
    if part.groups.shares(call.touched) {
        return Some("depends on what the transaction has touched".to_owned());
    }
    None
}

fn is_over(run: &Run, end: End) -> bool {
    run.ended == Some(end)
}
