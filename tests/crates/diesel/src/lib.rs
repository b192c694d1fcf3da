//! The recipes for Diesel of `docs/recipes-diesel.md`: compiled and run here, since they need Diesel.

use diesel::Connection;
use diesel::result::Error;
use gcache::Transaction;

/// The recipe's.
///
/// # Errors
///
/// That of `work`, or the database's.
pub fn transaction<C: Connection, T, E: From<Error>>(
    connection: &mut C,
    work: impl FnOnce(&mut C) -> Result<T, E>,
) -> Result<T, E> {
    let deferred = Transaction::begin();
    let value = connection.transaction(|connection| deferred.enter(|| work(connection)))?;
    deferred.commit();
    Ok(value)
}

#[cfg(doctest)]
mod docs {
    #![doc = include_str!("../../../../docs/recipes-diesel.md")]
}
