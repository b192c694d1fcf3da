#!/usr/bin/env bash
# SeaORM 2.0.4 with sqlx 0.9.0 and PostgreSQL 15: of two correct queries for the same row, the second one fails.
#
# `filter(Id.eq(1)).one(db)` and `find_by_id(1).one(db)` of an `id: i64` write the same SQL. The first binds an `i32`,
# since `eq` takes any value and an integer literal is one by default; the second binds the key's `i64`. sqlx keeps a
# prepared statement for each text, whatever the types of its parameters, and the server has taken these types from
# the first use.
#
# Guessed: both find the row, on whichever connection and in whichever order, as each does alone.
# Seen: the output below. Which query fails depends on which of them the connection has seen first; in a pool of
# several connections it depends on chance. `eq(1_i64)` helps.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# A server of its own, unless there is one already.
[ -n "${DATABASE_URL:-}" ] || exec bash "$here/../.ci/postgres" bash "$here/$(basename "$0")"
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
sea-orm = { version = "=2.0.4", default-features = false, features = ["macros", "sqlx-postgres", "runtime-tokio"] }
sqlx = { version = "=0.9.0", default-features = false }
tokio = { version = "1", features = ["macros", "rt"] }
TOML
cat > src/main.rs <<'RUST'
use sea_orm::{ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, EntityTrait, QueryFilter};

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

/// One connection, and the table that only it sees.
async fn connect() -> Result<DatabaseConnection, DbErr> {
    let url = std::env::var("DATABASE_URL").expect("a server");
    let db = Database::connect(ConnectOptions::new(url).max_connections(1).sqlx_logging(false).to_owned()).await?;
    db.execute_unprepared("CREATE TEMPORARY TABLE item (id BIGINT PRIMARY KEY)").await?;
    db.execute_unprepared("INSERT INTO item VALUES (1)").await?;
    Ok(db)
}

fn show(query: &str, found: Result<Option<item::Model>, DbErr>) {
    match found {
        Ok(found) => println!("{query}: {}", found.map_or(0, |item| item.id)),
        Err(error) => {
            let error = error.to_string();
            // Without the line of the server's source.
            let (error, _) = error.rsplit_once(" at line").unwrap_or((&error, ""));
            println!("{query}: {}", error.rsplit("database: ").next().unwrap_or(error));
        }
    }
}

async fn by_filter(db: &DatabaseConnection) {
    show("filter", item::Entity::find().filter(item::Column::Id.eq(1)).one(db).await);
}

async fn by_key(db: &DatabaseConnection) {
    show("find_by_id", item::Entity::find_by_id(1).one(db).await);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), DbErr> {
    let db = connect().await?;
    by_filter(&db).await;
    by_key(&db).await;
    let db = connect().await?;
    by_key(&db).await;
    by_filter(&db).await;
    Ok(())
}
RUST
env -u CARGO_TARGET_DIR cargo run --quiet > found.txt

diff - found.txt <<'SEEN' || { echo "another output than was seen"; exit 1; }
filter: 1
find_by_id: incorrect binary data format in bind parameter 1
find_by_id: 1
filter: insufficient data left in message
SEEN
echo "as seen: SeaORM 2.0.4 finds the row by whichever query comes first, and fails with the other"
