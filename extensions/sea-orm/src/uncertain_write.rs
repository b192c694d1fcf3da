//! A write under way, of which the outcome is not known yet.

use crate::connection::CommitVisibility;
use gcache::Groups;
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

/// Invalidates the groups that a write may touch. Dropped before the outcome is known, by a panic or because nobody
/// waits for the statement any more, it leaves them in doubt: the database may be about to write.
#[must_use = "dropped, it leaves its groups in doubt"]
pub(crate) struct UncertainWrite {
    visibility: CommitVisibility,
    /// `None` once the outcome is known.
    groups: Option<Box<dyn Groups + Send + Sync>>,
}

impl UncertainWrite {
    /// A write that may touch `groups`.
    pub(crate) fn new(
        visibility: CommitVisibility,
        groups: impl Groups + Send + Sync + 'static,
    ) -> Self {
        Self { visibility, groups: Some(Box::new(groups)) }
    }

    /// The statement is done, and may have touched all of the groups.
    pub(crate) fn invalidate(mut self) {
        if let Some(groups) = self.groups.take() {
            self.visibility.invalidate(&groups);
        }
    }

    /// The outcome is known, and others have invalidated what it touched.
    pub(crate) fn settle(mut self) {
        self.groups = None;
    }

    /// The statement, which changes so many `rows`, has failed. That invalidates all groups, unless `error` says that
    /// nothing was written, and leaves them in doubt if the database has not answered at all.
    pub(crate) fn invalidate_unless_unwritten(
        self,
        error: &DbErr,
        rows: Rows,
        db: &impl ConnectionTrait,
    ) {
        if has_written_nothing(error, rows, db) {
            self.settle();
        } else if is_unanswered(error) {
            drop(self);
        } else {
            self.invalidate();
        }
    }
}

impl Drop for UncertainWrite {
    fn drop(&mut self) {
        if let Some(groups) = self.groups.take() {
            self.visibility.leave_in_doubt(&groups);
        }
    }
}

/// How many rows a statement changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// One at most, by its key or because it is inserted.
    One,
    /// Any number.
    Many,
}

/// Whether the connection was lost before the database has answered, so that it may still be about to write.
pub(crate) fn is_unanswered(error: &DbErr) -> bool {
    // Which errors there are depends on the drivers, and none of them is a `source`.
    let error = format!("{error:?}");
    let lost = ["Io(", "Tls(", "Protocol(", "WorkerCrashed", "PoolClosed"];
    lost.iter().any(|lost| error.contains(&format!("SqlxError({lost}")))
}

/// Whether a statement that fails so has certainly written nothing.
fn has_written_nothing(error: &DbErr, rows: Rows, db: &impl ConnectionTrait) -> bool {
    match error {
        DbErr::PrimaryKeyNotSet { .. } | DbErr::RecordNotUpdated | DbErr::UpdateGetPrimaryKey => {
            true
        }
        // Without `RETURNING` SeaORM asks for the row in a second statement, for which it may get no
        // connection, or no permission.
        DbErr::ConnectionAcquire(_) | DbErr::AccessDenied { .. } | DbErr::RbacError(_) => {
            db.support_returning()
        }
        // A violated constraint. Of several rows, SQLite keeps those before the one that fails where a
        // constraint says `ON CONFLICT FAIL`, and MySQL where an engine has no transactions.
        error => {
            let is_atomic = rows == Rows::One || db.get_database_backend() == DbBackend::Postgres;
            is_atomic && error.sql_err().is_some()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::{Database, RuntimeErr, sqlx};
    use std::io;
    use std::sync::Arc;

    #[tokio::test]
    async fn an_answer_of_the_database_is_one() -> Result<(), DbErr> {
        let db = Database::connect("sqlite::memory:").await?;
        for refused in ["no SQL", "SELECT * FROM nowhere"] {
            let error = db.execute_unprepared(refused).await.expect_err("it is refused");
            assert!(!is_unanswered(&error), "{error:?}");
        }
        assert!(!is_unanswered(&DbErr::Custom("SqlxError of a hook".to_owned())));
        Ok(())
    }

    #[test]
    fn a_lost_connection_is_none() {
        let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
        let lost = [
            sqlx::Error::Io(reset()),
            sqlx::Error::Protocol("nonsense".to_owned()),
            sqlx::Error::Tls(Box::new(reset())),
            sqlx::Error::WorkerCrashed,
            sqlx::Error::PoolClosed,
        ];
        for error in lost {
            let error = DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)));
            assert!(is_unanswered(&error), "{error:?}");
        }
    }
}
