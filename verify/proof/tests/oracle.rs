//! The short form of the oracle. The long one is `cargo run --release -p gcache-proof --bin oracle`.

use gcache_proof::oracle::{Hunt, Mode};

/// Few enough for a debug build on a slow machine.
const PROGRAMS: u64 = 1_500;

fn nothing_is_found(mode: Mode) {
    let hunt = Hunt { seed: 1, programs: Some(PROGRAMS), time: None, mode: Some(mode) };
    let (counts, violation) = hunt.run(|_| ());
    assert!(
        violation.is_none(),
        "{}",
        violation.map(|found| found.to_string()).unwrap_or_default()
    );
    assert_eq!(counts.all_programs(), PROGRAMS);
    assert!(counts.calls > PROGRAMS && counts.runs > PROGRAMS);
}

#[test]
fn an_actor_that_is_alone_gets_what_the_uncached_functions_give() {
    nothing_is_found(Mode::Alone);
}

#[test]
fn tasks_that_take_turns_get_right_answers() {
    nothing_is_found(Mode::Tasks);
}

#[test]
fn threads_that_take_turns_get_right_answers() {
    nothing_is_found(Mode::Threads);
}
