//! What a connection is: a pool, whose statements commit by themselves, or a transaction.

use gcache::{Groups, Invalidated, Transaction, invalidate};
use sea_orm::{DatabaseConnection, DbErr};
use std::any::{TypeId, type_name};

/// When others see what is written through a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
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

impl Sight {
    /// When others see what is written through `C` here.
    ///
    /// # Errors
    ///
    /// If `C` may be a transaction and none is entered here: an invalidation would come before the commit, and who
    /// computes in between would store what is no longer true.
    pub(crate) fn of<C>() -> Result<Self, DbErr> {
        if is_pool::<C>() {
            Ok(Self::AtOnce)
        } else if Transaction::is_entered() {
            Ok(Self::AtCommit)
        } else {
            Err(refusal::<C>())
        }
    }

    /// Begins what holds the invalidations of a change back until it is done. Then they happen, or wait for the
    /// transaction that is entered here.
    ///
    /// A transaction of its own in either case: a scope that is rolled back, such as a web request's, forgets
    /// what is invalidated in it directly, and cannot know that the database has committed by then.
    pub(crate) fn hold(self) -> Transaction {
        match self {
            // It commits by itself, even if a transaction on another connection is entered here.
            Self::AtOnce => Transaction::outside(Transaction::begin),
            Self::AtCommit => Transaction::begin(),
        }
    }

    /// Ends `groups` when others see what was written: now, or when the transaction commits.
    pub(crate) fn end(self, groups: &(impl Groups + ?Sized)) {
        self.invalidation(|| invalidate(groups));
    }

    /// Ends `groups` for a statement that was sent and whose answer nobody waits for any more.
    pub(crate) fn doubt(self, groups: &(impl Groups + ?Sized)) {
        match self {
            Self::AtOnce => {
                let held = self.hold();
                held.enter(|| invalidate(groups));
                held.doubt();
            }
            // A commit comes after the statement, on the same connection.
            Self::AtCommit => self.end(groups),
        }
    }

    /// Does what `invalidation` ends when others see what was written.
    pub(crate) fn invalidation(self, invalidation: impl FnOnce() -> Invalidated) {
        match self {
            Self::AtOnce => Transaction::outside(invalidation),
            Self::AtCommit => {
                let held = self.hold();
                held.enter(invalidation);
                held.commit()
            }
        };
    }
}

fn refusal<C>() -> DbErr {
    DbErr::Custom(format!(
        "gcache: a write through `{}` would end what is cached before it is committed, so that what is \
         computed in between would be stored and stay: write inside of `gcache_sea_orm::transaction`, or, \
         around code that begins transactions of its own, such as migrations that insert rows: `let held = \
         gcache::Transaction::begin(); held.run(Migrator::up(&db, None)).await?; held.commit();`",
        type_name::<C>(),
    ))
}
