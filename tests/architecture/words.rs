//! Words that are gone stay gone.

use crate::hold;
use crate::repository::Repository;

/// Words and phrases that had another meaning here than in the field, or several. Each is lower case; an identifier
/// is as many words as it is made of.
const GONE: [&str; 27] = [
    "at hand",
    "basis",
    "bump",
    "bumped",
    "bumping",
    "bumps",
    "for whoever",
    "horizon",
    "ledger",
    "ledgers",
    "losses",
    "near cache",
    "near table",
    "near tables",
    "nobody need",
    "of which none",
    "ok only",
    "pulse",
    "pulses",
    "roll",
    "rolls",
    "seat",
    "seats",
    "store of record",
    "tick",
    "ticks",
    "tracker",
];

/// Names of types that are gone: nothing is declared by them.
const GONE_TYPES: [&str; 29] = [
    "Amount",
    "Arrival",
    "Asked",
    "Bare",
    "Basis",
    "Begun",
    "Bump",
    "Bumped",
    "Contained",
    "Copied",
    "Doubt",
    "Draft",
    "Ending",
    "Face",
    "Family",
    "GivenUp",
    "Held",
    "Horizon",
    "Lead",
    "Ledger",
    "Mark",
    "OkOnly",
    "Places",
    "Pulse",
    "Roll",
    "Shape",
    "Sight",
    "Tick",
    "Wish",
];

/// Where a word may stand all the same, with its other meaning: a path and the word, or the words around it.
const KEPT: [(&str, &str); 7] = [
    // What a transaction does.
    ("", "roll the database back"),
    ("", "roll back"),
    ("", "rolls back"),
    // The kernel's, a progress bar's and a program's own.
    ("", "kernel s tick"),
    ("gcache-runtime/src/clock.rs", "ticks"),
    ("examples/movies/serve.rs", "tick"),
    ("verify/bench/src/progress.rs", "tick"),
];

/// The words of a text, with their lines. `HTTPPage` is `http` and `page`.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut word = String::new();
        let mut before = ' ';
        for letter in line.chars().chain([' ']) {
            let begins = letter.is_uppercase() && before.is_lowercase();
            if (begins || !letter.is_alphanumeric()) && !word.is_empty() {
                words.push((number + 1, std::mem::take(&mut word)));
            }
            if letter.is_alphanumeric() {
                word.extend(letter.to_lowercase());
            }
            before = letter;
        }
    }
    words
}

/// Whether the words at `at` are those of the phrase.
fn is_at(words: &[(usize, String)], at: usize, phrase: &str) -> bool {
    let mut phrase = phrase.split(' ').enumerate();
    phrase.all(|(next, word)| words.get(at + next).is_some_and(|(_, found)| found == word))
}

/// Whether the word at `at` is kept in this file, as a part of a phrase around it.
fn is_kept(path: &str, words: &[(usize, String)], at: usize) -> bool {
    KEPT.iter().any(|(file, phrase)| {
        let length = phrase.split(' ').count();
        path.starts_with(file)
            && (at.saturating_sub(length - 1)..=at).any(|begin| is_at(words, begin, phrase))
    })
}

/// The code and the pages. The changelog may name what was renamed, this file the words.
fn texts(repository: &Repository) -> impl Iterator<Item = (&str, String)> {
    let texts = repository.texts(".rs").chain(repository.texts(".md"));
    texts.filter(|(path, _)| {
        !path.starts_with("findings/")
            && *path != "CHANGELOG.md"
            && *path != "tests/architecture/words.rs"
    })
}

#[test]
fn words_that_are_gone_stay_gone() {
    let mut found = Vec::new();
    for (path, text) in texts(Repository::here()) {
        let words = words(&text);
        for at in 0..words.len() {
            let gone = GONE.iter().find(|phrase| is_at(&words, at, phrase));
            if let Some(phrase) = gone.filter(|_| !is_kept(path, &words, at)) {
                found.push(format!("{path}:{}: {phrase}", words[at].0));
            }
        }
    }
    hold("the field has another word: see the glossary of gcache-runtime", found);
}

#[test]
fn types_that_are_gone_stay_gone() {
    let mut found = Vec::new();
    for (path, text) in texts(Repository::here()) {
        if !path.starts_with("gcache-") && !path.starts_with("extensions/") {
            continue;
        }
        let words = text
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .collect::<Vec<_>>();
        for pair in words.windows(2) {
            let declares = ["struct", "enum", "trait", "type"].contains(&pair[0]);
            if declares && GONE_TYPES.contains(&pair[1]) {
                found.push(format!("{path}: {}", pair[1]));
            }
        }
    }
    hold("these names were given up", found);
}

#[test]
fn a_name_is_the_words_in_it() {
    let text = words("a BumpList,\nbump_all");
    let text = text.iter().map(|(line, word)| (*line, word.as_str())).collect::<Vec<_>>();
    assert_eq!(text, [(1, "a"), (1, "bump"), (1, "list"), (2, "bump"), (2, "all")]);
    let text = words("it rolls back");
    assert!(is_at(&text, 1, "rolls back") && is_kept("", &text, 1) && !is_kept("", &text, 0));
}
