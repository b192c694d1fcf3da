//! Inputs that follow the grammar of the macros, whether or not they mean anything.
//!
//! They are written as texts; `invisible!{ … }` stands for an invisible group.

mod arguments;
mod expression;
mod item;
mod sound;

use crate::case::Case;
use crate::subject::Subject;
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

/// An input of this macro.
///
/// # Panics
///
/// Where a rule of the grammar writes what is no list of tokens.
pub(crate) fn case(rng: &mut StdRng, subject: Subject) -> Case {
    let (attribute, item) = match subject {
        Subject::CacheAgainst => {
            let (item, names) = item::function(rng);
            (arguments::cache_against(rng, &names), item)
        }
        Subject::Invalidates if rng.random_bool(0.3) => {
            (arguments::invalidates(rng, &["self"]), item::block(rng))
        }
        Subject::Invalidates => {
            let (item, names) = item::function(rng);
            (arguments::invalidates(rng, &names), item)
        }
        Subject::Derive => (String::new(), item::model(rng)),
        Subject::Depends => {
            let groups = arguments::list(rng, &["id", "author", "r#type.id", "self"]);
            (String::new(), format!("#[depends({groups})] {}", item::model(rng)))
        }
        Subject::Group => (String::new(), item::declaration(rng)),
        Subject::Invalidate | Subject::DependsOn => {
            (String::new(), arguments::list(rng, &["pk", "author", "self"]))
        }
    };
    Case::new(subject, &attribute, &item).expect("a rule of the grammar writes tokens")
}

/// An input of this macro that keeps every rule, and so must expand.
///
/// # Panics
///
/// Where a rule of the grammar writes what is no list of tokens.
pub(crate) fn sound_case(rng: &mut StdRng, subject: Subject) -> Case {
    let (attribute, item) = match subject {
        Subject::CacheAgainst => sound::cached(rng),
        Subject::Invalidates => sound::mutation(rng),
        Subject::Derive => (String::new(), sound::model(rng)),
        Subject::Depends => (String::new(), sound::depending(rng)),
        Subject::Group => (String::new(), sound::declaration(rng)),
        Subject::Invalidate | Subject::DependsOn => (String::new(), sound::list(rng)),
    };
    Case::new(subject, &attribute, &item).expect("a rule of the grammar writes tokens")
}

/// One of several texts.
fn one(rng: &mut StdRng, of: &[&str]) -> String {
    of.choose(rng).copied().unwrap_or_default().to_owned()
}

/// One of several texts with this probability, or nothing.
fn maybe(rng: &mut StdRng, probability: f64, of: &[&str]) -> String {
    if rng.random_bool(probability) { one(rng, of) } else { String::new() }
}

/// As many items as there are numbers up to `most`, with commas between.
fn several(rng: &mut StdRng, most: usize, mut item: impl FnMut(&mut StdRng) -> String) -> String {
    let count = rng.random_range(0..=most);
    let items: Vec<String> = (0..count).map(|_| item(rng)).collect();
    items.join(", ")
}

/// As it is, or in the invisible group that `macro_rules!` puts around a fragment.
fn fragment(rng: &mut StdRng, text: String) -> String {
    if rng.random_bool(0.05) { format!("invisible!{{ {text} }}") } else { text }
}
