//! The inputs that the fragments of a template use and do not name.

use crate::error::FragmentError;
use crate::scan::{Tag, Token, tags};
use minijinja::syntax::SyntaxConfig;
use std::collections::BTreeSet;
use std::ops::Range;

/// The findings in the source of a template.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    pub(crate) fragments: Vec<Fragment>,
    /// The templates that it extends, includes or imports by a name that is written out.
    pub(crate) templates: BTreeSet<String>,
    /// The names of its macros, and those that it imports.
    pub(crate) macros: BTreeSet<String>,
    /// Whether one of its macros uses a block by `self`.
    pub(crate) macros_use_blocks: bool,
}

/// A block that is given to the function of fragments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fragment {
    /// Its name, where that is written out.
    name: Option<String>,
    /// The names that the block mentions and its call does not.
    pub(crate) names: BTreeSet<String>,
    pub(crate) mistake: Option<Mistake>,
}

/// A mistake in a fragment, whatever variables hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    Blocks,
    Loop,
    Twice,
}

impl Mistake {
    /// The error of the fragment of this name.
    pub(crate) fn of(self, fragment: &str) -> FragmentError {
        let fragment = fragment.to_owned();
        match self {
            Self::Blocks => FragmentError::UnnamedInput {
                fragment,
                input: "a block by `self`".to_owned(),
                advice: ", which another template may replace: put the fragment into that block, or write \
                         `{% set text = self.name() %}` before it and `vary=[text]`"
                    .to_owned(),
            },
            Self::Loop => FragmentError::UnnamedInput {
                fragment,
                input: "`loop`".to_owned(),
                advice: " and does not name it: write `vary=[loop.index]`, or what of it matters"
                    .to_owned(),
            },
            Self::Twice => FragmentError::TwoTexts { fragment },
        }
    }
}

impl Fragment {
    /// Whether it may be the one that is called `name`.
    pub(crate) fn may_be(&self, name: &str) -> bool {
        self.name.as_deref().is_none_or(|own| own == name)
    }
}

impl Uses {
    /// The findings in `source`, whose fragments are made by `function`.
    pub(crate) fn of(source: &str, syntax: &SyntaxConfig, function: &str) -> Self {
        let tags = tags(source, syntax);
        let source = Source { text: source, macros: macros(&tags), tags };
        let calls = source.calls(function);
        let fragments = calls.iter().map(|call| source.fragment(call, &calls)).collect();
        let templates = source.tags.iter().flat_map(templates).map(str::to_owned).collect();
        let own = source.macros.iter().map(|(name, _)| (*name).to_owned());
        let imported = source.tags.iter().flat_map(imported).map(str::to_owned);
        let macros = own.chain(imported).collect();
        let mut inside = Mentions::default();
        source.macros.iter().for_each(|(name, _)| source.mentions_of_macro(name, &mut inside));
        Self { fragments, templates, macros, macros_use_blocks: inside.blocks }
    }
}

struct Source<'s> {
    text: &'s str,
    tags: Vec<Tag<'s>>,
    /// The macros, with the tags between their beginning and their end.
    macros: Vec<(&'s str, Range<usize>)>,
}

/// `{% call cached(name, ..) %} .. {% endcall %}`
struct Call<'s> {
    head: usize,
    /// The tags between its beginning and its end.
    body: Range<usize>,
    name: Option<&'s str>,
}

/// The names that a block, and the macros that it calls, mention.
#[derive(Default)]
struct Mentions<'s> {
    names: BTreeSet<&'s str>,
    /// The names that get a value inside of it.
    own: BTreeSet<&'s str>,
    /// `self.block()`
    blocks: bool,
    /// The `loop` that the block stands in.
    outer_loop: bool,
    macros: BTreeSet<&'s str>,
}

impl<'s> Source<'s> {
    fn calls(&self, function: &str) -> Vec<Call<'s>> {
        let calls = pairs(&self.tags, "call", "endcall");
        let call = |body: Range<usize>| {
            let head = body.start - 1;
            let tokens = &self.tags[head].tokens;
            // Behind what the block takes: `{% call(item) cached(..) %}`.
            let at = tokens.iter().position(|token| *token == Token::Name(function))?;
            let name = match tokens.get(at + 1..) {
                Some([Token::Mark('('), Token::Text(name), Token::Mark(',' | ')'), ..])
                    if !name.contains('\\') =>
                {
                    Some(*name)
                }
                Some([Token::Mark('('), ..]) => None,
                _ => return None,
            };
            Some(Call { head, body, name })
        };
        calls.into_iter().filter_map(call).collect()
    }

    fn fragment(&self, call: &Call<'s>, all: &[Call<'s>]) -> Fragment {
        let head = named(&self.tags[call.head].tokens);
        let mut found = Mentions::default();
        self.mentions(call.body.clone(), &mut found);
        // `caller` is undefined in a block, whatever stands around it.
        let outer =
            |name: &&str| !head.contains(name) && !found.own.contains(name) && *name != "caller";
        let names = found.names.iter().copied().filter(outer).map(str::to_owned).collect();
        let mistake = if found.blocks && !head.contains("self") {
            Some(Mistake::Blocks)
        } else if found.outer_loop && !head.contains("loop") {
            Some(Mistake::Loop)
        } else if all.iter().any(|other| self.are_mixed_up(call, other)) {
            Some(Mistake::Twice)
        } else {
            None
        };
        Fragment { name: call.name.map(str::to_owned), names, mistake }
    }

    /// Whether two calls look the same, and their blocks do not.
    fn are_mixed_up(&self, one: &Call<'s>, other: &Call<'s>) -> bool {
        let text =
            |call: &Call<'s>| &self.text[self.tags[call.head].end..self.tags[call.body.end].start];
        one.head != other.head
            && self.tags[one.head].tokens == self.tags[other.head].tokens
            && text(one) != text(other)
    }

    fn mentions(&self, body: Range<usize>, found: &mut Mentions<'s>) {
        let mut loops = 0_usize;
        for tag in &self.tags[body] {
            if tag.word() == Some("endfor") {
                loops = loops.saturating_sub(1);
            }
            found.own.extend(given(tag));
            for (name, behind) in names(&tag.tokens) {
                match name {
                    "self" => found.blocks |= is_block(behind),
                    "loop" => found.outer_loop |= loops == 0,
                    _ => _ = found.names.insert(name),
                }
                self.mentions_of_macro(name, found);
            }
            // What a loop goes over is looked up outside of it.
            if tag.word() == Some("for") {
                loops += 1;
            }
        }
    }

    /// The names that the macro called `name` mentions, if there is one.
    fn mentions_of_macro(&self, name: &'s str, found: &mut Mentions<'s>) {
        let Some((_, body)) = self.macros.iter().find(|(known, _)| *known == name) else { return };
        if !found.macros.insert(name) {
            return;
        }
        let mut inside =
            Mentions { macros: std::mem::take(&mut found.macros), ..Mentions::default() };
        self.mentions(body.clone(), &mut inside);
        inside.own.extend(named(&self.tags[body.start - 1].tokens));
        found.names.extend(inside.names.difference(&inside.own));
        found.blocks |= inside.blocks;
        found.outer_loop |= inside.outer_loop;
        found.macros = inside.macros;
    }
}

/// The names that a statement gives a value to.
fn given<'s>(tag: &Tag<'s>) -> Vec<&'s str> {
    let target = |(at, token): (usize, &Token<'s>)| match (token, tag.tokens.get(at + 1)) {
        (Token::Name(name), Some(Token::Mark('='))) => Some(*name),
        _ => None,
    };
    let name = |token: &Token<'s>| match token {
        Token::Name(name) => Some(*name),
        _ => None,
    };
    match tag.word() {
        Some("for") => {
            let targets = tag.tokens.iter().take_while(|token| **token != Token::Name("in"));
            targets.filter_map(name).collect()
        }
        Some("set" | "with") => tag.tokens.iter().enumerate().filter_map(target).collect(),
        _ => Vec::new(),
    }
}

/// Whether `self` is followed by the call of a block: `self.name()`.
fn is_block(behind: &[Token<'_>]) -> bool {
    matches!(behind, [Token::Mark('.'), Token::Name(_), Token::Mark('('), ..])
}

/// The names in `tokens` that stand for values, each with what stands behind it: none behind a dot, and none
/// that a value is given to.
fn names<'t, 's>(tokens: &'t [Token<'s>]) -> impl Iterator<Item = (&'s str, &'t [Token<'s>])> + 't {
    tokens.iter().enumerate().filter_map(|(at, token)| {
        let Token::Name(name) = *token else { return None };
        let before = at.checked_sub(1).map(|at| tokens[at]);
        let behind = &tokens[at + 1..];
        let is_given = matches!(behind, [Token::Mark('='), next, ..] if *next != Token::Mark('='));
        (before != Some(Token::Mark('.')) && !is_given).then_some((name, behind))
    })
}

fn named<'s>(tokens: &[Token<'s>]) -> BTreeSet<&'s str> {
    names(tokens).map(|(name, _)| name).collect()
}

/// The names that a statement imports, and the words around them.
fn imported<'s>(tag: &Tag<'s>) -> BTreeSet<&'s str> {
    match tag.word() {
        Some("import" | "from") => named(&tag.tokens),
        _ => BTreeSet::new(),
    }
}

fn macros<'s>(tags: &[Tag<'s>]) -> Vec<(&'s str, Range<usize>)> {
    let bodies = pairs(tags, "macro", "endmacro").into_iter();
    let named = bodies.filter_map(|body| match tags[body.start - 1].tokens.get(1) {
        Some(Token::Name(name)) => Some((*name, body)),
        _ => None,
    });
    named.collect()
}

/// The tags between each `open` and its `shut`.
fn pairs(tags: &[Tag<'_>], open: &str, shut: &str) -> Vec<Range<usize>> {
    let mut opened = Vec::new();
    let mut pairs = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let word = tag.word();
        if word == Some(open) {
            opened.push(at + 1);
        } else if word == Some(shut)
            && let Some(start) = opened.pop()
        {
            pairs.push(start..at);
        }
    }
    pairs
}

/// The templates that a tag takes in, where their names are written out.
fn templates<'s>(tag: &Tag<'s>) -> Vec<&'s str> {
    let words = ["extends", "include", "import", "from"];
    if !tag.word().is_some_and(|word| words.contains(&word)) {
        return Vec::new();
    }
    // A name that is put together is not known here.
    if tag.tokens.iter().any(|token| matches!(token, Token::Mark('~' | '+' | '|' | '%'))) {
        return Vec::new();
    }
    let text = |token: &Token<'s>| match token {
        Token::Text(name) if !name.contains('\\') => Some(*name),
        _ => None,
    };
    tag.tokens.iter().filter_map(text).collect()
}
