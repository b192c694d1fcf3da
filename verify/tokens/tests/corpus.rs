//! Finds of earlier runs and other inputs of note, the inputs of the other tests, and a short run.

use gcache_tokens::{Case, Generator, Settings, Subject, Verdict, judge, judge_kind, run};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

#[test]
fn no_input_of_the_corpus_fails() {
    let corpus = gcache_tokens::corpus().unwrap();
    assert!(!corpus.is_empty());
    for (name, case) in corpus {
        if let Err(fault) = judge(&case) {
            panic!("{name}: {fault}\n{case}");
        }
    }
}

#[test]
fn no_input_of_the_other_tests_fails() {
    let sources = gcache_tokens::sources().unwrap();
    for subject in Subject::ALL {
        let verdicts: Vec<Verdict> = sources
            .iter()
            .filter(|case| case.subject == subject)
            .map(|case| judge(case).unwrap_or_else(|fault| panic!("{fault}\n{case}")))
            .collect();
        for verdict in [Verdict::Expanded, Verdict::Refused] {
            assert!(verdicts.contains(&verdict), "no {subject:?} was {verdict:?}");
        }
    }
}

#[test]
fn no_input_of_a_short_run_fails() {
    let pool = gcache_tokens::sources().unwrap();
    let settings = Settings {
        seed: 4,
        inputs: 6_000,
        time: Duration::MAX,
        threads: 2,
        patience: Duration::from_secs(120),
        judge: judge_kind,
    };
    let outcome = run(&Arc::new(Generator::new(pool)), settings, |_| ());
    assert!(outcome.finds.is_empty(), "seed {}: {:#?}", settings.seed, outcome.finds);
}

/// Deep nesting is bounded by the stack that the compiler gives to a macro, 8 MiB, as it is for every
/// macro that parses with `syn`. A hundred levels fit, even without optimization.
#[test]
fn a_hundred_levels_of_anything_fit_on_the_stack_of_the_compiler() {
    const LEVELS: usize = 100;
    let pairs = [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("f(", ")"),
        ("if a {", "}"),
        ("invisible!{", "}"),
        ("|x| ", ""),
        ("&", ""),
        ("", ".b()"),
        ("", "+ 1"),
        // A type: the innermost is `Vec<x>`.
        ("Vec<", ">"),
    ];
    for (open, close) in pairs {
        let before = if open == "Vec<" { "x as " } else { "" };
        let deep = format!("{before}{}x{}", open.repeat(LEVELS), close.repeat(LEVELS));
        let attribute = format!("Book({deep}), by(x, {deep})");
        let item = format!("fn f(x: u64, y: u64) -> u64 {{ {deep} }}");
        let case = Case::new(Subject::CacheAgainst, &attribute, &item).unwrap();
        let thread = thread::Builder::new().stack_size(8 << 20);
        let verdict = thread.spawn(move || judge(&case)).unwrap().join().unwrap();
        assert_eq!(verdict, Ok(Verdict::Expanded), "{open}..{close}");
    }
}
