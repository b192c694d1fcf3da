//! Trust: whatever a body takes while a link misses something has ended, or has a deadline; and what is told has ended.
//!
//! A link may miss what another process wrote. It then distrusts, and all that it covers ends.

use super::super::explore::{Search, explore};
use super::super::world::{Book, Row, Work, invalidate_all, invalidation, row, together, with};
use crate::generations::DependencySet;
use crate::groups::{Group, Groups, ModelGenerations, member};
use crate::links::{
    BoxFuture, Codec, Covers, Handle, Link, NamedGroup, Receipt, Transport, Unreachable, link,
};
use crate::sync::{Arc, AtomicBool, Ordering};
use std::sync::OnceLock;
use std::time::Duration;

/// The link of this process. Its bound is longer than any execution takes.
fn linked() -> &'static Handle {
    static HANDLE: OnceLock<Handle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let bound = Duration::from_secs(3_600);
        let this = Link { name: "model", bound, covers: Covers::All, transport: Some(&Others) };
        link(this).expect("it is the only one")
    })
}

/// Whether others have been told of anything.
static TOLD: AtomicBool = AtomicBool::new(false);

/// The other processes.
struct Others;

impl Transport for Others {
    fn publish(&self, _: u64, _: Vec<NamedGroup>) {
        TOLD.store(true, Ordering::SeqCst);
    }

    fn acknowledged(&self, _: u64) -> BoxFuture<'_, Result<Receipt, Unreachable>> {
        unreachable!("nobody asks")
    }

    fn fence(&self) -> BoxFuture<'_, Result<(), Unreachable>> {
        unreachable!("nobody asks")
    }

    fn caught_up(&self, _: &Receipt) -> BoxFuture<'_, Result<(), Unreachable>> {
        unreachable!("nobody asks")
    }
}

/// A model that comes into use in each execution anew.
enum Unlisted {}

impl Group for Unlisted {
    type Key = u32;
    type Itself = Self;

    fn generations() -> &'static ModelGenerations<u32> {
        static GENERATIONS: ModelGenerations<u32> =
            ModelGenerations::new("unlisted", Codec::Unknown, None, &[]);
        &GENERATIONS
    }
}

/// When a body takes its group.
#[derive(Clone, Copy)]
enum Takes {
    Before,
    Late,
}

/// What a body would store: the value that it read, and what it rests on.
type Taken = Arc<crate::sync::Mutex<Vec<(u64, DependencySet)>>>;

/// A body that reads the row and depends on `groups`.
fn body(row: &Row, takes: Takes, groups: &impl Groups, taken: &Taken) {
    let mut dependencies = DependencySet::new();
    match takes {
        Takes::Before => {
            groups.collect_into(&mut dependencies);
            dependencies.body_begins();
        }
        Takes::Late => dependencies.body_begins(),
    }
    let value = row.read();
    if let Takes::Late = takes {
        let mut late = dependencies.late();
        groups.collect_into(&mut late);
        dependencies.union(&late);
    }
    taken.lock().push((value, dependencies));
}

/// A body, and beside it what this process misses and what its link makes of that. What others write is not heard of.
fn check(name: &str, takes: Takes, begin: fn(&Handle), miss: fn(&Handle, &Row)) {
    explore(name, Search::Preemptions(2), move || {
        let row = row();
        linked().distrust();
        linked().invalidate_all();
        begin(linked());
        let taken = Taken::default();
        let body_takes = Arc::clone(&taken);
        together([
            with(&row, move |row| body(row, takes, &member::<Book>(1), &body_takes)),
            with(&row, move |row| miss(linked(), row)),
        ]);
        check_kept(&taken, 1);
    });
}

/// What is still used without a deadline has read what was written.
fn check_kept(taken: &Taken, written: u64) {
    for (value, dependencies) in &*taken.lock() {
        let kept = !dependencies.is_tainted()
            && dependencies.are_alive()
            && dependencies.deadline().kept().is_none();
        assert!(!kept || *value == written, "what others have changed would be kept");
    }
}

/// Both ways of taking.
fn check_both(names: [&str; 2], begin: fn(&Handle), miss: fn(&Handle, &Row)) {
    let takes = [Takes::Before, Takes::Late];
    names.into_iter().zip(takes).for_each(|(name, takes)| check(name, takes, begin, miss));
}

#[test]
fn model_distrust_before_a_write() {
    let miss = |link: &Handle, row: &Row| {
        link.distrust();
        row.store(1);
    };
    check_both(["distrust, write", "distrust, write, late"], Handle::trust, miss);
}

#[test]
fn model_distrust_that_is_over() {
    let miss = |link: &Handle, row: &Row| {
        row.store(1);
        link.distrust();
        link.trust();
    };
    check_both(["write, distrust, trust", "write, distrust, trust, late"], Handle::trust, miss);
}

#[test]
fn model_distrust_that_lasts() {
    check_both(["write", "write, late"], |_| (), |_, row| row.store(1));
}

#[test]
fn model_trust_again() {
    let miss = |link: &Handle, row: &Row| {
        row.store(1);
        link.invalidate_all();
        link.trust();
    };
    check_both(["write, trust", "write, trust, late"], |_| (), miss);
}

#[test]
fn model_others_invalidate() {
    let hear = |link: &Handle, row: &Row| {
        row.store(1);
        link.invalidate(&NamedGroup::everything_of("book"));
    };
    check_both(["heard", "heard, late"], Handle::trust, hear);
}

#[test]
fn model_others_invalidate_what_comes_into_use() {
    let bodies = |takes: [Takes; 2]| {
        explore("heard of an unused model", Search::Preemptions(2), move || {
            let row = row();
            linked().invalidate_all();
            linked().trust();
            invalidate_all::<Unlisted>();
            Unlisted::generations().unlist();
            let taken = Taken::default();
            let [one, other] = takes.map(|takes| {
                let taken = Arc::clone(&taken);
                with(&row, move |row| body(row, takes, &member::<Unlisted>(1), &taken))
            });
            let hear = with(&row, |row| {
                row.store(1);
                linked().invalidate(&NamedGroup::everything_of("unlisted"));
            });
            together([one, other, hear]);
            check_kept(&taken, 1);
        });
    };
    bodies([Takes::Before, Takes::Late]);
}

#[test]
fn model_told_after_the_end() {
    explore("told", Search::Preemptions(3), || {
        row();
        linked().trust();
        let mut taken = DependencySet::new();
        member::<Book>(1).collect_into(&mut taken);
        TOLD.store(false, Ordering::SeqCst);
        let looks = move || {
            let told = TOLD.load(Ordering::SeqCst);
            assert!(!told || !taken.are_alive(), "others are told of what has not ended here");
        };
        let work: [Work; 2] = [Box::new(looks), Box::new(invalidation)];
        together(work);
    });
}
