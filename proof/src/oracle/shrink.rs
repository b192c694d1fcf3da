//! Makes a failing program shorter while it still fails.

use super::op::Op;
use super::program::{Mode, Program, What};
use super::run::{Outcome, run};

/// How many programs are tried at most.
const TRIES: usize = 3_000;

/// How often a program of threads is tried, which need not fail each time.
const REPEATS: usize = 20;

/// The shortest failing program that was found, and what came of it.
pub(crate) fn shrink(program: Program) -> (Program, Outcome) {
    let mut shortest = program;
    let mut tries = 0;
    'shorter: loop {
        for candidate in shorter(&shortest) {
            tries += 1;
            if tries > TRIES {
                break 'shorter;
            }
            if fails(&candidate, false).is_some() {
                shortest = candidate;
                continue 'shorter;
            }
        }
        break;
    }
    let outcome = fails(&shortest, true).unwrap_or_default();
    (shortest, outcome)
}

/// What came of `program`, if it fails.
fn fails(program: &Program, with_lines: bool) -> Option<Outcome> {
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
        for ops in shorter_ops(&program.actors[actor]) {
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

fn shorter_ops(ops: &[Op]) -> Vec<Vec<Op>> {
    let mut all = Vec::new();
    for part in parts(ops.len()) {
        let mut fewer = ops.to_vec();
        fewer.drain(part);
        all.push(fewer);
    }
    for (at, op) in ops.iter().enumerate() {
        let Op::Transaction { how, ops: inner, end } = op else { continue };
        let mut without = ops.to_vec();
        without.splice(at..=at, inner.iter().cloned());
        all.push(without);
        for ops_inside in shorter_ops(inner) {
            let mut smaller = ops.to_vec();
            smaller[at] = Op::Transaction { how: *how, ops: ops_inside, end: *end };
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
