//! A change under way, of which it is not known yet what it has done.

use crate::connection::Sight;
use crate::entity::{CachedEntity, PrimaryKeyOf};
use gcache_runtime::{Groups, member, whole};
use sea_orm::DbErr;

/// Ends what a change may have touched, when dropped before it is known: by an error, a panic or a dropped
/// future.
#[must_use = "dropped, it ends what may have changed"]
pub(crate) struct Doubt {
    sight: Sight,
    /// What may have changed; `None` once it is known.
    groups: Option<Box<dyn Groups + Send + Sync>>,
}

impl Doubt {
    /// What a change may touch.
    pub(crate) fn new(sight: Sight, groups: impl Groups + Send + Sync + 'static) -> Self {
        Self { sight, groups: Some(Box::new(groups)) }
    }

    /// What a change of the row `key` may touch, of whose indexes nothing is known, or of any row.
    pub(crate) fn of_row<E: CachedEntity>(sight: Sight, key: Option<PrimaryKeyOf<E>>) -> Self {
        match key {
            Some(key) => Self::new(sight, member::<E::Model>(key)),
            None => Self::new(sight, whole::<E::Model>()),
        }
    }

    /// It is known now.
    pub(crate) fn settle(mut self) {
        self.groups = None;
    }

    /// It is known if `error` says that nothing was written.
    pub(crate) fn settle_if_nothing_changed(self, error: &DbErr) {
        if has_changed_nothing(error) {
            self.settle();
        }
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        if let Some(groups) = self.groups.take() {
            self.sight.end(&groups);
        }
    }
}

/// Whether a statement that fails so has certainly written nothing.
fn has_changed_nothing(error: &DbErr) -> bool {
    let refused = matches!(
        error,
        DbErr::ConnectionAcquire(_)
            | DbErr::PrimaryKeyNotSet { .. }
            | DbErr::RecordNotUpdated
            | DbErr::UpdateGetPrimaryKey
    );
    // A violated constraint.
    refused || error.sql_err().is_some()
}
