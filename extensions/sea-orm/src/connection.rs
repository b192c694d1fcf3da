//! When others see a write: at once through a pool, at the commit through a transaction.

use crate::error::Error;
use gcache::{Groups, Invalidated, Transaction, invalidate};
use sea_orm::DatabaseConnection;
use std::any::{TypeId, type_name};

/// When others see what is written through a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommitVisibility {
    /// When the statement is done: a pool.
    AtOnce,
    /// When the transaction that is entered here commits.
    AtCommit,
}

/// Whether each statement through `C` commits by itself. Known of SeaORM's pools; any other type may be or
/// hold a transaction.
fn is_pool<C>() -> bool {
    let connection = typeid::of::<C>();
    let is = |pool: TypeId| connection == pool;
    #[cfg(feature = "rbac")]
    if is(TypeId::of::<sea_orm::RestrictedConnection>()) {
        return true;
    }
    is(TypeId::of::<DatabaseConnection>())
}

impl CommitVisibility {
    /// When others see what is written through `C` here.
    ///
    /// # Errors
    ///
    /// If `C` may be a transaction and none is entered here: an invalidation would come before the commit, and a
    /// call in between would store the old row again.
    pub(crate) fn of<C>() -> Result<Self, Error> {
        if is_pool::<C>() {
            Ok(Self::AtOnce)
        } else if Transaction::is_entered() {
            Ok(Self::AtCommit)
        } else {
            Err(Error::UnknownTransaction { connection: type_name::<C>() })
        }
    }

    /// Begins a transaction that defers the invalidations of a write until that is done. Then they happen, or wait
    /// for the transaction that is entered here.
    ///
    /// It has a transaction of its own in either case: a scope that is rolled back, such as a web request's, forgets
    /// what was invalidated in it directly, and cannot know that the database has committed by then.
    pub(crate) fn begin(self) -> Transaction {
        match self {
            // It commits by itself, even if a transaction on another connection is entered here.
            Self::AtOnce => Transaction::outside(Transaction::begin),
            Self::AtCommit => Transaction::begin(),
        }
    }

    /// Invalidates `groups` when others see the write: now, or when the transaction commits.
    pub(crate) fn invalidate(self, groups: &(impl Groups + ?Sized)) {
        self.run(|| invalidate(groups));
    }

    /// Invalidates `groups` for a statement that was sent and whose answer nobody waits for any more.
    pub(crate) fn leave_in_doubt(self, groups: &(impl Groups + ?Sized)) {
        match self {
            Self::AtOnce => {
                let transaction = self.begin();
                transaction.enter(|| invalidate(groups));
                transaction.doubt();
            }
            // A commit comes after the statement, on the same connection.
            Self::AtCommit => self.invalidate(groups),
        }
    }

    /// Runs `invalidation`, which takes effect when others see the write.
    pub(crate) fn run(self, invalidation: impl FnOnce() -> Invalidated) {
        match self {
            Self::AtOnce => Transaction::outside(invalidation),
            Self::AtCommit => {
                let transaction = self.begin();
                transaction.enter(invalidation);
                transaction.commit()
            }
        };
    }
}
