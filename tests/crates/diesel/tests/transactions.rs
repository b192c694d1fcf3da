//! What the recipe's transaction invalidates, and when.
#![allow(missing_docs, reason = "Diesel's `table!` writes no docs")]

use diesel::prelude::*;
use diesel::result::Error;
use gcache::{cache_against, group, invalidate};
use gcache_diesel_recipe::transaction;
use std::sync::Mutex;
use tempfile::TempDir;

diesel::table! { account (id) { id -> BigInt, cents -> BigInt, owner -> BigInt, } }

group!(Account(id: i64));

#[cache_against(Account(id), skip(connection))]
fn cents(connection: &mut SqliteConnection, id: i64) -> QueryResult<i64> {
    stored(connection, id)
}

fn stored(connection: &mut SqliteConnection, id: i64) -> QueryResult<i64> {
    account::table.find(id).select(account::cents).first(connection)
}

fn set(connection: &mut SqliteConnection, id: i64, cents: i64) -> QueryResult<()> {
    let update = diesel::update(account::table.find(id)).set(account::cents.eq(cents));
    update.execute(connection)?;
    invalidate!(Account(id));
    Ok(())
}

/// Two connections to a file, with an account of 0 cents that is cached. Each test has an account of its own.
fn world(id: i64) -> (SqliteConnection, SqliteConnection, TempDir) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("accounts");
    let open =
        || SqliteConnection::establish(&file.to_string_lossy()).expect("the file can be made");
    let (mut inside, mut outside) = (open(), open());
    for statement in [
        "PRAGMA foreign_keys = ON",
        "CREATE TABLE owner (id INTEGER PRIMARY KEY)",
        "CREATE TABLE account (id INTEGER PRIMARY KEY, cents BIGINT NOT NULL,
            owner INTEGER NOT NULL REFERENCES owner DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO owner VALUES (1)",
        &format!("INSERT INTO account VALUES ({id}, 0, 1)"),
    ] {
        diesel::sql_query(statement).execute(&mut inside).expect("it is valid");
    }
    assert_eq!(cents(&mut outside, id), Ok(0));
    (inside, outside, folder)
}

#[test]
fn a_commit_invalidates_and_not_before() -> QueryResult<()> {
    let (mut inside, mut outside, _folder) = world(1);
    transaction(&mut inside, |inside| {
        set(inside, 1, 5)?;
        assert_eq!(cents(inside, 1)?, 5, "inside its own write is seen");
        std::thread::scope(|scope| {
            let seen = scope.spawn(|| cents(&mut outside, 1)).join().expect("it does not panic");
            assert_eq!(seen, Ok(0), "outside nothing is");
        });
        Ok::<_, Error>(())
    })?;
    assert_eq!(cents(&mut outside, 1)?, 5);
    Ok(())
}

#[test]
fn a_rollback_stores_nothing_of_what_was_written() -> QueryResult<()> {
    let (mut inside, mut outside, _folder) = world(2);
    let refused = transaction(&mut inside, |inside| {
        set(inside, 2, 5)?;
        assert_eq!(cents(inside, 2)?, 5);
        Err::<(), _>(Error::RollbackTransaction)
    });
    assert_eq!(refused, Err(Error::RollbackTransaction));
    assert_eq!(cents(&mut outside, 2)?, 0);
    Ok(())
}

#[test]
fn a_savepoint_waits_for_the_transaction_around_it() -> QueryResult<()> {
    let (mut inside, mut outside, _folder) = world(3);
    transaction(&mut inside, |inside| {
        transaction(inside, |inside| set(inside, 3, 5))?;
        std::thread::scope(|scope| {
            let seen = scope.spawn(|| cents(&mut outside, 3)).join().expect("it does not panic");
            assert_eq!(seen, Ok(0));
        });
        Ok::<_, Error>(())
    })?;
    assert_eq!(cents(&mut outside, 3)?, 5);
    Ok(())
}

#[test]
fn a_commit_that_fails_invalidates() -> QueryResult<()> {
    let (mut inside, mut outside, _folder) = world(4);
    let refused = transaction(&mut inside, |inside| {
        set(inside, 4, 5)?;
        // The constraint is looked at by the commit.
        diesel::update(account::table.find(4)).set(account::owner.eq(9)).execute(inside).map(drop)
    });
    assert!(matches!(refused, Err(Error::DatabaseError(..))), "{refused:?}");
    assert_eq!(cents(&mut outside, 4)?, stored(&mut inside, 4)?);
    let invalidations = gcache::stats().groups.into_iter().find(|it| it.name.ends_with("Account"));
    assert!(invalidations.is_some_and(|group| group.invalidations > 0));
    Ok(())
}

/// What the recipe warns of.
#[test]
fn diesel_says_that_it_commits_before_it_does() -> QueryResult<()> {
    use diesel::connection::InstrumentationEvent;

    static SEEN: Mutex<Vec<i64>> = Mutex::new(Vec::new());
    let (mut inside, outside, _folder) = world(5);
    let outside = Mutex::new(outside);
    inside.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::CommitTransaction { .. } = event {
            let mut outside = outside.lock().expect("nothing panics");
            SEEN.lock()
                .expect("nothing panics")
                .push(stored(&mut outside, 5).expect("it is there"));
        }
    });
    transaction(&mut inside, |inside| set(inside, 5, 5))?;
    assert_eq!(
        *SEEN.lock().expect("nothing panics"),
        [0],
        "it was told while the old row is there"
    );
    Ok(())
}
