//! Readers: one calls whenever it likes, the other after a fence or a receipt.

use super::Task;
use super::recorder::Recorder;
use super::service::{asynchronous, late, nested, quick, shared, shared_late, slow};
use crate::database::Database;
use crate::record::{Kind, Record};
use crate::{GROUPS, now};
use gcache::link::{self, Receipt};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use std::future::Future;
use std::time::Duration;

/// How many calls are made in a row.
const ROW: usize = 32;

/// How long a reader waits for a fence.
const PATIENCE: Duration = Duration::from_millis(300);

/// Calls the cached functions, with nothing before.
pub(super) async fn bounded(task: &Task, mut recorder: Recorder) {
    let mut chances = SmallRng::seed_from_u64(task.seed ^ 1);
    while !task.is_over() {
        for _ in 0..ROW {
            let group = random_group(&mut chances);
            let time = now();
            for (group, version) in call(task, &mut chances, group).await {
                recorder.note(time, Record { kind: Kind::Bounded, group, time, version });
            }
        }
        tokio::time::sleep(Duration::from_micros(chances.random_range(0..300))).await;
    }
}

/// Calls the cached functions after it has waited for a fence, or for what a receipt stands for.
pub(super) async fn fenced(task: &Task, mut recorder: Recorder, database: Database) {
    let mut chances = SmallRng::seed_from_u64(task.seed ^ 2);
    while !task.is_over() {
        let begun = now();
        recorder.pass(begun);
        if chances.random_ratio(1, 4) {
            let group = random_group(&mut chances);
            if let Some((version, receipt)) = database.receipt(group) {
                let receipt: Receipt =
                    receipt.parse().expect("a receipt is read as it was written");
                if patiently(link::caught_up(&receipt)).await {
                    for (of, seen) in call(task, &mut chances, group).await {
                        if of == group {
                            let kind = Kind::Received;
                            recorder
                                .note(begun, Record { kind, group, time: version, version: seen });
                        }
                    }
                }
            }
        } else if patiently(link::fence()).await {
            for _ in 0..ROW {
                let group = random_group(&mut chances);
                for (group, version) in call(task, &mut chances, group).await {
                    // All calls are as fresh as the fence's beginning.
                    recorder
                        .note(begun, Record { kind: Kind::Fenced, group, time: begun, version });
                }
            }
        }
        tokio::time::sleep(Duration::from_micros(chances.random_range(0..600))).await;
    }
}

/// Whether the future came to a good end in time.
async fn patiently<E>(future: impl Future<Output = Result<(), E>>) -> bool {
    matches!(tokio::time::timeout(PATIENCE, future).await, Ok(Ok(())))
}

/// Calls a function at random, and returns each group that it has read, with its version.
async fn call(
    task: &Task,
    chances: &mut SmallRng,
    group: u8,
) -> impl Iterator<Item = (u8, u64)> + use<> {
    let functions = if task.shared_values { 0..16 } else { 0..8 };
    let (version, other) = match chances.random_range(functions) {
        0 => {
            let (first, second) = nested(group);
            (first, Some(second))
        }
        1 => (late(group), None),
        2 => (asynchronous(group).await, None),
        3 | 4 => (slow(group), None),
        8..12 => (shared(group), None),
        12..16 => {
            let (first, second) = shared_late(group);
            (first, Some(second))
        }
        _ => (quick(group), None),
    };
    [Some((group, version)), other.map(|version| (group ^ 1, version))].into_iter().flatten()
}

fn random_group(chances: &mut SmallRng) -> u8 {
    u8::try_from(chances.random_range(0..GROUPS)).expect("few groups")
}
