//! The short form of the history checker. The long one is
//! `cargo run --release -p gcache-proof --bin history`.

use gcache_proof::history::Load;
use std::num::NonZero;

const READS: u64 = 40_000;

#[test]
fn no_answer_under_load_is_wrong() {
    let threads = NonZero::new(2).expect("two threads");
    let load = Load { seed: 1, time: None, reads: Some(READS), threads };
    let (done, finding) = load.run(|_| ()).expect("an executor can be started");
    assert!(finding.is_none(), "{}", finding.map(|found| found.to_string()).unwrap_or_default());
    assert!(done.counts.reads >= READS);
    // Each kind of trouble was there.
    let counts = done.counts;
    let troubles = [counts.errors, counts.panics, counts.cancelled, counts.writes_given_up];
    let endings =
        [counts.committed, counts.rolled_back, counts.dropped, counts.toggles, counts.clears];
    assert!(troubles.iter().chain(&endings).all(|count| *count > 0), "{counts:?}");
}
