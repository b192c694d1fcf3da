//! What readers and writers do.

use super::database::{Database, ROWS, Write, lock, share_of};
use super::service::{self, WAYS, goes_on, is_coarse};
use super::{Counts, Finding, MOST};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What all have in common.
#[derive(Debug)]
pub(crate) struct Cx {
    pub(crate) database: Arc<Database>,
    pub(crate) counts: Mutex<Counts>,
    finding: Mutex<Option<Finding>>,
    /// Writes that were to go on when they were dropped.
    going_on: Mutex<Vec<Write>>,
    over: AtomicBool,
    begun: Instant,
}

impl Cx {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            database: Database::new(),
            counts: Mutex::default(),
            finding: Mutex::default(),
            going_on: Mutex::default(),
            over: AtomicBool::new(false),
            begun: Instant::now(),
        })
    }

    pub(crate) fn stop(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    pub(crate) fn finding(&self) -> Option<Finding> {
        lock(&self.finding).clone()
    }

    /// The body of a cached function waits for something: mostly for a moment, sometimes for longer than what
    /// it has read may be used.
    pub(crate) async fn pause(&self) {
        let time = match rand::rng().random_range(0..16) {
            0 => share_of(2 * MOST),
            1..4 => share_of(MOST / 8),
            _ => return,
        };
        tokio::time::sleep(time).await;
    }

    fn count_write(&self, left: bool) {
        let mut counts = lock(&self.counts);
        counts.writes += 1;
        counts.left += u64::from(left);
    }

    fn note_going_on(&self, write: Write) {
        let mut going_on = lock(&self.going_on);
        going_on.retain(|write| !write.is_left());
        going_on.push(write);
    }

    /// Nothing goes on any more: what has not come to its end has none.
    pub(crate) fn settle(&self) {
        lock(&self.going_on).drain(..).for_each(|write| write.leave());
    }

    /// Judges an answer.
    fn judge(&self, function: &'static str, id: u32, called: Instant, version: u64) {
        let overdue = self.database.overdue(id, version, called);
        let mut counts = lock(&self.counts);
        counts.reads += 1;
        counts.worst = counts.worst.max(overdue);
        drop(counts);
        if overdue > MOST {
            let now = self.database.read(id);
            let found = Finding { function, row: id, version, now, overdue };
            lock(&self.finding).get_or_insert(found);
            self.stop();
        }
    }
}

/// Asks until all is over.
pub(crate) async fn read(cx: Arc<Cx>, seed: u64) {
    let mut chance = StdRng::seed_from_u64(seed);
    while !cx.is_over() {
        for _ in 0..8 {
            let id = chance.random_range(0..ROWS);
            ask(&cx, id, chance.random_range(0..7)).await;
        }
        tokio::time::sleep(Duration::from_micros(chance.random_range(0..2_000))).await;
    }
}

async fn ask(cx: &Cx, id: u32, function: u32) {
    let called = Instant::now();
    let (name, version) = match function {
        0 => ("by_key", service::by_key(cx, id).await),
        1 => ("by_key_now", service::by_key_now(cx, id)),
        2 => ("by_index", service::by_index(cx, id).await),
        3 => ("of_all", service::of_all(cx, id).await),
        4 => ("nested", service::nested(cx, id).await),
        5 => ("nested_now", service::nested_now(cx, id)),
        _ => ("late", service::late(cx, id).await),
    };
    cx.judge(name, id, called, version);
}

/// Asks every function for every row, once all is settled.
pub(crate) async fn read_all(cx: &Cx) {
    for id in 0..ROWS {
        for function in 0..7 {
            ask(cx, id, function).await;
        }
    }
}

/// Writes until all is over; most writes are left in the middle.
pub(crate) async fn write(cx: Arc<Cx>, seed: u64) {
    let mut chance = StdRng::seed_from_u64(seed);
    while !cx.is_over() {
        let id = chance.random_range(0..ROWS);
        let (name, way) = WAYS[chance.random_range(0..WAYS.len())];
        // Mostly a row's doubt is its own.
        if is_coarse(name) && cx.begun.elapsed().as_secs() % 5 != 1 {
            continue;
        }
        let write = Write::new(&cx.database);
        let work = way(write.clone(), id);
        let patience = match chance.random_range(0..4) {
            0 => Duration::from_secs(60),
            _ => Duration::from_millis(chance.random_range(0..120)),
        };
        let left = tokio::time::timeout(patience, work).await.is_err();
        if !goes_on(name) {
            write.leave();
        } else if left {
            cx.note_going_on(write);
        }
        cx.count_write(left);
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..200))).await;
    }
}
