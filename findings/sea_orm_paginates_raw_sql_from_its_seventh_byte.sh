#!/usr/bin/env bash
# SeaORM 2.0.4: a raw select that does not begin with the word SELECT cannot be paginated or counted.
#
# `from_raw_sql(statement)` takes any statement that returns rows, and its `.all(db)` runs it as it is. `.paginate(db, n)`
# and `.count(db)` cut six bytes off the text, whatever these are, and write the rest behind a SELECT of their own.
#
# Guessed: the text is wrapped as it is, `SELECT COUNT(*) FROM (WITH ..)`, as that of a built query is.
# Seen: the output below, with SQLite. A comment before the SELECT, such as one that names the query for a log, is
# enough.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[workspace]
[dependencies]
sea-orm = { version = "=2.0.4", default-features = false, features = ["macros", "sqlx-sqlite", "runtime-tokio"] }
tokio = { version = "1", features = ["macros", "rt"] }
TOML
cat > src/main.rs <<'RUST'
use sea_orm::{ConnectionTrait, Database, DbBackend, DbErr, EntityTrait, PaginatorTrait, Statement};

mod item {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), DbErr> {
    let db = Database::connect("sqlite::memory:").await?;
    db.execute_unprepared("CREATE TABLE item (id INTEGER PRIMARY KEY)").await?;
    db.execute_unprepared("INSERT INTO item VALUES (1), (2)").await?;
    for sql in [
        "SELECT id FROM item",
        "WITH mine AS (SELECT id FROM item) SELECT id FROM mine",
        "/* item */ SELECT id FROM item",
    ] {
        let select = || item::Entity::find().from_raw_sql(Statement::from_string(DbBackend::Sqlite, sql));
        let all = match select().all(&db).await {
            Ok(all) => all.len().to_string(),
            Err(error) => error.to_string(),
        };
        let count = match select().count(&db).await {
            Ok(count) => count.to_string(),
            Err(error) => error.to_string(),
        };
        println!("{sql}\n    all: {all}\n    count: {count}");
    }
    Ok(())
}
RUST
env -u CARGO_TARGET_DIR cargo run --quiet > found.txt

diff - found.txt <<'SEEN' || { echo "another output than was seen"; exit 1; }
SELECT id FROM item
    all: 2
    count: 2
WITH mine AS (SELECT id FROM item) SELECT id FROM mine
    all: 2
    count: Query Error: error returned from database: (code: 1) near "(": syntax error
/* item */ SELECT id FROM item
    all: 2
    count: Query Error: error returned from database: (code: 1) near "/": syntax error
SEEN
echo "as seen: SeaORM 2.0.4 counts raw SQL that begins with SELECT, and fails with WITH or a comment"
