//! The database.

use crate::work::note_statement;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

/// Opens a SQLite database, such as `sqlite::memory:`, and counts its statements.
///
/// # Errors
///
/// The database's.
pub async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    // One in memory is gone with its connection, so there is one, for as long as the program runs.
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    let mut db = Database::connect(options).await?;
    db.set_metric_callback(|_| note_statement());
    Ok(db)
}
