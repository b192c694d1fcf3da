//! Makes a failing program shorter while it still fails.

use super::op::{Op, TxKind};
use super::program::{Mode, Program, What};
use super::run::{Outcome, run};
use std::time::{Duration, Instant};

/// How many programs are tried at most.
const TRIES: usize = 3_000;

/// How long programs are tried at most: one that hangs takes its time.
const TIME: Duration = Duration::from_secs(30);

/// How often a program of threads is tried, which need not fail each time.
const REPEATS: usize = 20;

/// The shortest failing program that was found.
pub(crate) fn shrink(program: Program, fails: impl Fn(&Program) -> bool) -> Program {
    let begin = Instant::now();
    let mut shortest = program;
    let mut tries = 0;
    let mut fails = |candidate: &Program| {
        tries += 1;
        tries <= TRIES && begin.elapsed() < TIME && fails(candidate)
    };
    while let Some(shorter) = shorter(&shortest).into_iter().find(&mut fails) {
        shortest = shorter;
    }
    shortest
}

/// What came of `program`, if it fails.
pub(crate) fn failure(program: &Program, with_lines: bool) -> Option<Outcome> {
    let repeats = if program.mode == Mode::Threads { REPEATS } else { 1 };
    (0..repeats).map(|_| run(program, with_lines)).find(|outcome| outcome.violation.is_some())
}

/// Programs that are a little shorter, the much shorter ones first.
fn shorter(program: &Program) -> Vec<Program> {
    let mut all = Vec::new();
    let mut add = |change: &dyn Fn(&mut Program)| {
        let mut changed = program.clone();
        change(&mut changed);
        all.push(changed);
    };
    for actor in 0..program.actors.len() {
        add(&|program| program.actors[actor].clear());
        for ops in shorter_ops(&program.actors[actor], None) {
            add(&|program| program.actors[actor].clone_from(&ops));
        }
    }
    for part in parts(program.schedule.len()) {
        add(&|program| drop(program.schedule.drain(part.clone())));
    }
    for at in 0..program.schedule.len() {
        if program.schedule[at].what != What::GoesOn {
            add(&|program| program.schedule[at].what = What::GoesOn);
        }
    }
    for row in 0..program.rows.len() {
        add(&|program| {
            program.rows.remove(row);
        });
    }
    all.retain(|candidate| size(candidate) < size(program));
    all
}

/// Fewer of `ops`, which stand in a transaction of this kind, if in any.
fn shorter_ops(ops: &[Op], around: Option<TxKind>) -> Vec<Vec<Op>> {
    let mut all = Vec::new();
    for part in parts(ops.len()) {
        let mut fewer = ops.to_vec();
        fewer.drain(part);
        all.push(fewer);
    }
    for (at, op) in ops.iter().enumerate() {
        let Op::Transaction { kind, how, ops: inner, end } = op else { continue };
        // What is written in a scope is written in a transaction inside of it.
        if around != Some(TxKind::Scope) {
            let mut without = ops.to_vec();
            without.splice(at..=at, inner.iter().cloned());
            all.push(without);
        }
        for ops_inside in shorter_ops(inner, Some(*kind)) {
            let mut smaller = ops.to_vec();
            smaller[at] = Op::Transaction { kind: *kind, how: *how, ops: ops_inside, end: *end };
            all.push(smaller);
        }
    }
    all
}

/// Ranges to leave out, the long ones first.
fn parts(length: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let halves = std::iter::successors(Some(length), |part| (*part > 1).then_some(part / 2));
    halves.filter(|part| *part > 0).flat_map(move |part| {
        (0..length).step_by(part).map(move |start| start..length.min(start + part))
    })
}

fn size(program: &Program) -> usize {
    let special = program.schedule.iter().filter(|turn| turn.what != What::GoesOn).count();
    let ops: usize = program.actors.iter().map(|ops| size_of(ops)).sum();
    100 * ops + 2 * program.schedule.len() + special + program.rows.len()
}

fn size_of(ops: &[Op]) -> usize {
    let size = |op: &Op| match op {
        Op::Transaction { ops, .. } => 1 + size_of(ops),
        _ => 1,
    };
    ops.iter().map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::super::generate::generate;
    use super::*;

    fn clears(ops: &[Op]) -> bool {
        ops.iter().any(|op| match op {
            Op::Clear(_) => true,
            Op::Transaction { ops, .. } => clears(ops),
            _ => false,
        })
    }

    #[test]
    fn nothing_is_left_but_what_fails() {
        let fails = |program: &Program| program.actors.iter().any(|ops| clears(ops));
        let programs = (0..200).map(|seed| generate(seed, None)).filter(|program| fails(program));
        let mut count = 0;
        for program in programs {
            let short = shrink(program, fails);
            assert!(matches!(short.actors.concat().as_slice(), [Op::Clear(_)]), "{short}");
            assert!(short.schedule.is_empty() && short.rows.is_empty(), "{short}");
            count += 1;
        }
        assert!(count > 10, "{count} programs clear something");
    }
}
