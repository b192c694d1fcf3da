//! Inputs that are nearly others.

use crate::case::Case;
use crate::random::{leaf, pick, tokens};
use crate::tree::{Token, depth, place, size};
use proc_macro2::Delimiter;
use rand::RngExt as _;
use rand::rngs::StdRng;

/// No input grows beyond these by being put together from others: what matters in a large one is
/// found in a small one, and more often.
const MOST_TOKENS: usize = 600;
const DEEPEST: usize = 48;

/// One of `pool`, changed in a few places. Some of the changes take tokens from others of `pool`.
pub(crate) fn mutated(rng: &mut StdRng, pool: &[Case]) -> Case {
    let mut case = pick(rng, pool).clone();
    if case.subject.is_attribute() && rng.random_bool(0.3) {
        let others: Vec<&Case> =
            pool.iter().filter(|other| other.subject == case.subject).collect();
        case.attribute.clone_from(&pick(rng, &others).attribute);
    }
    for _ in 0..=rng.random_range(0..4) {
        let before = case.clone();
        mutate(rng, &mut case, pool);
        let depth = depth(&case.item).max(depth(&case.attribute));
        if case.size() > MOST_TOKENS || depth > DEEPEST {
            case = before;
        }
    }
    case
}

fn mutate(rng: &mut StdRng, case: &mut Case, pool: &[Case]) {
    let in_attribute = !case.attribute.is_empty() && rng.random_bool(0.5);
    let forest = if in_attribute { &mut case.attribute } else { &mut case.item };
    let (list, at) = any_place(rng, forest);
    match rng.random_range(0..9) {
        0 => remove(rng, list, at),
        1 => repeat(rng, list, at),
        2 => swap(rng, list),
        3 => replace(rng, list, at),
        4 => list.insert(at, leaf(rng)),
        5 => list.splice(at..at, tokens(rng, 4)).for_each(drop),
        6 => splice(rng, list, at, pool),
        7 => wrap(rng, list, at),
        _ => unwrap(rng, list, at),
    }
}

/// A few tokens behind `at`.
fn some(rng: &mut StdRng, list: &[Token], at: usize) -> std::ops::Range<usize> {
    at..list.len().min(at + rng.random_range(1..4))
}

fn remove(rng: &mut StdRng, list: &mut Vec<Token>, at: usize) {
    list.drain(some(rng, list, at));
}

fn repeat(rng: &mut StdRng, list: &mut Vec<Token>, at: usize) {
    let again = list[some(rng, list, at)].to_vec();
    list.splice(at..at, again);
}

fn swap(rng: &mut StdRng, list: &mut [Token]) {
    if !list.is_empty() {
        list.swap(rng.random_range(0..list.len()), rng.random_range(0..list.len()));
    }
}

fn replace(rng: &mut StdRng, list: &mut [Token], at: usize) {
    if let Some(token) = list.get_mut(at) {
        *token = leaf(rng);
    }
}

/// Takes some tokens of another input.
fn splice(rng: &mut StdRng, list: &mut Vec<Token>, at: usize, pool: &[Case]) {
    let mut other = pick(rng, pool).clone();
    let forest = if rng.random_bool(0.5) { &mut other.attribute } else { &mut other.item };
    let (taken, from) = any_place(rng, forest);
    let to = taken.len().min(from + rng.random_range(1..12));
    list.splice(at..at, taken.drain(from..to));
}

fn wrap(rng: &mut StdRng, list: &mut Vec<Token>, at: usize) {
    let range = some(rng, list, at);
    let inner: Vec<Token> = list.drain(range).collect();
    let delimiters = [
        Delimiter::None,
        Delimiter::None,
        Delimiter::Parenthesis,
        Delimiter::Bracket,
        Delimiter::Brace,
    ];
    list.insert(at, Token::Group(*pick(rng, &delimiters), inner));
}

/// Takes the delimiters off, or changes them.
fn unwrap(rng: &mut StdRng, list: &mut Vec<Token>, at: usize) {
    let groups: Vec<usize> = (0..list.len()).filter(|at| list[*at].inner().is_some()).collect();
    let Some(at) = groups.get(at % groups.len().max(1)) else { return };
    if let Token::Group(delimiter, inner) = &mut list[*at] {
        if rng.random_bool(0.5) {
            let inner = std::mem::take(inner);
            list.splice(*at..=*at, inner);
        } else {
            let delimiters = [Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace];
            *delimiter = *pick(rng, &delimiters);
        }
    }
}

/// A list of tokens and a place in it: that of any token, or inside of an empty pair of delimiters.
fn any_place<'a>(rng: &mut StdRng, forest: &'a mut Vec<Token>) -> (&'a mut Vec<Token>, usize) {
    let tokens = size(forest);
    // One more than there are: the end.
    let number = rng.random_range(0..=tokens);
    if number == tokens {
        let end = forest.len();
        return (forest, end);
    }
    let (list, at) = place(forest, number).expect("there are as many tokens");
    if list[at].inner().is_some_and(<[Token]>::is_empty) {
        let Token::Group(_, inner) = &mut list[at] else { unreachable!("it has an inside") };
        return (inner, 0);
    }
    (list, at)
}
