#!/usr/bin/env bash
# sqlx 0.9.0 (SQLite): a transaction in a transaction that cannot begin rolls the outer one back, and says nothing.
#
# A library function begins by `begin_with("BEGIN IMMEDIATE")`, which is refused with an error inside of a transaction, as the
# docs say. Its caller is in one, sees the error and goes on without. From there on it is in no transaction: what it wrote
# before is gone, what it writes next is committed by itself, and its `commit()` is `Ok`.
#
# Guessed: after the error the outer transaction is as it was: both writes are there after the commit, none after a rollback.
# Seen: the output below.
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
sqlx = { version = "=0.9.0", default-features = false, features = ["runtime-tokio", "sqlite"] }
tokio = { version = "1", features = ["macros", "rt"] }
TOML
cat > src/main.rs <<'RUST'
use sqlx::{Connection, SqliteConnection};

async fn insert(connection: &mut SqliteConnection, name: &'static str) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO written VALUES (?)").bind(name).execute(connection).await.map(drop)
}

async fn written(commits: bool) -> sqlx::Result<String> {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await?;
    sqlx::query("CREATE TABLE written (name TEXT)").execute(&mut connection).await?;
    let mut outer = connection.begin().await?;
    insert(&mut outer, "before").await?;
    let refused = outer.begin_with("BEGIN IMMEDIATE").await.map(drop).unwrap_err();
    println!("  {refused}");
    insert(&mut outer, "after").await?;
    let end = if commits { outer.commit().await } else { outer.rollback().await };
    println!("  its end: {end:?}");
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM written").fetch_all(&mut connection).await?;
    Ok(names.join(", "))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> sqlx::Result<()> {
    println!("commit");
    println!("  written: {}", written(true).await?);
    println!("rollback");
    println!("  written: {}", written(false).await?);
    Ok(())
}
RUST
cargo run --quiet > seen

cat > expected <<'TEXT'
commit
  attempted to call begin_with at non-zero transaction depth
  its end: Ok(())
  written: after
rollback
  attempted to call begin_with at non-zero transaction depth
  its end: Ok(())
  written: after
TEXT
cat seen
diff expected seen
