//! The pictures of expansions in the macros' sources: an input, and what is written for it.
//!
//! A picture leaves out attributes, paths to the library and to `core`, and the beginnings of names that no user has. `…`
//! stands for anything.

use gcache_tokens::{cases, expansion};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::fs;
use std::path::Path;

const SOURCES: [&str; 6] = [
    "cached/expand.rs",
    "declare.rs",
    "depends.rs",
    "derive/by_value.rs",
    "derive/expand.rs",
    "mutation/expand.rs",
];

/// The paths that a picture leaves out, as tokens are printed, longest first.
const PATHS: [&str; 6] = [
    ":: gcache :: __private :: v1 :: ",
    ":: gcache :: ",
    ":: core :: clone :: ",
    ":: core :: fmt :: ",
    ":: core :: primitive :: ",
    ":: core :: ",
];

/// What stands for `…`, which is no token.
const ANYTHING: &str = "__anything";

/// The input and the output of the picture in a file.
fn picture(text: &str) -> (String, String) {
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix("///"));
    let block: Vec<&str> = lines
        .skip_while(|line| line.trim() != "// Input:")
        .skip(1)
        .take_while(|line| line.trim() != "```")
        .collect();
    let output = block.iter().position(|line| line.trim() == "// Output:").expect("an output");
    (block[..output].join("\n"), block[output + 1..].join("\n").replace('…', ANYTHING))
}

/// The tokens as a picture has them, one a text.
fn shown(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut shown = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Punct(sign) if sign.as_char() == '#' => at += 1,
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                shown.push(open.to_owned());
                shown.extend(self::shown(group.stream()));
                // A last comma is the formatter's.
                if shown.last().is_some_and(|last| last == ",") {
                    shown.pop();
                }
                shown.push(close.to_owned());
            }
            token => {
                let text = token.to_string();
                let name = text.trim_start_matches("r#").trim_start_matches("__gcache_");
                shown.push(name.trim_start_matches("__GCACHE_").to_owned());
            }
        }
    }
    shown
}

/// Whether `picture` shows `tokens`.
fn shows(picture: &[String], tokens: &[String]) -> bool {
    match picture {
        [] => tokens.is_empty(),
        [first, rest @ ..] if first == ANYTHING => {
            (0..=tokens.len()).any(|skipped| shows(rest, &tokens[skipped..]))
        }
        [first, rest @ ..] => tokens
            .split_first()
            .is_some_and(|(token, others)| token == first && shows(rest, others)),
    }
}

#[test]
fn pictures_show_what_is_written() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../gcache-macros/src");
    for source in SOURCES {
        let (input, output) = picture(&fs::read_to_string(sources.join(source)).unwrap());
        let cases = cases(&input).unwrap_or_else(|error| panic!("{source}: {error}: {input}"));
        let [case] = cases.as_slice() else { panic!("{source}: {} inputs", cases.len()) };
        let written = PATHS.iter().fold(expansion(case), |written, path| written.replace(path, ""));
        let written = shown(written.parse().unwrap());
        let picture = shown(output.parse().unwrap());
        assert!(shows(&picture, &written), "{source} shows\n{picture:?}\nand is\n{written:?}");
    }
}
