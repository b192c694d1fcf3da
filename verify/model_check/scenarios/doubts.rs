//! Doubts: whatever is taken while an invalidation leaves its group in doubt has ended, or has a deadline.
//!
//! What becomes of a deadline needs no scenario: it lies in the frame and in the entry, which no invalidation changes.

use super::super::explore::{Search, explore};
use super::super::world::Work;
use crate::generations::{DependencySet, KeyedGenerations, forget_all_doubts};
use crate::groups::Invalidation;
use crate::sync::{Arc, Mutex};
use shuttle::thread;
use std::time::Duration;

static KEYED: KeyedGenerations<u32> = KeyedGenerations::new();

/// A body takes its group, at once or after it has begun, while `end` leaves the group in doubt.
fn check(name: &str, search: Search, begin: fn(&mut DependencySet), end: fn(&mut Invalidation)) {
    explore(name, search, move || {
        // Longer than any execution takes.
        crate::set_doubt(Duration::from_secs(3_600));
        forget_all_doubts();
        KEYED.forget_doubts();
        Invalidation::run(|invalidation| invalidation.apply_to_keys(&KEYED));
        Invalidation::run(|invalidation| invalidation.apply_to_key(&KEYED, &1));
        let taken = Arc::new(Mutex::new(None));
        let body = Arc::clone(&taken);
        let work: [Work; 2] = [
            Box::new(move || {
                let mut dependencies = DependencySet::new();
                begin(&mut dependencies);
                KEYED.collect_key_into(&1, &mut dependencies);
                *body.lock() = Some(dependencies);
            }),
            Box::new(move || {
                Invalidation::run_after(true, end);
            }),
        ];
        let threads = work.map(thread::spawn);
        for thread in threads {
            thread.join().expect("a panic ends the execution");
        }
        let dependencies = taken.lock().take().expect("the body has run");
        // What was in no doubt: the body took it before the invalidation, or else did not see its doubt.
        let kept = !dependencies.is_tainted()
            && dependencies.are_alive()
            && dependencies.deadline().kept().is_none();
        assert!(!kept, "what is taken while it is in doubt would be kept");
    });
}

fn at_once(_: &mut DependencySet) {}

fn end_member(invalidation: &mut Invalidation) {
    invalidation.apply_to_key(&KEYED, &1);
}

fn end_all(invalidation: &mut Invalidation) {
    invalidation.apply_to_keys(&KEYED);
}

#[test]
fn model_take_of_a_member_and_its_doubt() {
    check("take of a member, its doubt", Search::Preemptions(4), at_once, end_member);
}

#[test]
fn model_take_of_a_member_and_the_doubt_of_all() {
    check("take of a member, doubt of all", Search::Preemptions(4), at_once, end_all);
}

#[test]
fn model_late_take_of_a_member_and_its_doubt() {
    check(
        "late take of a member, its doubt",
        Search::Preemptions(4),
        DependencySet::body_begins,
        end_member,
    );
}

#[test]
fn model_late_take_of_a_member_and_the_doubt_of_all() {
    check(
        "late take of a member, doubt of all",
        Search::Preemptions(4),
        DependencySet::body_begins,
        end_all,
    );
}
