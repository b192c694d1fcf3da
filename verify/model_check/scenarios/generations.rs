//! Generations, without calls: cells, tables, and entries of many dependencies.

use super::super::explore::{Search, explore};
use super::super::world::{Book, Row, Work, invalidation, row, together, with};
use crate::clock::Timestamp;
use crate::generations::{
    AnyGeneration, ChangeCount, Dependencies, DependencySet, Generation, GenerationTable,
    KeyedGenerations,
};
use crate::groups::{Group, Groups as _, Invalidation, member, whole};
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
        Invalidation::run(|invalidation| invalidation.apply_to_keys(&KEYED));
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

static KEYED: KeyedGenerations<u32> = KeyedGenerations::new();

fn take_member(dependencies: &mut DependencySet) {
    KEYED.collect_key_into(&1, dependencies);
}

#[test]
fn model_late_take_of_a_member() {
    let invalidation = || {
        Invalidation::run(|invalidation| invalidation.apply_to_key(&KEYED, &1));
    };
    check_late("late take of a member, its invalidation", Search::All, take_member, invalidation);
}

#[test]
fn model_late_take_and_the_end_of_all() {
    let end = || {
        Invalidation::run(|invalidation| invalidation.apply_to_keys(&KEYED));
    };
    check_late("late take of a member, end of all", Search::All, take_member, end);
}

#[test]
fn model_late_take_of_the_model() {
    let take = |dependencies: &mut DependencySet| whole::<Book>().collect_into(dependencies);
    check_late("late take of the model, invalidation", Search::All, take, invalidation);
}

#[test]
fn model_late_take_of_both() {
    let take = |dependencies: &mut DependencySet| {
        (whole::<Book>(), (member::<Book>(1), ())).collect_into(dependencies);
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
                Book::generations().collect_member_into(&1, &mut dependencies);
                taken.lock().push(dependencies);
            })
        };
        together([take(&taken), take(&taken), with(&row, |_| invalidation())]);
        // Whatever lives is what an invalidation finds.
        invalidation();
        assert!(taken.lock().iter().all(|dependencies| !dependencies.are_alive()));
    });
}

static CHANGES: ChangeCount = ChangeCount::new();

/// A table, and the generation with which all of its own end.
struct Table {
    table: GenerationTable<u32>,
    parent: Arc<Generation>,
}

impl Table {
    fn new() -> Arc<Self> {
        let parent = Generation::begin(&CHANGES);
        Arc::new(Self { table: GenerationTable::new(), parent })
    }

    fn take(&self, key: u32) -> AnyGeneration {
        let parent = || Arc::clone(&self.parent);
        let hash = self.table.hash(&key);
        AnyGeneration::OfKey(self.table.get_or_begin(&key, hash, parent))
    }

    fn end(&self, key: u32) {
        self.table.end_live(&key, self.table.hash(&key), Timestamp::next());
    }
}

#[test]
fn model_sweep_against_take_and_invalidate() {
    explore("sweep against take and invalidation", Search::Preemptions(3), || {
        let table = Table::new();
        (1..=3).for_each(|key| drop(table.take(key)));
        let at = |work: fn(&Table)| -> Work {
            let table = Arc::clone(&table);
            Box::new(move || work(&table))
        };
        together([
            // The fourth generation: everything that nothing uses is swept.
            at(|table| drop(table.take(4))),
            at(|table| {
                let generation = table.take(1);
                table.end(1);
                assert!(
                    !generation.is_alive(),
                    "an invalidation has missed what was taken before it"
                );
            }),
            at(|table| {
                let generation = table.take(1);
                let again = table.take(1);
                let both = generation.is_alive() && again.is_alive();
                assert!(!both || generation.address() == again.address(), "one group lives twice");
            }),
        ]);
    });
}

#[test]
fn model_sweeps_at_once() {
    explore("two sweeps, and what is used", Search::Preemptions(3), || {
        let table = Table::new();
        let used = table.take(1);
        drop(table.take(2));
        drop(table.take(3));
        let at = |key: u32| -> Work {
            let table = Arc::clone(&table);
            Box::new(move || drop(table.take(key)))
        };
        together([at(4), at(5)]);
        assert!(used.is_alive(), "what an entry uses was swept");
        assert!(used.address() == table.take(1).address(), "what an entry uses was dropped");
    });
}

#[test]
fn model_many_dependencies() {
    explore("many dependencies against two invalidations", Search::Preemptions(3), || {
        static OTHER: ChangeCount = ChangeCount::new();
        let row = Arc::new(Row::default());
        let generations: Vec<_> =
            (0..9).map(|at| Generation::begin(if at == 0 { &OTHER } else { &CHANGES })).collect();
        let (first, last) = (Arc::clone(&generations[0]), Arc::clone(&generations[8]));
        let entry = Arc::new(Dependencies::new(
            generations.into_iter().map(AnyGeneration::OfCell).collect(),
        ));
        let end = |generation: Arc<Generation>, changes: &'static ChangeCount| {
            with(&row, move |row| {
                row.write(1, || {
                    generation.end(Timestamp::next());
                    changes.increment();
                });
            })
        };
        let read = Arc::clone(&entry);
        let read = with(&row, move |row| {
            for _ in 0..2 {
                row.check(|_| u64::from(!read.are_alive()));
            }
        });
        together([read, end(first, &OTHER), end(last, &CHANGES)]);
        assert!(!entry.are_alive());
    });
}
