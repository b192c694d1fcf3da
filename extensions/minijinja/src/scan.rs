//! The tags of a template's source, and the tokens in them.
//!
//! The engine keeps its parser to itself, and of a compiled block tells nothing but its name. The few
//! questions that are asked here, which names a block mentions and which templates it takes in, need no more
//! than tokens.

use minijinja::syntax::SyntaxConfig;

/// A tag: `{% .. %}`, `{{ .. }}`, or a line statement.
#[derive(Debug)]
pub(crate) struct Tag<'s> {
    /// Whether it is a statement, and no expression to be printed.
    pub(crate) statement: bool,
    pub(crate) tokens: Vec<Token<'s>>,
    /// Where it begins in the source.
    pub(crate) start: usize,
    /// Where it has ended.
    pub(crate) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'s> {
    Name(&'s str),
    /// Text in quotes, as it stands there.
    Text(&'s str),
    Number(&'s str),
    Mark(char),
}

impl<'s> Tag<'s> {
    /// The word that a statement begins with.
    pub(crate) fn word(&self) -> Option<&'s str> {
        match self.tokens.first() {
            Some(Token::Name(word)) if self.statement => Some(word),
            _ => None,
        }
    }
}

/// What begins at a place of a template.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Statement,
    Print,
    Comment,
    LineStatement,
    LineComment,
}

/// The tags of `source`, in their order; comments and raw text have none.
pub(crate) fn tags<'s>(source: &'s str, syntax: &SyntaxConfig) -> Vec<Tag<'s>> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some((start, kind, open)) = next(source, at, syntax) {
        let inside = start + open;
        let end = match kind {
            Kind::Comment => {
                let close = syntax.comment_delimiters().1;
                at = past(source, inside, close);
                continue;
            }
            Kind::LineComment => {
                at = past(source, inside, "\n");
                continue;
            }
            Kind::Statement => close(source, inside, syntax.block_delimiters().1),
            Kind::Print => close(source, inside, syntax.variable_delimiters().1),
            Kind::LineStatement => close(source, inside, "\n"),
        };
        let statement = kind != Kind::Print;
        let tag = Tag { statement, tokens: tokens(&source[inside..end.0]), start, end: end.1 };
        at = if tag.word() == Some("raw") { end_of_raw(source, end.1, syntax) } else { end.1 };
        tags.push(tag);
    }
    tags
}

/// The next beginning of a tag or comment at or after `from`: where, what, and how long its mark is.
fn next(source: &str, from: usize, syntax: &SyntaxConfig) -> Option<(usize, Kind, usize)> {
    let marks = [
        (Kind::Statement, syntax.block_delimiters().0),
        (Kind::Print, syntax.variable_delimiters().0),
        (Kind::Comment, syntax.comment_delimiters().0),
    ];
    let inline = marks.into_iter().filter_map(|(kind, mark)| {
        source[from..].find(mark).map(|at| (from + at, kind, mark.len()))
    });
    let prefixes = [
        (Kind::LineStatement, syntax.line_statement_prefix()),
        (Kind::LineComment, syntax.line_comment_prefix()),
    ];
    let lines = prefixes.into_iter().filter_map(|(kind, prefix)| {
        let prefix = prefix?;
        line_with(source, from, prefix).map(|at| (at, kind, prefix.len()))
    });
    // Of two that begin at one place the longer is meant.
    inline.chain(lines).min_by_key(|&(at, _, length)| (at, usize::MAX - length))
}

/// Where `prefix` begins a line at or after `from`.
fn line_with(source: &str, from: usize, prefix: &str) -> Option<usize> {
    let found = source[from..].match_indices(prefix).map(|(at, _)| from + at);
    let mut begins = found.filter(|&at| {
        let line = source[..at].rfind('\n').map_or(0, |end| end + 1);
        source[line..at].chars().all(|c| c == ' ' || c == '\t')
    });
    begins.next()
}

/// Behind the next `close` at or after `from`.
fn past(source: &str, from: usize, close: &str) -> usize {
    source[from..].find(close).map_or(source.len(), |at| from + at + close.len())
}

/// Where a tag's inside ends, and where the tag does: at a `close` that is in no quotes and no brackets.
fn close(source: &str, from: usize, close: &str) -> (usize, usize) {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in source[from..].char_indices() {
        if let Some(open) = quote {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == open => quote = None,
                _ => {}
            }
            continue;
        }
        if depth == 0 && source[from + at..].starts_with(close) {
            return (from + at, from + at + close.len());
        }
        match c {
            '\'' | '"' => quote = Some(c),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (source.len(), source.len())
}

/// Behind the `endraw` of raw text that begins at `from`.
fn end_of_raw(source: &str, mut from: usize, syntax: &SyntaxConfig) -> usize {
    let (open, shut) = syntax.block_delimiters();
    while let Some(at) = source[from..].find(open) {
        let inside = from + at + open.len();
        let (end, after) = close(source, inside, shut);
        if tokens(&source[inside..end]).first() == Some(&Token::Name("endraw")) {
            return after;
        }
        from = inside;
    }
    source.len()
}

/// The tokens of a tag's inside, without the marks that trim white space.
fn tokens(inside: &str) -> Vec<Token<'_>> {
    let inside = inside.strip_prefix(['-', '+']).unwrap_or(inside);
    let inside = inside.strip_suffix(['-', '+']).unwrap_or(inside);
    let mut tokens = Vec::new();
    let mut rest = inside.trim_start();
    while let Some(first) = rest.chars().next() {
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            '\'' | '"' => {
                let mut escaped = false;
                let shut = rest[1..].find(|c: char| {
                    let ends = c == first && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                let end = shut.map_or(rest.len(), |at| at + 1);
                tokens.push(Token::Text(&rest[1..end]));
                (end + 1).min(rest.len())
            }
            _ if in_word(first) => {
                let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
                let word = &rest[..end];
                let number = first.is_ascii_digit();
                tokens.push(if number { Token::Number(word) } else { Token::Name(word) });
                end
            }
            _ => {
                tokens.push(Token::Mark(first));
                first.len_utf8()
            }
        };
        rest = rest[length..].trim_start();
    }
    tokens
}
