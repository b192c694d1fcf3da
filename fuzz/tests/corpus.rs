//! Finds of earlier runs and other inputs of note, the inputs of the other tests, and a short run.

use gcache_fuzz::{Generator, Settings, Subject, Verdict, judge, judge_kind, run};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn no_input_of_the_corpus_fails() {
    let corpus = gcache_fuzz::corpus().unwrap();
    assert!(!corpus.is_empty());
    for (name, case) in corpus {
        if let Err(fault) = judge(&case) {
            panic!("{name}: {fault}\n{case}");
        }
    }
}

#[test]
fn no_input_of_the_other_tests_fails() {
    let sources = gcache_fuzz::sources().unwrap();
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
    let pool = gcache_fuzz::sources().unwrap();
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
