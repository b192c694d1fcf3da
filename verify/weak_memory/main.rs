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

#[path = "../../gcache-runtime/src/catch_drop.rs"]
#[allow(dead_code, unreachable_pub, reason = "the runtime uses all of it")]
mod catch_drop;
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
#[path = "../../gcache-runtime/src/generations/keys.rs"]
#[allow(dead_code, unreachable_pub, reason = "the runtime uses all of it")]
mod keys;
#[path = "../../gcache-runtime/src/generations/node.rs"]
#[allow(dead_code, unreachable_pub, reason = "the runtime uses all of it")]
mod node;
mod sync;

use catch_drop::DropGuard;
use clock::{LastTimestamp, Timestamp};
use dependencies::Dependencies;
use generation::{AnyGeneration, ChangeCount, Generation, KeyGeneration, advance_epoch, epoch};
use loom::thread;
use node::Node;
use sync::{Arc, AtomicU64, Ordering, explore, explore_up_to, fence};

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

/// Has `look` gather the change counts: it looks once more after something else has ended. Then ends one more.
fn look_twice(changes: &'static ChangeCount, look: impl Fn()) {
    (0..2).for_each(|_| {
        look();
        end(&generation(changes), changes);
    });
}

/// An entry with many dependencies, as two generations and a part stand for them: while one thread finds them alive and
/// notes the sum of the change counts, another invalidates one of them, and a third something else in another table.
#[test]
fn many_dependencies() {
    explore_up_to(Some(3), "many dependencies, invalidations in two tables", || {
        static MINE: ChangeCount = ChangeCount::new();
        static OTHER: ChangeCount = ChangeCount::new();
        let mine = generation(&MINE);
        let generations = [AnyGeneration::OfCell(Arc::clone(&mine))].into_iter().collect();
        let part = Node::new(
            [AnyGeneration::OfCell(generation(&OTHER))].into_iter().collect(),
            Vec::new(),
        );
        let entry = Arc::new(Dependencies::from(Node::new(generations, vec![part])));
        assert_eq!(MINE.count() + OTHER.count() + epoch(), 0);
        look_twice(&OTHER, || assert!(entry.are_alive()));

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
        assert!(entry.are_alive());
        assert_eq!(CHANGES.count() + ELSEWHERE.count() + epoch(), 0);

        let read = Arc::clone(&entry);
        let reader = thread::spawn(move || {
            read.are_alive();
        });
        let elsewhere = thread::spawn(|| ELSEWHERE.increment());
        end(&generation, &CHANGES);
        assert!(!entry.are_alive(), "stale: it was noted as alive");
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
        AnyGeneration::OfKey(KeyGeneration::begin(parent, 0, DropGuard::new(())))
    });
}

/// A page made of a part. One thread looks at the page, while what the part depends on ends. Whether the part is known
/// to be alive before, by a look of its own, is up to `before`.
fn a_page_of_a_part(name: &str, before: fn(&Dependencies)) {
    explore(name, move || {
        static OWN: ChangeCount = ChangeCount::new();
        static MINE: ChangeCount = ChangeCount::new();
        static ELSEWHERE: ChangeCount = ChangeCount::new();
        let (own, mine) = (generation(&OWN), generation(&MINE));
        assert_eq!(OWN.count() + MINE.count() + ELSEWHERE.count() + epoch(), 0);
        let part = entry([AnyGeneration::OfCell(Arc::clone(&mine))]);
        let nodes = vec![Arc::clone(part.node())];
        let page = Node::new([AnyGeneration::OfCell(own)].into_iter().collect(), nodes);
        let page = Arc::new(Dependencies::from(page));
        look_twice(&ELSEWHERE, || assert!(page.are_alive()));
        before(&part);

        let read = Arc::clone(&page);
        let reader = thread::spawn(move || {
            read.are_alive();
        });
        end(&mine, &MINE);
        assert!(!page.are_alive(), "stale: it was noted as alive");
        reader.join().unwrap();
        assert!(!page.are_alive(), "stale: it was noted as alive meanwhile");
    });
}

#[test]
fn a_page_and_its_part() {
    a_page_of_a_part("a page of a part, and its invalidation", |_| ());
}

#[test]
fn a_page_and_its_part_as_seen() {
    a_page_of_a_part("a page of a part that was seen alive", |part| assert!(part.are_alive()));
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
