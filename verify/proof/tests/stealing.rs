//! The short form of the search for calls that hang. The long one is
//! `cargo run --release -p gcache-proof --bin stealing`.

use gcache_proof::stealing::Stealing;

/// Few enough for a debug build on a slow machine.
const GRAPHS: u64 = 150;

#[test]
fn nobody_hangs_whoever_takes_up_whose_work() {
    let seed = rand::random_range(0..1_000_000_000);
    println!("seed {seed}");
    let (done, finding) = Stealing { seed, time: None, graphs: Some(GRAPHS) }.run(|_| ());
    assert!(finding.is_none(), "{}", finding.map(|found| found.to_string()).unwrap_or_default());
    assert_eq!(done.graphs, GRAPHS);
    assert!(done.bodies > GRAPHS && done.relieved > 0, "{done:?}");
}
