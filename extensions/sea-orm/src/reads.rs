//! Connections that cached reads go through.

use crate::database::Source;
use gcache::{Groups, Transaction, depends_on};
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, QueryResult, Statement, StatementBuilder,
};

/// A connection that cached reads go through, such as [`find_cached`](crate::CachedEntity::find_cached).
///
/// | connection | a value that is read through it |
/// | --- | --- |
/// | `DatabaseConnection` with a pool of sqlx | is cached, and shared by all who read through the pool or a clone of it |
/// | a mock, a proxy, a rusqlite connection | is asked for each time: one such connection cannot be told apart from another |
/// | `DatabaseTransaction` | is asked for each time: its variables, policies, locks and snapshot decide which rows it sees; see [`SharedReads`] |
/// | `RestrictedConnection`, `RestrictedTransaction` (feature `rbac`) | is asked for each time, so that each statement passes SeaORM's check of permissions |
/// | `DatabaseExecutor` | as the connection that it stands for |
/// | one of your own | is asked for each time, or as [`pool`](Self::pool) says |
///
/// Of the reads that are asked for each time, a cached body around them depends on the same groups.
///
/// Functions that are generic over the connection say `impl Connection` where they read from the cache:
///
/// ```
/// # mod film {
/// #     use sea_orm::entity::prelude::*;
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, gcache::Invalidates)]
/// #     #[sea_orm(table_name = "film")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i64,
/// #         pub title: String,
/// #     }
/// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #     pub enum Relation {}
/// #     gcache_sea_orm::cached_entity!();
/// # }
/// use gcache_sea_orm::{CachedEntity as _, Connection};
///
/// async fn title(db: &impl Connection, id: i64) -> Result<Option<String>, sea_orm::DbErr> {
///     Ok(film::Entity::find_cached(db, id).await?.map(|film| film.title))
/// }
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no connection that gcache reads through",
    label = "not known to `gcache_sea_orm`",
    note = "in a generic function, bound it by `gcache_sea_orm::Connection`, which includes `ConnectionTrait`",
    note = "for a connection type of your own, write `impl gcache_sea_orm::Connection for MyConnection {{}}`"
)]
pub trait Connection: ConnectionTrait {
    /// The pool whose readers share the values that are read through this connection; `None` if they are not shared.
    ///
    /// A connection type of your own that wraps a pool, to log statements for example, returns that. It must
    /// show the same rows as the pool does, to every user, and be no transaction.
    fn pool(&self) -> Option<&DatabaseConnection> {
        None
    }
}

impl Connection for DatabaseConnection {
    fn pool(&self) -> Option<&DatabaseConnection> {
        Some(self)
    }
}

impl Connection for DatabaseTransaction {}

impl Connection for DatabaseExecutor<'_> {
    fn pool(&self) -> Option<&DatabaseConnection> {
        match self {
            DatabaseExecutor::Connection(pool) => Some(pool),
            DatabaseExecutor::Transaction(_) | DatabaseExecutor::OwnedTransaction(_) => None,
        }
    }
}

#[cfg(feature = "rbac")]
impl Connection for sea_orm::RestrictedConnection {}

#[cfg(feature = "rbac")]
impl Connection for sea_orm::RestrictedTransaction {}

/// The database behind `db`, if its values may be shared.
pub(crate) fn source(db: &impl Connection) -> Option<Source> {
    db.pool().and_then(Source::of)
}

/// Notes that a cached body which is running here depends on `groups`, by a read that is not shared. To be
/// called before the database is asked.
pub(crate) fn note(groups: &impl Groups) {
    depends_on(groups);
}

/// Reads of a transaction that are answered from the cache where it has the answer.
///
/// A read inside of a database transaction asks the database. The cache holds the rows that *others* see, and this
/// transaction may see different ones: by a policy on rows and a variable that it has set, or by a snapshot
/// that is older. If neither is so, with PostgreSQL's `READ COMMITTED` and no row-level security for
/// example, reads may go through this: they hit the values that are cached for the pool, unless the transaction has
/// invalidated them, and store nothing.
///
/// In a transaction that gcache does not know of, see [`transaction`](crate::transaction()), the database is
/// asked all the same.
///
/// ```
/// # mod film {
/// #     use sea_orm::entity::prelude::*;
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, gcache::Invalidates)]
/// #     #[sea_orm(table_name = "film")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i64,
/// #         pub title: String,
/// #     }
/// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #     pub enum Relation {}
/// #     gcache_sea_orm::cached_entity!();
/// # }
/// use gcache_sea_orm::{CachedEntity as _, SharedReads, transaction};
///
/// async fn work(db: &sea_orm::DatabaseConnection) -> Result<(), sea_orm::TransactionError<sea_orm::DbErr>> {
///     transaction(db, async |txn| {
///         let film = film::Entity::find_cached(&SharedReads::new(db, txn), 7).await?;
///         // .. write through `txn` ..
///         Ok(())
///     })
///     .await
/// }
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct SharedReads<'a> {
    pool: &'a DatabaseConnection,
    transaction: &'a DatabaseTransaction,
}

impl<'a> SharedReads<'a> {
    /// Reads of `transaction`, which was begun on `pool`.
    pub fn new(pool: &'a DatabaseConnection, transaction: &'a DatabaseTransaction) -> Self {
        Self { pool, transaction }
    }
}

impl Connection for SharedReads<'_> {
    fn pool(&self) -> Option<&DatabaseConnection> {
        // Where none is entered, the writes of the transaction are not known.
        Transaction::is_entered().then_some(self.pool)
    }
}

#[async_trait]
impl ConnectionTrait for SharedReads<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.transaction.execute_raw(statement).await
    }

    async fn execute<S: StatementBuilder>(&self, statement: &S) -> Result<ExecResult, DbErr> {
        self.transaction.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one_raw(statement).await
    }

    async fn query_one<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(statement).await
    }

    async fn query_all<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all(statement).await
    }
}
