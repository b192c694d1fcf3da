//! Whether the database has answered a statement.

use sqlx::Error;

/// Whether the connection was lost before the database has answered, so that it may still be about to write.
pub(crate) fn is_missing(error: &Error) -> bool {
    matches!(
        error,
        Error::Io(_)
            | Error::Tls(_)
            | Error::Protocol(_)
            | Error::WorkerCrashed
            | Error::PoolClosed
    )
}
