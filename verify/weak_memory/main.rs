//! What rests on the order of memory accesses, under C11: `loom` tries every execution.
//!
//! `generation.rs`, `dependencies.rs` and `clock.rs` are the runtime's own, over other atomics. `loom` takes `SeqCst` loads
//! and stores for weaker than they are, fences excepted, so what holds here needs no more than
//! acquire, release and the two fences.
//!
//! ```sh
//! RUSTFLAGS="--cfg gcache_model" cargo test -p gcache-runtime --release --test weak_memory
//! ```
#![cfg(gcache_model)]

#[path = "../../gcache-runtime/src/clock.rs"]
#[allow(dead_code, unreachable_pub, reason = "the runtime uses all of it")]
mod clock;
#[path = "../../gcache-runtime/src/generations/dependencies.rs"]
#[allow(dead_code, unreachable_pub, reason = "the runtime uses all of it")]
mod dependencies;
#[path = "../../gcache-runtime/src/generations/generation.rs"]
#[allow(dead_code, unreachable_pub, reason = "the runtime uses all of it")]
mod generation;
#[path = "../../gcache-runtime/src/hashing.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the runtime uses all of it")]
mod hashing;
mod sync;

use clock::{LastTimestamp, Timestamp};
use dependencies::Dependencies;
use generation::{
    AnyGeneration, ChangeCount, Generation, KeyGeneration, advance_epoch, epoch, invalidations,
};
use loom::thread;
use sync::{Arc, AtomicU64, Ordering, explore, fence};

fn generation(changes: &'static ChangeCount) -> Arc<Generation> {
    let generation = Generation::begin(changes);
    // Made by the first who looks, who had better be the first thread.
    assert!(generation.is_alive());
    generation
}

fn entry(generations: impl IntoIterator<Item = AnyGeneration>) -> Arc<Dependencies> {
    Arc::new(Dependencies::new(generations.into_iter().collect()))
}

/// As `GenerationCell::end_current` and `KeyedGenerations::end_key` do.
fn end(generation: &Generation, changes: &ChangeCount) {
    generation.end(Timestamp::next());
    changes.increment();
}

/// What happens after an invalidation has returned, by whatever orders the two, finds the generation ended.
#[test]
fn an_ended_generation_is_seen() {
    explore("an ended generation is seen", || {
        static CHANGES: ChangeCount = ChangeCount::new();
        let generation = generation(&CHANGES);
        let returned = Arc::new(AtomicU64::new(0));
        assert_eq!(returned.load(Ordering::Relaxed), 0);
        let (ending, told) = (Arc::clone(&generation), Arc::clone(&returned));
        let invalidation = thread::spawn(move || {
            end(&ending, &CHANGES);
            told.store(1, Ordering::Release);
        });
        if returned.load(Ordering::Acquire) == 1 {
            assert!(!generation.is_alive());
        }
        invalidation.join().unwrap();
    });
}

/// An entry with many dependencies: while one thread finds them alive and notes the sum of the change counts,
/// another invalidates one of them, and a third something else in another table.
#[test]
fn many_dependencies() {
    explore("many dependencies, invalidations in two tables", || {
        static MINE: ChangeCount = ChangeCount::new();
        static OTHER: ChangeCount = ChangeCount::new();
        let mine = generation(&MINE);
        let others = (0..8).map(|_| generation(&OTHER));
        let generations = std::iter::once(Arc::clone(&mine)).chain(others);
        let entry = entry(generations.map(AnyGeneration::OfCell));
        assert_eq!(MINE.count() + OTHER.count() + invalidations(), 0);
        assert!(entry.are_alive());

        let read = Arc::clone(&entry);
        let reader = thread::spawn(move || {
            read.are_alive();
        });
        let elsewhere = thread::spawn(|| OTHER.increment());
        end(&mine, &MINE);
        assert!(!entry.are_alive(), "stale: the sum of the change counts was seen before");
        reader.join().unwrap();
        elsewhere.join().unwrap();
    });
}

/// An entry of few dependencies, noted as alive by several threads, while it and something else is invalidated.
fn entry_as_seen(name: &str, depends: fn(Arc<Generation>) -> AnyGeneration) {
    explore(name, move || {
        static CHANGES: ChangeCount = ChangeCount::new();
        static ELSEWHERE: ChangeCount = ChangeCount::new();
        let generation = generation(&CHANGES);
        let entry = entry([depends(Arc::clone(&generation))]);
        assert!(entry.are_alive_as_seen());
        assert_eq!(CHANGES.count() + ELSEWHERE.count(), 0);

        let read = Arc::clone(&entry);
        let reader = thread::spawn(move || {
            read.are_alive_as_seen();
        });
        let elsewhere = thread::spawn(|| ELSEWHERE.increment());
        end(&generation, &CHANGES);
        assert!(!entry.are_alive_as_seen(), "stale: it was noted as alive");
        reader.join().unwrap();
        elsewhere.join().unwrap();
    });
}

#[test]
fn an_entry_as_seen() {
    entry_as_seen("an entry noted as alive, and invalidations", AnyGeneration::OfCell);
}

/// The entry depends on a key, and all keys are invalidated.
#[test]
fn an_entry_of_a_key_as_seen() {
    entry_as_seen("an entry of a key noted as alive, and invalidations", |parent| {
        AnyGeneration::OfKey(KeyGeneration::begin(parent, 0, ()))
    });
}

/// The local cache: a thread that has seen its entry alive looks again once anything was invalidated, whatever
/// else is lost meanwhile.
#[test]
fn a_near_entry() {
    explore("a near entry, and invalidations", || {
        static CHANGES: ChangeCount = ChangeCount::new();
        let generation = generation(&CHANGES);
        let returned = Arc::new(AtomicU64::new(0));
        assert_eq!(returned.load(Ordering::Relaxed) + epoch(), 0);
        let (ending, told) = (Arc::clone(&generation), Arc::clone(&returned));
        let invalidation = thread::spawn(move || {
            end(&ending, &CHANGES);
            told.store(1, Ordering::Release);
        });
        let elsewhere = thread::spawn(advance_epoch);
        let now = epoch();
        let seen = generation.is_alive().then_some(now);
        if returned.load(Ordering::Acquire) == 1 {
            assert_ne!(seen, Some(epoch()), "stale: no invalidation was seen");
        }
        invalidation.join().unwrap();
        elsewhere.join().unwrap();
    });
}

/// A dependency that a body learns of after it has read, against the invalidation of what it read: either the
/// invalidation finds the generation, or its timestamp is found. `KeyedGenerations::collect_key_into` and `end_key`, with one bucket.
fn late_dependency(fence: fn()) {
    explore("a late dependency and its invalidation", move || {
        static CHANGES: ChangeCount = ChangeCount::new();
        static INVALIDATED: LastTimestamp = LastTimestamp::new();
        let row = Arc::new(AtomicU64::new(0));
        let place = Arc::new(AtomicU64::new(0));
        let generation = generation(&CHANGES);
        let none = row.load(Ordering::Relaxed) + place.load(Ordering::Relaxed);
        assert_eq!((none, INVALIDATED.get()), (0, Timestamp::NEVER));
        assert!(Timestamp::now() > Timestamp::NEVER);

        let (written, looked_at, found) =
            (Arc::clone(&row), Arc::clone(&place), Arc::clone(&generation));
        let writer = thread::spawn(move || {
            written.store(1, Ordering::Relaxed);
            let timestamp = Timestamp::next();
            INVALIDATED.advance(timestamp);
            fence();
            if looked_at.load(Ordering::Acquire) == 1 {
                found.end(timestamp);
            }
            CHANGES.increment();
        });
        let since = Timestamp::now();
        let value = row.load(Ordering::Relaxed);
        place.store(1, Ordering::Release);
        fence();
        let outdated = INVALIDATED.get() > since;
        writer.join().unwrap();
        let stored = !outdated && generation.is_alive();
        assert!(
            value == 1 || !stored,
            "stale: what was read before the invalidation would be stored"
        );
    });
}

#[test]
fn a_late_dependency() {
    late_dependency(|| fence(Ordering::SeqCst));
}

#[test]
#[should_panic(expected = "stale")]
fn a_late_dependency_needs_its_fences() {
    late_dependency(|| {});
}
