//! Which tables a statement reads, from its text. What is not understood is refused, so that no table is
//! overlooked.
//!
//! - `table.rs`: a table's name, and how a database compares names;
//! - `text.rs`: what may be parsed at all;
//! - `walk.rs`: the walk over what was parsed; `scope.rs`: what a `WITH` hides; `functions.rs`: functions
//!   whose result no table decides;
//! - `known.rs`: what was read of statements before.

mod functions;
mod known;
mod scope;
mod table;
mod text;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use table::Table;

use crate::error::Error;
use known::Known;
use sea_orm::DbBackend;
use sqlparser::parser::Parser;
use std::sync::Arc;
use std::thread;
use table::Dialect;
use text::Limits;
use walk::Walk;

/// The tables that a statement reads, or why they are not known.
type Read = Result<Arc<[Table]>, Why>;

/// Why it is not known what a statement reads, or why its result must not be kept.
type Why = Arc<str>;

/// The stack that a statement of the greatest permitted size is parsed, walked and dropped on. Measured in a
/// build without optimization, the worst of them take a quarter of it. Memory that is not touched is not
/// taken.
const STACK: usize = 64 << 20;

static KNOWN: Known = Known::new();

/// Reports a table that the statement `sql` reads and that is none of `named`.
///
/// Only on a miss: a statement that is new is parsed, which takes from some ten microseconds to some ten
/// milliseconds. Others are looked up.
pub(crate) fn check(backend: DbBackend, sql: &str, named: &[Table]) -> Result<(), Error> {
    let dialect =
        Dialect::of(backend).ok_or_else(|| unknown("of this database no SQL is known"))?;
    let read = read_once(dialect, sql).map_err(|why| unknown(&why))?;
    match read.iter().find(|table| !named.iter().any(|named| named.is(table, dialect))) {
        Some(table) => Err(not_named(table, named)),
        None => Ok(()),
    }
}

/// What `sql` reads, found out or known from before.
fn read_once(dialect: Dialect, sql: &str) -> Read {
    let limits = Limits::DEFAULT;
    limits.check_length(sql)?;
    KNOWN.get(dialect, sql, || read(dialect, sql, limits))
}

/// What `sql` reads, found out on a thread of its own: the parser, and what drops its result, are recursive.
fn read(dialect: Dialect, sql: &str, limits: Limits) -> Read {
    let refused = |why: &str| Err(Why::from(why));
    let parse = || Ok(parse(dialect, sql, limits)?.into());
    thread::scope(|scope| {
        let parser = thread::Builder::new().name("gcache-audit".to_owned()).stack_size(STACK);
        match parser.spawn_scoped(scope, parse).map(thread::ScopedJoinHandle::join) {
            Ok(Ok(read)) => read,
            Ok(Err(_)) => refused("the parser panicked"),
            Err(_) => refused("there is no thread to parse it on"),
        }
    })
}

fn parse(dialect: Dialect, sql: &str, limits: Limits) -> Result<Vec<Table>, Why> {
    let tokens = text::tokens(dialect, sql)?;
    let counted = limits.check_tokens(dialect, &tokens)?;
    let parsed =
        Parser::new(dialect.parser()).with_tokens_with_locations(tokens).parse_statements();
    let statements = parsed.map_err(|error| Why::from(error.to_string()))?;
    let [statement] = statements.as_slice() else {
        return Err("it is not one statement".into());
    };
    Walk::over(dialect, statement, counted)
}

fn unknown(why: &str) -> Error {
    Error::UnknownDependencies { reason: why.to_owned() }
}

fn not_named(table: &Table, named: &[Table]) -> Error {
    let namesake = named.iter().find(|named| named.is_namesake(table)).map(Table::to_string);
    Error::TableNotNamed { table: table.to_string(), namesake }
}
