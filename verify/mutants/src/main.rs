//! Breaks gcache's rules one at a time in a scratch copy, and shows which checker notices.
//!
//! A mutant is a patch of a line or a few: what a tired programmer might write. Each checker runs against
//! each of them for a stated time. A mutant that all survive, or a patch that no longer applies, is an
//! error.

mod built;
mod checker;
mod list;
mod mutant;
mod scratch;
mod table;

use built::build;
use checker::{Budget, Checker, Verdict};
use clap::Parser;
use mutant::Mutant;
use scratch::Scratch;
use std::error::Error;
use std::process::ExitCode;

/// Breaks gcache's rules one at a time, and shows which checker notices.
///
/// Exits with 0 if each mutant died by some checker, with 1 if one survived them all, with 2 if a patch
/// no longer applies, a mutant does not compile, or a checker finds fault with the original.
#[derive(Debug, Parser)]
#[command(name = "mutants")]
struct Options {
    /// Only mutants whose name contains this; may be given more than once
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// Begin with the first mutant whose name contains this, to go on with a run that was ended
    #[arg(long, value_name = "TEXT")]
    from: Option<String>,
    /// Only this checker; may be given more than once
    #[arg(long, value_enum, value_name = "NAME")]
    checker: Vec<Checker>,
    /// How long the oracle, the history checker and the search for what hangs may run, each
    #[arg(long, default_value_t = 20, value_name = "N")]
    seconds: u64,
    /// How long the model check may run
    #[arg(long, default_value_t = 300, value_name = "N")]
    model_seconds: u64,
    /// Go on to the next mutant once one checker has noticed
    #[arg(long)]
    first: bool,
    /// Only see whether each patch applies
    #[arg(long)]
    check: bool,
    /// Only see whether each patch applies, and the patched copy compiles
    #[arg(long)]
    compile: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(survivors) => {
            println!("\n{survivors} survived all checkers");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns how many have survived.
fn run(options: &Options) -> Result<usize, Box<dyn Error>> {
    let has = |mutant: &Mutant, texts: &[String]| {
        texts.is_empty() || texts.iter().any(|text| mutant.name.contains(text.as_str()))
    };
    let mutants = list::all().skip_while(|mutant| !has(mutant, options.from.as_slice()));
    let mutants: Vec<&Mutant> = mutants.filter(|mutant| has(mutant, &options.only)).collect();
    let scratch = Scratch::new()?;
    let sources = mutant::sources(&scratch.root())?;
    for mutant in &mutants {
        mutant.apply(&sources)?;
    }
    println!("{} mutants, and every patch applies", mutants.len());
    if options.check {
        return Ok(0);
    }
    if options.compile {
        return compile(&scratch, &mutants).map(|()| 0);
    }
    let checkers = match &options.checker[..] {
        [] => Checker::ALL.to_vec(),
        some => some.to_vec(),
    };
    let budget = Budget { seconds: options.seconds, model_seconds: options.model_seconds };
    // The run that is gone on with has judged the original.
    if options.from.is_none() {
        trust(&scratch, &checkers, &budget)?;
    }
    let mut rows = Vec::new();
    for mutant in mutants {
        scratch.write(mutant)?;
        let mut verdicts = Vec::new();
        for checker in &checkers {
            let noticed = verdicts.iter().any(Verdict::is_death);
            let verdict = if options.first && noticed {
                Verdict::NotRun
            } else {
                checker.run(&scratch, &budget)?
            };
            eprintln!("{}: {checker}: {verdict}", mutant.name);
            verdicts.push(verdict);
        }
        rows.push((mutant, verdicts));
    }
    println!("{}", table::draw(&checkers, &rows));
    Ok(rows.iter().filter(|(_, verdicts)| !verdicts.iter().any(Verdict::is_death)).count())
}

/// A mutant that does not compile breaks no rule.
fn compile(scratch: &Scratch, mutants: &[&Mutant]) -> Result<(), Box<dyn Error>> {
    let mut broken = Vec::new();
    for mutant in mutants {
        scratch.write(mutant)?;
        let arguments =
            ["check", "-p", "gcache-runtime", "-p", "gcache-macros", "-p", "gcache-redis"];
        if let Err(error) = build(&scratch.root(), &scratch.target("plain"), "", &arguments) {
            eprintln!("{}: {error}", mutant.name);
            broken.push(mutant.name);
        }
    }
    let compiles = broken.is_empty();
    compiles.then_some(()).ok_or_else(|| format!("these do not compile: {broken:#?}").into())
}

/// A checker that finds fault with the original says nothing about a mutant.
fn trust(scratch: &Scratch, checkers: &[Checker], budget: &Budget) -> Result<(), Box<dyn Error>> {
    scratch.restore()?;
    for checker in checkers {
        let verdict = checker.run(scratch, budget)?;
        eprintln!("the original: {checker}: {verdict}");
        if verdict.is_death() {
            return Err(format!("{checker} finds fault with the original: {verdict}").into());
        }
    }
    Ok(())
}
