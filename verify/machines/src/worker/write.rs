//! The writer: new versions, invalidations alone or in a transaction, and acknowledgements as they come.

use super::Task;
use super::recorder::Recorder;
use super::service::invalidate_item;
use crate::database::Database;
use crate::record::{Kind, Record};
use crate::{GROUPS, now};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use gcache::{Invalidated, Transaction, link};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use std::time::Duration;

/// Writes until the task is over. Up to `pause` lies between two writes.
pub(super) async fn write(
    task: &Task,
    mut recorder: Recorder,
    database: Database,
    pause: Duration,
) {
    let mut chances = SmallRng::seed_from_u64(task.seed ^ 3);
    let mut waiting = FuturesUnordered::new();
    while !task.is_over() {
        let next = tokio::time::sleep(pause.mul_f64(chances.random::<f64>()));
        tokio::pin!(next);
        loop {
            tokio::select! {
                biased;
                Some((time, acknowledged)) = waiting.next() => {
                    for (group, version) in acknowledged {
                        let kind = Kind::Acknowledged;
                        recorder.note(time, Record { kind, group, time, version });
                    }
                }
                () = &mut next => break,
            }
        }
        let first = u8::try_from(chances.random_range(0..GROUPS)).expect("few groups");
        // One write in four is of two groups, whose invalidations go together.
        let groups = if chances.random_ratio(1, 4) { vec![first, first ^ 3] } else { vec![first] };
        let (written, invalidated) = change(task, &database, &groups);
        let time = now();
        for (group, version) in &written {
            let kind = Kind::Invalidated;
            recorder.note(time, Record { kind, group: *group, time, version: *version });
        }
        let database = &database;
        waiting.push(async move {
            let Ok(receipt) = link::acknowledged(invalidated).await else {
                return (now(), Vec::new());
            };
            let time = now();
            if let Some(receipt) = receipt {
                let receipt = receipt.to_string();
                written
                    .iter()
                    .for_each(|(group, version)| database.leave(*group, *version, &receipt));
            }
            (time, written)
        });
        recorder.pass(time);
    }
}

/// Writes new versions, and invalidates the groups.
fn change(task: &Task, database: &Database, groups: &[u8]) -> (Vec<(u8, u64)>, Invalidated) {
    let commit = || groups.iter().map(|group| (*group, database.write(*group))).collect();
    let invalidate = || match groups {
        [group] => invalidate_item(*group),
        groups => {
            let transaction = Transaction::begin();
            transaction.enter(|| {
                for group in groups {
                    invalidate_item(*group);
                }
            });
            transaction.commit()
        }
    };
    if task.invalidates_first {
        // What a program must not do: whoever computes between the two keeps the old version.
        let invalidated = invalidate();
        std::thread::sleep(Duration::from_micros(200));
        return (commit(), invalidated);
    }
    let written = commit();
    (written, invalidate())
}
