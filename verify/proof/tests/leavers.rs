//! The short form of the test of leavers. The long one is
//! `cargo run --release -p gcache-proof --bin leavers`.

use gcache_proof::leavers::Leavers;

const LEFT: u64 = 100;

#[test]
fn what_a_dropped_writer_changed_is_seen() {
    let (counts, finding) =
        Leavers { seed: 1, time: None, left: Some(LEFT) }.run(|_| ()).expect("a runtime starts");
    assert!(finding.is_none(), "{}", finding.map(|found| found.to_string()).unwrap_or_default());
    assert!(counts.left >= LEFT && counts.reads > LEFT, "{counts:?}");
}
