//! One computation among all processes.

use super::{BOOK, Found, Process, SharedStore as _, namespace, request, value};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[test]
fn a_hundred_processes_that_miss_together_compute_once() {
    let namespace = namespace();
    let processes: Vec<_> = (0..100).map(|_| Process::of(&namespace)).collect();
    let waiting = || {
        let waits = |process: &&Process| process.values.counts().waited.load(Ordering::SeqCst) > 0;
        processes.iter().filter(waits).count()
    };
    let computed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for process in &processes {
            scope.spawn(|| match process.ask("7") {
                Found::Value(_) => {}
                Found::Compute(computing) => {
                    computed.fetch_add(1, Ordering::SeqCst);
                    let until = Instant::now() + Duration::from_secs(4);
                    while waiting() < processes.len() - 1 && Instant::now() < until {
                        std::thread::yield_now();
                    }
                    computing.offer(value(BOOK));
                }
                Found::Nothing => panic!("a process went on alone"),
            });
        }
    });
    assert_eq!((computed.load(Ordering::SeqCst), waiting()), (1, 99));
}

#[test]
fn tasks_wait_as_threads_do() {
    let namespace = namespace();
    let (one, other) = (Process::of(&namespace), Process::of(&namespace));
    let computing = one.begin("7");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| pollster::block_on(other.values.look_up(request("7", BOOK))));
        while other.values.counts().waited.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        computing.offer(value(BOOK));
        assert!(matches!(waiting.join().unwrap(), Found::Value(_)));
    });
}

#[test]
fn a_lease_that_is_given_back_goes_to_another() {
    let namespace = namespace();
    let (one, other) = (Process::of(&namespace), Process::of(&namespace));
    let computing = one.begin("7");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| other.ask("7"));
        while other.values.counts().waited.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        // A panic, an error, a future that is dropped.
        drop(computing);
        assert!(matches!(waiting.join().unwrap(), Found::Compute(_)));
    });
}

#[test]
fn nobody_waits_longer_than_its_patience() {
    let namespace = namespace();
    let one = Process::of(&namespace);
    let other = Process::with(&namespace, Duration::from_millis(30), b"a secret of the tests");
    let _computing = one.begin("7");
    let begun = Instant::now();
    assert!(matches!(other.ask("7"), Found::Nothing));
    assert!(begun.elapsed() >= Duration::from_millis(30));
}
