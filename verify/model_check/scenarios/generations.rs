//! Generations, without calls: slots, families, the roll, and entries of many dependencies.

use super::super::explore::{Search, explore};
use super::super::world::{Book, Row, Work, invalidation, row, together, with};
use crate::clock::Timestamp;
use crate::generations::DependencySet;
use crate::generations::GenerationTable;
use crate::generations::{AnyKeyed as _, KeyedGenerations};
use crate::generations::{ChangeCount, Dependencies, Generation, GroupId};
use crate::groups::Invalidation;
use crate::groups::{Group, Groups as _, member, whole};
use crate::sync::{Arc, Mutex};

/// A body that reads and then learns that it depends on what `take` takes.
fn late(row: &Row, take: impl FnOnce(&mut DependencySet)) -> (u64, DependencySet) {
    let mut dependencies = DependencySet::new();
    dependencies.body_begins();
    let value = row.read();
    take(&mut dependencies);
    (value, dependencies)
}

/// What may be stored is what the row is now.
fn check_late(name: &str, search: Search, take: fn(&mut DependencySet), invalidation: fn()) {
    explore(name, search, move || {
        let row = row();
        Invalidation::run(|invalidation| FAMILY.end_all(invalidation));
        let found = Arc::new(Mutex::new(None));
        let body = Arc::clone(&found);
        together([
            with(&row, move |row| {
                let learned = late(row, take);
                *body.lock() = Some(learned);
            }),
            with(&row, move |row| row.write(1, invalidation)),
        ]);
        let (value, dependencies) = found.lock().take().expect("the body has run");
        let stored = !dependencies.is_tainted() && dependencies.are_alive();
        assert!(value == 1 || !stored, "what was read before the invalidation would be stored");
    });
}

static FAMILY: KeyedGenerations<u32> = KeyedGenerations::new();

fn take_member(dependencies: &mut DependencySet) {
    FAMILY.take(&1, dependencies);
}

#[test]
fn model_late_take_of_a_member() {
    let invalidation = || {
        Invalidation::run(|invalidation| FAMILY.end(&1, invalidation));
    };
    check_late("late take of a member, its invalidation", Search::All, take_member, invalidation);
}

#[test]
fn model_late_take_and_the_end_of_all() {
    let end = || {
        Invalidation::run(|invalidation| FAMILY.end_all(invalidation));
    };
    check_late("late take of a member, end of all", Search::All, take_member, end);
}

#[test]
fn model_late_take_of_the_model() {
    let take = |dependencies: &mut DependencySet| whole::<Book>().take(dependencies);
    check_late("late take of the model, invalidation", Search::All, take, invalidation);
}

#[test]
fn model_late_take_of_both() {
    let take = |dependencies: &mut DependencySet| {
        (whole::<Book>(), (member::<Book>(1), ())).take(dependencies)
    };
    check_late(
        "late take of model and member, invalidation",
        Search::Preemptions(4),
        take,
        invalidation,
    );
}

#[test]
fn model_takes_at_once() {
    explore("two takes and an invalidation of one key", Search::Preemptions(3), || {
        let row = row();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let take = |taken: &Arc<Mutex<Vec<DependencySet>>>| -> Work {
            let taken = Arc::clone(taken);
            Box::new(move || {
                let mut dependencies = DependencySet::new();
                Book::ledger().take_member(&1, &mut dependencies);
                taken.lock().push(dependencies);
            })
        };
        together([take(&taken), take(&taken), with(&row, |_| invalidation())]);
        // Whatever lives is what an invalidation finds.
        invalidation();
        assert!(taken.lock().iter().all(|dependencies| !dependencies.are_alive()));
    });
}

static PULSE: ChangeCount = ChangeCount::new();

fn generation() -> Arc<Generation> {
    Generation::begin(GroupId(0), &PULSE)
}

fn take(roll: &GenerationTable<u32>, key: u32) -> Arc<Generation> {
    roll.take(&key, roll.hash(&key), generation)
}

#[test]
fn model_sweep_against_take_and_invalidate() {
    explore("sweep against take and invalidation", Search::Preemptions(3), || {
        let roll = Arc::new(GenerationTable::new());
        (1..=3).for_each(|key| drop(take(&roll, key)));
        let at = |work: fn(&GenerationTable<u32>)| -> Work {
            let roll = Arc::clone(&roll);
            Box::new(move || work(&roll))
        };
        together([
            // The fourth place: everything that nothing uses is swept.
            at(|roll| drop(take(roll, 4))),
            at(|roll| {
                let generation = take(roll, 1);
                roll.end(&1, roll.hash(&1), Timestamp::next());
                assert!(
                    !generation.is_alive(),
                    "an invalidation has missed what was taken before it"
                );
            }),
            at(|roll| {
                let generation = take(roll, 1);
                let again = take(roll, 1);
                let both = generation.is_alive() && again.is_alive();
                assert!(!both || Arc::ptr_eq(&generation, &again), "one group lives twice");
            }),
        ]);
    });
}

#[test]
fn model_sweeps_at_once() {
    explore("two sweeps, and what is used", Search::Preemptions(3), || {
        let roll = Arc::new(GenerationTable::new());
        let used = take(&roll, 1);
        drop(take(&roll, 2));
        drop(take(&roll, 3));
        let at = |key: u32| -> Work {
            let roll = Arc::clone(&roll);
            Box::new(move || drop(take(&roll, key)))
        };
        together([at(4), at(5)]);
        assert!(used.is_alive(), "what an entry uses was swept");
        assert!(Arc::ptr_eq(&used, &take(&roll, 1)), "what an entry uses was dropped");
    });
}

#[test]
fn model_many_dependencies() {
    explore("many dependencies against two invalidations", Search::Preemptions(3), || {
        static OTHER: ChangeCount = ChangeCount::new();
        let row = Arc::new(Row::default());
        let generations: Vec<_> = (0..9)
            .map(|at| Generation::begin(GroupId(at), if at == 0 { &OTHER } else { &PULSE }))
            .collect();
        let (first, last) = (Arc::clone(&generations[0]), Arc::clone(&generations[8]));
        let entry = Arc::new(Dependencies::new(generations.into()));
        let end = |generation: Arc<Generation>, pulse: &'static ChangeCount| {
            with(&row, move |row| {
                row.write(1, || {
                    generation.end(Timestamp::next());
                    pulse.increment();
                });
            })
        };
        let read = Arc::clone(&entry);
        let read = with(&row, move |row| {
            for _ in 0..2 {
                row.check(|_| u64::from(!read.are_alive()));
            }
        });
        together([read, end(first, &OTHER), end(last, &PULSE)]);
        assert!(!entry.are_alive());
    });
}
