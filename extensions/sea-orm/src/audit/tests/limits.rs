//! How much is parsed. The limits are lowered for most of it, and no text is longer than what is parsed
//! with ease.

use super::super::table::{Dialect, Table};
use super::super::text::Limits;
use super::super::{KNOWN, check, read};
use super::{MySql, Postgres, Sqlite};
use sea_orm::DbBackend;
use std::fmt::Write as _;
use std::thread;

/// A statement over `film` that begins with `begin` and ends with `many` times `more`.
fn chain(begin: &str, more: &str, many: usize) -> String {
    format!("{begin}{}", more.repeat(many))
}

fn why(dialect: Dialect, sql: &str, limits: Limits) -> String {
    read(dialect, sql, limits).expect_err(sql).to_string()
}

#[test]
fn a_longer_statement_is_refused_before_it_is_looked_at() {
    // It is no SQL, which nobody has noticed, since nobody has read it.
    let long = "(".repeat((64 << 10) + 1);
    let error = check(DbBackend::Sqlite, &long, &[]).expect_err("it is too long").to_string();
    assert!(error.contains("65537 bytes long, and more than 65536 are not read"), "{error}");
    assert!(error.contains(".trust_tables()"), "{error}");
    let exact = format!("SELECT 1 FROM film{}", " ".repeat((64 << 10) - 18));
    let film = &[Table::bare("film")];
    check(DbBackend::Sqlite, &exact, film).expect("it is as long as may be");
}

#[test]
fn more_words_than_may_be_are_refused_before_they_are_parsed() {
    // After them comes what no parser takes, which is not what it is refused for.
    let few = Limits { levels: 100, ..Limits::DEFAULT };
    for more in [" AND x = 1", " + 1", " IS NULL", "::int", "[1]", " UNION SELECT 1", " NOT", " ("]
    {
        let sql = chain("SELECT x FROM film WHERE x", more, 101) + " %%";
        let why = why(Postgres, &sql, few);
        assert!(
            why.contains("keywords, operators and brackets, and more than 100"),
            "{more}: {why}"
        );
    }
    let values =
        chain("SELECT x FROM film WHERE x IN ($0", ", $1, 'a', 1, \"b\".\"c\"", 1_000) + ")";
    assert_eq!(
        read(Postgres, &values, few).map(|tables| tables.len()),
        Ok(1),
        "values are no words"
    );
}

#[test]
fn more_of_what_costs_most_than_may_be_is_refused_before_it_is_parsed() {
    let few = Limits { heavy: 10, ..Limits::DEFAULT };
    for (dialect, more) in [
        (Postgres, " JOIN film ON true"),
        (MySql, " STRAIGHT_JOIN film"),
        (MySql, " DIV 1"),
        (MySql, " REGEXP 'a'"),
        (Sqlite, " MATCH 'a'"),
        (Sqlite, " GLOB 'a'"),
    ] {
        let sql = chain("SELECT 1 FROM film", more, 11) + " %%";
        let why = why(dialect, &sql, few);
        assert!(
            why.contains("joins and operators such as MATCH, and more than 10"),
            "{more}: {why}"
        );
    }
}

/// What the limits let through is parsed, walked and dropped, whoever asks: on a thread with the stack that
/// threads of executors have. (In the worst shapes that were found, a quarter of the parser's stack.)
#[test]
fn the_longest_statement_is_read_on_a_small_stack() {
    let shapes = [
        (Postgres, "SELECT x FROM film WHERE x", " AND x", 4_990),
        (Postgres, "SELECT x FROM film WHERE x", " OR x=1 AND y", 1_600),
        (Postgres, "SELECT x FROM film WHERE x", "+x", 4_990),
        (Postgres, "SELECT x FROM film WHERE x", "::int", 2_450),
        (Postgres, "SELECT x FROM film", " UNION SELECT x FROM film", 1_600),
        (Postgres, "SELECT x FROM film", " JOIN film ON true", 249),
        (MySql, "SELECT x FROM film WHERE x", " DIV x", 249),
        (Sqlite, "SELECT x FROM film WHERE x", " MATCH x", 249),
    ];
    let small = thread::Builder::new().stack_size(2 << 20);
    let reader = small.spawn(move || {
        for (dialect, begin, more, many) in shapes {
            let sql = chain(begin, more, many);
            let read = read(dialect, &sql, Limits::DEFAULT).map(|tables| tables.len());
            assert_eq!(read, Ok(1), "{more}");
        }
        // Joins whose conditions all stand at the end nest without a bracket.
        let nested = chain("SELECT 1 FROM film", " JOIN film", 249) + &" ON true".repeat(249);
        assert_eq!(read(Postgres, &nested, Limits::DEFAULT).map(|tables| tables.len()), Ok(1));
        let values = chain("SELECT x FROM film WHERE x IN (1", ",1", 32_000) + ")";
        assert_eq!(read(Postgres, &values, Limits::DEFAULT).map(|tables| tables.len()), Ok(1));
    });
    reader.expect("there is a thread").join().expect("it is read");
}

/// The parser has a limit of its own for what nests in brackets.
#[test]
fn what_nests_deeper_than_the_parser_goes_is_refused() {
    let nested = |depth: usize| {
        let mut sql = "SELECT 1 FROM film WHERE ".to_owned();
        for _ in 0..depth {
            sql.push_str("x IN (SELECT x FROM film WHERE ");
        }
        write!(sql, "true{}", ")".repeat(depth)).expect("a string takes it");
        sql
    };
    assert!(read(Postgres, &nested(8), Limits::DEFAULT).is_ok());
    let why = why(Postgres, &nested(40), Limits::DEFAULT);
    assert!(why.contains("recursion limit"), "{why}");
}

#[test]
fn what_is_known_of_statements_is_bounded() {
    for number in 0..1_200 {
        let sql = format!("SELECT {number} FROM film");
        check(DbBackend::Sqlite, &sql, &[Table::bare("film")]).expect("film is named");
    }
    let (statements, bytes) = KNOWN.size();
    assert!((1..=1_000).contains(&statements) && bytes <= 4 << 20, "{statements}, {bytes}");
}
