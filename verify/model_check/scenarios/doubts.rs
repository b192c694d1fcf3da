//! Doubts: whatever is taken while an invalidation leaves its group in doubt has ended, or has a deadline.
//!
//! What becomes of a deadline needs no scenario: it lies in the frame and in the entry, which no invalidation changes.

use super::super::explore::{Search, explore};
use super::super::world::Work;
use crate::generations::dependency_set::Basis;
use crate::generations::doubt;
use crate::generations::invalidation::Invalidation;
use crate::generations::keyed::{AnyFamily as _, Family};
use crate::sync::{Arc, Mutex};
use shuttle::thread;
use std::time::Duration;

static FAMILY: Family<u32> = Family::new();

/// A body takes its group, at once or after it has begun, while `end` leaves the group in doubt.
fn check(name: &str, search: Search, begin: fn(&mut Basis), end: fn(&mut Invalidation)) {
    explore(name, search, move || {
        // Longer than any execution takes.
        crate::set_doubt(Duration::from_secs(3_600));
        doubt::forget_all();
        FAMILY.forget_doubts();
        Invalidation::run(|invalidation| FAMILY.end_all(invalidation));
        Invalidation::run(|invalidation| FAMILY.end(&1, invalidation));
        let taken = Arc::new(Mutex::new(None));
        let body = Arc::clone(&taken);
        let work: [Work; 2] = [
            Box::new(move || {
                let mut basis = Basis::new();
                begin(&mut basis);
                FAMILY.take(&1, &mut basis);
                *body.lock() = Some(basis);
            }),
            Box::new(move || {
                Invalidation::run_after(true, end);
            }),
        ];
        let threads = work.map(thread::spawn);
        for thread in threads {
            thread.join().expect("a panic ends the execution");
        }
        let basis = taken.lock().take().expect("the body has run");
        // What was in no doubt: the body took it before the invalidation, or else did not see its doubt.
        let kept = !basis.is_outdated() && basis.are_alive() && basis.deadline().kept().is_none();
        assert!(!kept, "what is taken while it is in doubt would be kept");
    });
}

fn at_once(_: &mut Basis) {}

fn end_member(invalidation: &mut Invalidation) {
    FAMILY.end(&1, invalidation);
}

fn end_all(invalidation: &mut Invalidation) {
    FAMILY.end_all(invalidation);
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
        Basis::body_begins,
        end_member,
    );
}

#[test]
fn model_late_take_of_a_member_and_the_doubt_of_all() {
    check(
        "late take of a member, doubt of all",
        Search::Preemptions(4),
        Basis::body_begins,
        end_all,
    );
}
