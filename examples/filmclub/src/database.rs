//! The database.

use crate::work::note_statement;
use gcache_sea_orm::transaction_with_options;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    SqliteTransactionMode, TransactionError, TransactionOptions,
};

/// Opens a SQLite database, such as `sqlite::memory:` or `sqlite:club.sqlite?mode=rwc`, and counts its statements.
///
/// # Errors
///
/// The database's.
pub async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    // One in memory is gone with its connection, so there is one, for as long as the program runs.
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    let mut db = Database::connect(options).await?;
    // Those who read a file do not wait for those who write; one in memory stays as it is.
    db.execute_unprepared("PRAGMA journal_mode = WAL").await?;
    db.set_metric_callback(|_| note_statement());
    Ok(db)
}

/// Runs `work` in a transaction that is the only one to write, in all processes that have the file open.
///
/// SQLite refuses the writes of a transaction that has read what another one has changed since.
pub(crate) async fn write<T, E: From<DbErr>>(
    db: &DatabaseConnection,
    work: impl AsyncFnOnce(&DatabaseTransaction) -> Result<T, E>,
) -> Result<T, E> {
    let alone = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    transaction_with_options(db, alone, work).await.map_err(|error| match error {
        TransactionError::Connection(error) => error.into(),
        TransactionError::Transaction(error) => error,
    })
}
