//! The row of one transaction.

use gcache::{Invalidated, Transaction};
use sea_orm::{ConnectionTrait, DbErr};

/// The row that a transaction has written, if it has.
#[must_use = "a row that is not settled stays until it is replayed"]
pub(crate) struct Row {
    #[cfg(feature = "outbox")]
    id: Option<Box<str>>,
}

#[cfg(not(feature = "outbox"))]
impl Row {
    pub(crate) fn none() -> Self {
        Self {}
    }

    #[expect(clippy::unused_async, reason = "with an outbox it is")]
    pub(crate) async fn write(_: &impl ConnectionTrait, _: &Transaction) -> Result<Self, DbErr> {
        Ok(Self::none())
    }

    #[expect(clippy::unused_self, reason = "with an outbox it is used")]
    pub(crate) fn settle(self, _: Invalidated) {}
}

#[cfg(feature = "outbox")]
impl Row {
    /// Of a transaction inside of another one, which writes for both.
    pub(crate) fn none() -> Self {
        Self { id: None }
    }

    /// Writes what `deferred` is going to invalidate, in the database transaction `begun`.
    pub(crate) async fn write(
        begun: &impl ConnectionTrait,
        deferred: &Transaction,
    ) -> Result<Self, DbErr> {
        let groups = if super::table::is_open() { deferred.named_groups() } else { Vec::new() };
        if groups.is_empty() {
            return Ok(Self::none());
        }
        let id = super::table::insert(begun, &groups).await?;
        Ok(Self { id: Some(id) })
    }

    /// Deletes the row once others can hear of what was invalidated.
    pub(crate) fn settle(self, invalidated: Invalidated) {
        // Nobody was told where the link is gone meanwhile: then it stays.
        if let Some(id) = self.id.filter(|_| invalidated.ticket() != 0) {
            super::told::delete_once_told(id, invalidated);
        }
    }
}
