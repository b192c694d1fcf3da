//! What threads hold: the bytes of their caches, by how many threads use the same functions.

use crate::machine;
use crate::options::Options;
use crate::peers::many;
use crate::results::{Figure, Found, OURS, Results};
use crate::table::{Rows, grouped};
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;

/// What this measure is called.
const MEASURE: &str = "memory of threads, 20 x 10k entries";

const FUNCTIONS: usize = 20;

/// Of each function.
const KEYS: u64 = 10_000;

const THREADS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Has threads use the functions at the same time, and prints what is held then.
pub(crate) fn run(options: &Options, results: &mut Results) {
    if !options.wants(MEASURE) {
        return;
    }
    gcache::clear();
    let header = [MEASURE, "bytes of their caches", "MiB of the process"];
    let mut rows = Rows::new(options.markdown, &header);
    for threads in THREADS {
        let (bytes, resident) = held_by(threads);
        let resident =
            resident.map_or_else(|| "unknown".to_owned(), |bytes| (bytes >> 20).to_string());
        #[expect(clippy::cast_precision_loss, reason = "a weight for people to read")]
        let bytes = bytes as f64;
        rows.line([format!("{threads} threads"), grouped(bytes), resident]);
        let (measure, median) = (MEASURE, Figure::new(bytes));
        results.add([Found { measure, threads, contestant: OURS, median, sampled: None }]);
    }
    println!("{rows}");
}

/// The bytes of the caches of so many threads, and of the process, while all of them are there.
fn held_by(threads: usize) -> (u64, Option<u64>) {
    let there = Barrier::new(threads + 1);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                use_all();
                there.wait();
                there.wait();
            });
        }
        there.wait();
        let held = (gcache::stats().local_cache_bytes, machine::resident());
        there.wait();
        held
    })
}

/// Uses each entry as often as a thread must to hold it, if it has room.
fn use_all() {
    for _ in 0..3 {
        for key in 0..KEYS {
            for function in &many::FUNCTIONS[..FUNCTIONS] {
                black_box(function(key));
            }
        }
    }
}
