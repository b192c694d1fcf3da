//! The errors that gcache itself reports: to match on.

use sea_orm::DbErr;
use std::fmt;
use std::sync::Arc;

/// Why gcache refuses a write or a cached query, before the database is asked.
///
/// SeaORM's signatures return [`DbErr`], so the error travels inside of one, and [`Error::of`] takes it out again.
/// Errors of the database pass through as they are.
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
/// use gcache_sea_orm::{Cacheable as _, Error};
/// use sea_orm::{Condition, Database, DbErr, EntityTrait as _, QueryFilter as _, sea_query::Expr};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), DbErr> {
/// let db = Database::connect("sqlite::memory:").await?;
/// let rated = Condition::all().add(Expr::cust("id IN (SELECT film FROM rating)"));
/// let error = film::Entity::find().filter(rated).cached().all(&db).await.unwrap_err();
/// match Error::of(&error) {
///     Some(Error::TableNotNamed { table, .. }) => assert_eq!(table, "rating"),
///     Some(other) => panic!("{other}"),
///     None => return Err(error), // the database's
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A write through a connection that may be a transaction that gcache does not know of. Its invalidations would
    /// come before the commit, and a call in between would store the old row again. Nothing was written.
    UnknownTransaction {
        /// The type of the connection.
        connection: &'static str,
    },
    /// A cached query reads a table whose model is not named. The database was not asked.
    TableNotNamed {
        /// The table, as the statement names it: with its schema, or bare.
        table: String,
        /// A table of the same name, in another schema or spelled with other letters, that is named.
        namesake: Option<String>,
    },
    /// The tables that a cached query reads are not known, or they do not decide its result. The database was not
    /// asked.
    UnknownDependencies {
        /// Why: "it reads from the function `films_of`, and what that reads is not known".
        reason: String,
    },
    /// The key of a model is not the primary key of its table.
    KeyIsNotPrimaryKey {
        /// The type of the model.
        model: &'static str,
    },
    /// A connection that is no pool of sqlx, such as a mock. Nothing is cached through it.
    NoPool,
}

impl Error {
    /// The error that gcache has reported in `error`; `None` if it is SeaORM's or the database's.
    pub fn of(error: &DbErr) -> Option<&Self> {
        match error {
            DbErr::TryIntoErr { source, .. } => source.downcast_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTransaction { connection } => write!(
                f,
                "gcache does not know when a write through `{connection}` is committed, so it would invalidate \
                 before the commit, and a call in between would store the old row again: write inside of \
                 `gcache_sea_orm::transaction`, or, around code that begins transactions of its own, such as \
                 migrations that insert rows: `let transaction = gcache::Transaction::begin(); \
                 transaction.run(Migrator::up(&db, None)).await?; transaction.commit();`"
            ),
            Self::TableNotNamed { table, namesake } => {
                write!(
                    f,
                    "a cached query reads the table `{table}`, and a change of that would not invalidate its \
                     result: add its model with `.and::<..>()`"
                )?;
                let Some(namesake) = namesake else { return Ok(()) };
                write!(f, " (`{namesake}` is named, which is taken for another table)")
            }
            Self::UnknownDependencies { reason } => write!(
                f,
                "the tables that decide the result of a cached query are not known: {reason}: name the groups \
                 with `.cached_against(..)` and say `.trust_tables()`, or do not cache it"
            ),
            Self::KeyIsNotPrimaryKey { model } => write!(
                f,
                "the key of `{model}` is not the primary key of its table: leave `#[group(key)]` out"
            ),
            Self::NoPool => f.write_str(
                "this connection is no pool of sqlx, and cannot be told apart from others: nothing is cached \
                 through it",
            ),
        }
    }
}

impl std::error::Error for Error {}

/// `DbErr::TryIntoErr` is the one variant that carries another error as it is. Its text begins with "Error converting
/// `from` into `into`", so the two name what was wanted.
impl From<Error> for DbErr {
    fn from(error: Error) -> Self {
        let (from, into) = match error {
            Error::UnknownTransaction { .. } => ("write", "invalidation after the commit"),
            Error::TableNotNamed { .. } | Error::UnknownDependencies { .. } => {
                ("query", "cached query")
            }
            Error::KeyIsNotPrimaryKey { .. } => ("entity", "cached entity"),
            Error::NoPool => ("connection", "shared database"),
        };
        Self::TryIntoErr { from, into, source: Arc::new(error) }
    }
}
