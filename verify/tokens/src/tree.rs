//! Token trees that can be taken apart, sent to other threads, and written to a file.

use proc_macro2::{Delimiter, Group, Ident, LexError, Literal, Punct, Spacing, Span};
use proc_macro2::{TokenStream, TokenTree};

/// One token tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// An identifier, raw or not, or a lifetime with its quote.
    Word(String),
    /// A literal as it is written.
    Literal(String),
    /// A character, and whether it belongs with the next one.
    Punct(char, Spacing),
    /// Tokens between delimiters, which may be invisible ones.
    Group(Delimiter, Vec<Token>),
}

/// What no text can show is written as a macro: `invisible!{ Book }` stands for the invisible group
/// that `macro_rules!` puts around a fragment.
const INVISIBLE: &str = "invisible";

/// Reads tokens from a text.
pub(crate) fn parse(text: &str) -> Result<Vec<Token>, LexError> {
    text.parse::<TokenStream>().map(|tokens| revealed(from_stream(tokens)))
}

/// The tokens as a text that [`parse`] reads.
pub(crate) fn print(tokens: &[Token]) -> String {
    let text = |(at, token)| print_one(token, tokens.get(at + 1));
    tokens.iter().enumerate().map(text).collect()
}

fn print_one(token: &Token, next: Option<&Token>) -> String {
    match token {
        Token::Word(word) => format!("{word} "),
        Token::Literal(literal) => format!("{literal} "),
        Token::Punct(punct, _) if is_joint(token, next) => punct.to_string(),
        Token::Punct(punct, _) => format!("{punct} "),
        Token::Group(delimiter, inner) => {
            let inner = print(inner);
            match delimiter {
                Delimiter::Parenthesis => format!("({}) ", inner.trim_end()),
                Delimiter::Bracket => format!("[{}] ", inner.trim_end()),
                Delimiter::Brace => format!("{{ {inner}}} "),
                Delimiter::None => format!("{INVISIBLE}!{{ {inner}}} "),
            }
        }
    }
}

/// The tokens as the macros take them.
pub(crate) fn to_stream(tokens: &[Token]) -> TokenStream {
    let mut stream = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) => match word.strip_prefix('\'') {
                Some(name) => stream.extend([
                    Punct::new('\'', Spacing::Joint).into(),
                    TokenTree::from(ident(name)),
                ]),
                None => stream.push(ident(word).into()),
            },
            // What is no literal, by a mutation's mistake, is left out.
            Token::Literal(literal) => {
                stream.extend(literal.parse::<Literal>().ok().map(TokenTree::from));
            }
            Token::Punct(punct, _) => {
                let joint = is_joint(token, tokens.get(at + 1));
                let spacing = if joint { Spacing::Joint } else { Spacing::Alone };
                stream.push(Punct::new(*punct, spacing).into());
            }
            Token::Group(delimiter, inner) => {
                stream.push(Group::new(*delimiter, to_stream(inner)).into());
            }
        }
    }
    stream.into_iter().collect()
}

/// Takes tokens apart.
pub(crate) fn from_stream(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut quoted = false;
    for tree in stream {
        tokens.push(match tree {
            TokenTree::Ident(ident) if quoted => Token::Word(format!("'{ident}")),
            TokenTree::Ident(ident) => Token::Word(ident.to_string()),
            TokenTree::Literal(literal) => Token::Literal(literal.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                quoted = true;
                continue;
            }
            TokenTree::Punct(punct) => Token::Punct(punct.as_char(), punct.spacing()),
            TokenTree::Group(group) => Token::Group(group.delimiter(), from_stream(group.stream())),
        });
        quoted = false;
    }
    tokens
}

/// How many tokens there are, delimiters counted once.
pub(crate) fn size(tokens: &[Token]) -> usize {
    tokens.iter().map(|token| 1 + token.inner().map_or(0, size)).sum()
}

/// How deep the groups are nested.
pub(crate) fn depth(tokens: &[Token]) -> usize {
    tokens.iter().map(|token| token.inner().map_or(0, |inner| 1 + depth(inner))).max().unwrap_or(0)
}

/// Where the token of this number is, counted in the order in which they begin: its list, and its
/// place in that.
pub(crate) fn place(tokens: &mut Vec<Token>, number: usize) -> Option<(&mut Vec<Token>, usize)> {
    let mut before = 0;
    for at in 0..tokens.len() {
        if before == number {
            return Some((tokens, at));
        }
        let within = before + 1..before + 1 + tokens[at].inner().map_or(0, size);
        if within.contains(&number) {
            let Token::Group(_, inner) = &mut tokens[at] else { return None };
            return place(inner, number - within.start);
        }
        before = within.end;
    }
    None
}

impl Token {
    /// What stands between delimiters.
    pub(crate) fn inner(&self) -> Option<&[Self]> {
        match self {
            Self::Group(_, inner) => Some(inner),
            Self::Word(_) | Self::Literal(_) | Self::Punct(..) => None,
        }
    }

    pub(crate) fn punct(punct: char) -> Self {
        Self::Punct(punct, Spacing::Alone)
    }
}

/// Characters belong together as the compiler's lexer has them: before another one, and not where
/// they would begin a comment.
fn is_joint(token: &Token, next: Option<&Token>) -> bool {
    match (token, next) {
        (Token::Punct(punct, Spacing::Joint), Some(Token::Punct(next, _))) => {
            *punct != '/' || *next == '='
        }
        (Token::Punct(_, Spacing::Joint), Some(Token::Word(word))) => word.starts_with('\''),
        _ => false,
    }
}

fn ident(word: &str) -> Ident {
    match word.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(word, Span::call_site()),
    }
}

/// Puts invisible groups where they are written.
fn revealed(tokens: Vec<Token>) -> Vec<Token> {
    let mut revealed: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let Token::Group(delimiter, inner) = token else {
            revealed.push(token);
            continue;
        };
        let inner = self::revealed(inner);
        match revealed.as_slice() {
            [before @ .., Token::Word(name), Token::Punct('!', _)] if name == INVISIBLE => {
                revealed.truncate(before.len());
                revealed.push(Token::Group(Delimiter::None, inner));
            }
            _ => revealed.push(Token::Group(delimiter, inner)),
        }
    }
    revealed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_again() {
        let text = "fn f<'a>(x: &'a str, invisible!{ r#type }) -> u8 { -1 / 2.0 }";
        let tokens = parse(text).unwrap();
        assert_eq!(parse(&print(&tokens)).unwrap(), tokens);
        assert_eq!(from_stream(to_stream(&tokens)), tokens);
        assert_eq!(depth(&tokens), 2);
    }
}
