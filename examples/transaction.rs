//! A cached function beside a database transaction: what is not committed is seen by nobody outside.

use gcache::{Invalidates, Transaction, cache_against};
use rusqlite::{Connection, OptionalExtension, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One connection. Inside of a transaction it sees its own changes.
struct Db(Connection);

#[derive(Clone, Invalidates)]
struct Account {
    id: i64,
    #[group(index)]
    owner: i64,
}

/// It does not matter which connection asks, as long as a changed one asks inside of the transaction.
#[cache_against(Account(id), skip(db))]
fn cents(db: &Db, id: i64) -> Result<Option<i64>> {
    println!("    (reads account {id})");
    db.0.query_row("SELECT cents FROM account WHERE id = ?1", [id], |row| row.get(0)).optional()
}

#[cache_against(Account(owner = owner), skip(db))]
fn total(db: &Db, owner: i64) -> Result<i64> {
    println!("    (adds up owner {owner})");
    let sql = "SELECT COALESCE(SUM(cents), 0) FROM account WHERE owner = ?1";
    db.0.query_row(sql, [owner], |row| row.get(0))
}

/// Changes a row, and ends what depends on it. Called inside of a transaction, the end waits.
fn add(db: &Db, account: &Account, cents: i64) -> Result<()> {
    let sql = "UPDATE account SET cents = cents + ?2 WHERE id = ?1";
    db.0.execute(sql, (account.id, cents))?;
    account.invalidate();
    Ok(())
}

/// Moves money. With an error anywhere the database rolls back and `held` is dropped undecided: it ends
/// what it holds back, since an unknown outcome may have been a commit.
fn transfer(db: &Db, from: &Account, to: &Account, amount: i64, end: End) -> Result<()> {
    let held = Transaction::begin();
    let sqlite = db.0.unchecked_transaction()?;
    held.enter(|| -> Result<()> {
        add(db, from, -amount)?;
        println!("  inside: {:?}", cents(db, from.id)?);
        if let End::Panic = end {
            panic!("in the middle");
        }
        if let End::Error = end {
            db.0.execute("UPDATE no_such_table SET cents = 0", [])?;
        }
        add(db, to, amount)
    })?;
    if let End::Rollback = end {
        sqlite.rollback()?;
        held.rollback();
        return Ok(());
    }
    // The database first: what the invalidations let others compute has to be there already.
    sqlite.commit()?;
    println!("  ended {} generations", held.commit().count());
    Ok(())
}

/// How a transfer ends.
#[derive(Clone, Copy)]
enum End {
    Commit,
    Rollback,
    Error,
    Panic,
}

/// What everybody sees, and whether the expected is seen.
fn look(db: &Db, expected: (i64, i64)) -> Result<()> {
    let seen = (cents(db, 1)?.unwrap_or_default(), total(db, 20)?);
    println!("  outside: account 1 has {}, owner 20 has {}", seen.0, seen.1);
    assert_eq!(seen, expected);
    Ok(())
}

fn main() -> Result<()> {
    let db = Db(Connection::open_in_memory()?);
    db.0.execute_batch(
        "CREATE TABLE account (id INTEGER PRIMARY KEY, owner INTEGER, cents INTEGER);
         INSERT INTO account VALUES (1, 10, 100), (2, 20, 100), (3, 20, 5);",
    )?;
    let (one, two) = (Account { id: 1, owner: 10 }, Account { id: 2, owner: 20 });

    println!("before");
    look(&db, (100, 105))?;

    println!("a rollback forgets, so both are answered from the cache");
    transfer(&db, &one, &two, 30, End::Rollback)?;
    look(&db, (100, 105))?;

    println!("a commit ends both accounts and both owners");
    transfer(&db, &one, &two, 30, End::Commit)?;
    look(&db, (70, 135))?;

    println!("an error in the middle: nothing has changed, account 1 is read again all the same");
    let error = transfer(&db, &one, &two, 30, End::Error).expect_err("there is no such table");
    println!("  {error}");
    look(&db, (70, 135))?;

    println!("a panic in the middle: the same");
    let panics = AssertUnwindSafe(|| transfer(&db, &one, &two, 30, End::Panic));
    assert!(catch_unwind(panics).is_err());
    look(&db, (70, 135))?;

    println!("the same in async code");
    let held = Transaction::begin();
    pollster::block_on(held.run(async { add(&db, &two, 1) }))?;
    look(&db, (70, 135))?;
    held.commit();
    look(&db, (70, 136))
}
