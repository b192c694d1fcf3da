//! Token trees of any kind.

use crate::case::Case;
use crate::subject::Subject;
use crate::tree::Token;
use proc_macro2::{Delimiter, Spacing};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng, RngExt as _};

/// Words that mean something to one of the macros, and some that do not.
const WORDS: &[&str] = &[
    "Book",
    "Feed",
    "Tag",
    "author",
    "bypass",
    "by",
    "cache_err",
    "cache_if",
    "capacity",
    "db",
    "group",
    "id",
    "idle",
    "index",
    "key",
    "max_weight",
    "name",
    "no_helpers",
    "off",
    "patience",
    "pk",
    "result",
    "results",
    "skip",
    "status",
    "title",
    "ttl",
    "weigh",
    "u64",
    "String",
    "f",
    "T",
    "__gcache_miss",
    "İ",
    "straße",
    "数",
    "ſ",
    "__",
    "a0",
];

const KEYWORDS: &[&str] = &[
    "_", "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum",
    "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move",
    "mut", "pub", "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true",
    "type", "unsafe", "use", "where", "while", "abstract", "box", "gen", "macro", "try", "union",
    "yield", "auto", "default", "raw", "safe",
];

const RAW: &[&str] = &["r#type", "r#fn", "r#id", "r#Book", "r#key", "r#async", "r#index"];

const LIFETIMES: &[&str] = &["'a", "'static", "'_", "'b", "'fn"];

const LITERALS: &[&str] = &[
    "0",
    "1",
    "7",
    "10_000",
    "007",
    "1_",
    "0x10",
    "0o17",
    "0b11",
    "1u8",
    "340282366920938463463374607431768211456",
    "1usize",
    "1kg",
    "0u64",
    "1.0",
    "1.",
    "1e9",
    "1e400",
    "2f32",
    "1.5f64",
    "\"\"",
    "\"90s\"",
    "\"0s\"",
    "\"1h 30m\"",
    "\"movies\"",
    "\"{pk}\"",
    "\"{pk:>w$}\"",
    "\"99999999999999999999y\"",
    "\"\\u{1F600}\\n\"",
    "\"90s\"x",
    "r\"raw\"",
    "r#\"ra\"w\"#",
    "b\"bytes\"",
    "br\"\\\"",
    "b'b'",
    "'c'",
    "'\\''",
    "'\\u{7f}'",
    "c\"text\"",
];

const PUNCTS: &[char] = &[
    '=', '<', '>', '!', '~', '+', '-', '*', '/', '%', '^', '&', '|', '@', '.', ',', ';', ':', '#',
    '$', '?',
];

const DELIMITERS: &[Delimiter] = &[
    Delimiter::Parenthesis,
    Delimiter::Parenthesis,
    Delimiter::Bracket,
    Delimiter::Brace,
    Delimiter::None,
];

/// A macro with tokens of any kind; an item mostly begins like one, else no macro looks further.
pub(crate) fn case(rng: &mut StdRng, subject: Subject) -> Case {
    let attribute = if subject.is_attribute() { tokens(rng, 12) } else { Vec::new() };
    let item = if rng.random_bool(0.5) { tokens(rng, 30) } else { headed(rng, subject) };
    Case { subject, attribute, item }
}

/// The shape of an item, with tokens of any kind in its places.
fn headed(rng: &mut StdRng, subject: Subject) -> Vec<Token> {
    let group = |delimiter, inner| Token::Group(delimiter, inner);
    let mut item = Vec::new();
    if rng.random_bool(0.3) {
        item.extend([Token::punct('#'), group(Delimiter::Bracket, tokens(rng, 5))]);
    }
    match subject {
        Subject::CacheAgainst | Subject::Invalidates => {
            item.extend([Token::Word("fn".into()), word(rng)]);
            item.push(group(Delimiter::Parenthesis, tokens(rng, 8)));
            if rng.random_bool(0.5) {
                item.extend([Token::Punct('-', Spacing::Joint), Token::punct('>')]);
                item.extend(tokens(rng, 4));
            }
            item.push(group(Delimiter::Brace, tokens(rng, 12)));
        }
        Subject::Derive | Subject::Depends => {
            item.extend([Token::Word("struct".into()), word(rng)]);
            item.push(group(Delimiter::Brace, tokens(rng, 16)));
        }
        Subject::Group => {
            item.extend([word(rng), Token::punct(':')]);
            item.extend(tokens(rng, 8));
        }
        Subject::Invalidate | Subject::DependsOn => {
            item.extend([word(rng), group(Delimiter::Parenthesis, tokens(rng, 8))]);
        }
    }
    item
}

/// Up to `most` tokens, and those between their delimiters.
pub(crate) fn tokens(rng: &mut StdRng, most: usize) -> Vec<Token> {
    nested(rng, most, 0)
}

fn nested(rng: &mut StdRng, most: usize, depth: usize) -> Vec<Token> {
    let length = rng.random_range(0..=most);
    (0..length).map(|_| any(rng, depth)).collect()
}

/// Groups within groups become rare, and now and then there are very many.
const DEEPEST: usize = 40;

fn any(rng: &mut StdRng, depth: usize) -> Token {
    match rng.random_range(0..1000) {
        0 if depth == 0 => tower(rng),
        0..150 if depth < DEEPEST => {
            let delimiter = *pick(rng, DELIMITERS);
            Token::Group(delimiter, nested(rng, 8 / (depth + 1) + 1, depth + 1))
        }
        _ => leaf(rng),
    }
}

/// One token in many groups.
fn tower(rng: &mut StdRng) -> Token {
    let height = rng.random_range(1..DEEPEST);
    let mut token = leaf(rng);
    for _ in 0..height {
        let delimiter = *pick(rng, DELIMITERS);
        token = Token::Group(delimiter, vec![token]);
    }
    token
}

/// A token that is no group.
pub(crate) fn leaf(rng: &mut StdRng) -> Token {
    match rng.random_range(0..100) {
        0..35 => word(rng),
        35..45 => Token::Word((*pick(rng, KEYWORDS)).to_owned()),
        45..48 => Token::Word((*pick(rng, LIFETIMES)).to_owned()),
        48..62 => Token::Literal((*pick(rng, LITERALS)).to_owned()),
        62..77 => Token::punct(*pick(rng, &[',', '=', ':', ';', '&', '.'])),
        _ => {
            let spacing = *pick(rng, &[Spacing::Alone, Spacing::Joint]);
            Token::Punct(*pick(rng, PUNCTS), spacing)
        }
    }
}

fn word(rng: &mut StdRng) -> Token {
    let words = if rng.random_bool(0.9) { WORDS } else { RAW };
    Token::Word((*pick(rng, words)).to_owned())
}

/// One of several.
///
/// # Panics
///
/// Of none.
pub(crate) fn pick<'a, T>(rng: &mut impl Rng, from: &'a [T]) -> &'a T {
    from.choose(rng).expect("there is something to choose from")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{parse, print, to_stream};

    #[test]
    fn every_word_and_literal_is_a_token() {
        let words = [WORDS, KEYWORDS, RAW, LIFETIMES].concat();
        let words = words.into_iter().map(|word| Token::Word(word.to_owned()));
        let literals = LITERALS.iter().map(|literal| Token::Literal((*literal).to_owned()));
        for token in words.chain(literals) {
            let tokens = vec![token];
            assert_eq!(parse(&print(&tokens)).unwrap(), tokens);
            assert!(!to_stream(&tokens).is_empty(), "{tokens:?}");
        }
    }
}
