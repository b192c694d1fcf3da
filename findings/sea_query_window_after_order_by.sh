#!/usr/bin/env bash
# sea-query 1.0.2: a named window is written after ORDER BY, LIMIT and FOR UPDATE, where no database takes it.
#
# The grammar of PostgreSQL, MySQL and SQLite has WINDOW between HAVING and ORDER BY. The builder takes both,
# in whichever order they are called, and writes a statement that is a syntax error in each of them; without an
# ORDER BY the same query is right. The named windows of a builder are one: a second call replaces the first.
#
# Guessed: a builder writes clauses in the order of the grammar, in whichever order they are called.
# Seen: the output below; SQLite runs what was written. A window without a name is written right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[workspace]
[dependencies]
sea-query = { version = "=1.0.2", default-features = false, features = ["backend-sqlite"] }
TOML
cat > src/main.rs <<'RUST'
use sea_query::{Expr, Func, Order, Query, SelectStatement, SqliteQueryBuilder, WindowStatement};

fn ranks(is_ordered: bool) -> SelectStatement {
    let mut window = WindowStatement::new();
    window.order_by_expr(Expr::cust("votes"), Order::Desc);
    let mut query = Query::select();
    query.expr_window_name(Func::cust("rank"), "w").from("film").window("w", window);
    if is_ordered {
        query.order_by("id", Order::Asc);
    }
    query
}

fn main() {
    println!("{}", ranks(false).to_string(SqliteQueryBuilder));
    println!("{}", ranks(true).to_string(SqliteQueryBuilder));
}
RUST
env -u CARGO_TARGET_DIR cargo run --quiet > written.txt
python3 - > ran.txt <<'PYTHON'
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE film (id INTEGER PRIMARY KEY, votes INTEGER)")
db.execute("INSERT INTO film VALUES (1, 10), (2, 20)")
for sql in open("written.txt"):
    try:
        print(sorted(db.execute(sql).fetchall()))
    except sqlite3.OperationalError as error:
        print(error)
PYTHON

expect() {
    diff <(printf '%s\n' "$2") "$1" || { echo "another output than was seen: $1"; exit 1; }
}
expect written.txt 'SELECT rank() OVER "w" FROM "film" WINDOW "w" AS ( ORDER BY votes DESC)
SELECT rank() OVER "w" FROM "film" ORDER BY "id" ASC WINDOW "w" AS ( ORDER BY votes DESC)'
expect ran.txt '[(1,), (2,)]
near "WINDOW": syntax error'
echo "as seen: sea-query 1.0.2 writes WINDOW after ORDER BY, and SQLite says: $(tail -n 1 ran.txt)"
