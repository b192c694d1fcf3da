//! What may be parsed at all: not too long a text, and none that the parser and the database may split into
//! words in two ways.

use super::Why;
use super::table::Dialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

/// How much is parsed. More could take more stack than there is, and a process that runs out of it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes.
    pub(super) length: usize,
    /// Keywords, operators and opening brackets: of these each may be one level more of what is parsed.
    /// Names, values and commas are none, so that `IN` of a thousand values stays far below it.
    pub(super) levels: usize,
    /// Keywords that cost far more than others. A join may nest without a bracket, and the operators `DIV`,
    /// `GLOB`, `MATCH` and `REGEXP` are copied with all to the left of them.
    pub(super) heavy: usize,
}

/// What is counted in a text, to be found again in what was parsed of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) selects: usize,
    pub(super) joins: usize,
}

impl Limits {
    pub(super) const DEFAULT: Self = Self { length: 64 << 10, levels: 5_000, heavy: 250 };

    /// Before anything is done with the text.
    pub(super) fn check_length(self, sql: &str) -> Result<(), Why> {
        if sql.len() <= self.length {
            return Ok(());
        }
        let Self { length, .. } = self;
        Err(format!("it is {} bytes long, and more than {length} are not read", sql.len()).into())
    }

    /// Before they are parsed.
    pub(super) fn check_tokens(
        self,
        dialect: Dialect,
        tokens: &[TokenWithSpan],
    ) -> Result<Counted, Why> {
        let (mut levels, mut heavy, mut counted) = (0, 0, Counted::default());
        for token in tokens {
            unambiguous(dialect, &token.token)?;
            levels += usize::from(is_level(&token.token));
            match keyword(&token.token) {
                Keyword::SELECT => counted.selects += 1,
                Keyword::JOIN => (counted.joins, heavy) = (counted.joins + 1, heavy + 1),
                Keyword::STRAIGHT_JOIN
                | Keyword::DIV
                | Keyword::GLOB
                | Keyword::MATCH
                | Keyword::REGEXP
                | Keyword::RLIKE => heavy += 1,
                _ => {}
            }
        }
        let too_many = |what: &str, of, limit| {
            Err(Why::from(format!("it has {of} {what}, and more than {limit} are not read")))
        };
        if levels > self.levels {
            return too_many("keywords, operators and brackets", levels, self.levels);
        }
        if heavy > self.heavy {
            return too_many("joins and operators such as MATCH", heavy, self.heavy);
        }
        Ok(counted)
    }
}

/// The words of `sql`.
pub(super) fn tokens(dialect: Dialect, sql: &str) -> Result<Vec<TokenWithSpan>, Why> {
    if let Some(odd) = sql.chars().find(|&char| is_odd(char)) {
        return Err(
            format!("it has the character {odd:?}, of which databases make this or that").into()
        );
    }
    if dialect == Dialect::MySql {
        unambiguous_for_mysql(sql)?;
    }
    let tokens = Tokenizer::new(dialect.parser(), sql).tokenize_with_location();
    tokens.map_err(|error| Why::from(error.to_string()))
}

/// White space for one and part of a name for another.
fn is_odd(char: char) -> bool {
    (char.is_whitespace() && !char.is_ascii()) || (char.is_control() && !char.is_ascii_whitespace())
}

/// `MySQL` runs what is in `/*! .. */`, and whether a backslash escapes is a setting of the session.
fn unambiguous_for_mysql(sql: &str) -> Result<(), Why> {
    if sql.contains("/*!") || sql.contains("/*M!") {
        return Err("what is in `/*! .. */` is run by some servers and not by others".into());
    }
    let mut backslashes = 0;
    for byte in sql.bytes() {
        match byte {
            b'\\' => backslashes += 1,
            b'\'' | b'"' | b'`' if backslashes % 2 == 1 => {
                return Err("a backslash before a quote ends a string or does not".into());
            }
            _ => backslashes = 0,
        }
    }
    Ok(())
}

/// Reports what the database may split otherwise.
fn unambiguous(dialect: Dialect, token: &Token) -> Result<(), Why> {
    match token {
        Token::CustomBinaryOperator(operator)
            if operator.contains("--") || operator.contains("/*") =>
        {
            Err(format!("in `{operator}` a comment begins or does not").into())
        }
        // `@name` and `@@name`: what a session has set.
        Token::Word(word)
            if dialect == Dialect::MySql
                && word.quote_style.is_none()
                && word.value.starts_with('@') =>
        {
            Err(format!("`{}` is what the session has set", word.value).into())
        }
        Token::AtSign | Token::AtAt if dialect == Dialect::MySql => {
            Err("`@` names what the session has set".into())
        }
        _ => Ok(()),
    }
}

/// The keyword that `token` is, as far as it is known from the word alone.
fn keyword(token: &Token) -> Keyword {
    match token {
        Token::Word(word) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    }
}

/// Whether what is parsed may be one level deeper for `token`.
fn is_level(token: &Token) -> bool {
    match token {
        Token::Word(_) => keyword(token) != Keyword::NoKeyword,
        Token::EOF
        | Token::Whitespace(_)
        | Token::Comma
        | Token::Period
        | Token::RParen
        | Token::RBracket
        | Token::RBrace
        | Token::SemiColon
        | Token::Placeholder(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_) => false,
        _ => true,
    }
}
