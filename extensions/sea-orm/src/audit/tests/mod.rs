//! Statements of three databases, and what is read of them.

mod limits;
mod random;
mod refused;
mod statements;

use super::table::Dialect::{self, MySql, Postgres, Sqlite};
use super::text::Limits;
use super::{Why, read};

/// The tables of `sql` with a space between them, in the order of their names.
fn tables(dialect: Dialect, sql: &str) -> Result<String, Why> {
    let tables = read(dialect, sql, Limits::DEFAULT)?;
    Ok(tables.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

/// Asserts that of each statement the tables are read that stand before it.
fn assert_read(dialect: Dialect, statements: &[(&str, &str)]) {
    for (right, sql) in statements {
        let read = tables(dialect, sql);
        assert_eq!(read.as_deref(), Ok(*right), "{dialect:?}: {sql}");
    }
}

/// Asserts that each statement is refused, for a reason with the words that stand before it.
fn assert_refused(dialect: Dialect, statements: &[(&str, &str)]) {
    for (words, sql) in statements {
        match tables(dialect, sql) {
            Ok(read) => panic!("{dialect:?}: of {sql} was read: {read:?}"),
            Err(why) => assert!(why.contains(words), "{dialect:?}: {sql}: {why}"),
        }
    }
}
