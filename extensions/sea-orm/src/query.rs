//! Cached queries: which ones there are, and how their results are fetched.

use crate::entity::{CachedEntity, store};
use crate::models::Models;
use crate::reads::{self, Connection};
use crate::results::{Fetch, Found, QueryKey};
use gcache::{GroupList, Groups};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ModelTrait, PaginatorTrait, Statement};
use std::any::TypeId;
use std::sync::Arc;

/// A query whose result can be cached: those that `E::find()`, `model.find_related(..)`, `.find_also_related(..)`,
/// `.find_with_related(..)` and the like build.
///
/// The result depends on the models that the query selects, as a whole, or on the groups that are named in
/// their place. A model that it only joins, or asks in a subquery or in SQL of its own, has to be named, too,
/// with [`CachedQuery::and`]: the statement is read for the tables in it, and one that is not named is an
/// error. So is a statement that is not understood, and one whose result no table decides, by `random()` for
/// example.
///
/// The memo key is the statement with its values, so building it is the price of a hit. A
/// `#[cache_against]` function has its parameters as the key, and holds the value that is made of the rows: prefer it
/// where there is one.
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
/// #         #[group(index)]
/// #         pub genre: String,
/// #     }
/// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #     pub enum Relation {}
/// #     gcache_sea_orm::cached_entity!();
/// # }
/// use gcache_sea_orm::{Cacheable as _, by_index};
/// use sea_orm::{ColumnTrait as _, DatabaseConnection, DbErr, EntityTrait as _, QueryFilter as _};
/// use std::sync::Arc;
///
/// /// Any change of a film invalidates it.
/// async fn count(db: &DatabaseConnection) -> Result<u64, DbErr> {
///     film::Entity::find().cached().count(db).await
/// }
///
/// /// A change of a film of this genre invalidates it, and of a film that becomes or ceases to be of this genre.
/// async fn of_genre(db: &DatabaseConnection, genre: &str) -> Result<Arc<Vec<film::Model>>, DbErr> {
///     film::Entity::find()
///         .filter(film::Column::Genre.eq(genre))
///         .cached_against(by_index::<film::Model, _>(|film| &film.genre, genre))
///         .all(db)
///         .await
/// }
/// # fn main() {}
/// ```
pub trait Cacheable: Sized + Send + 'static {
    /// The entity that is selected first, with which the results are kept.
    type Entity: CachedEntity;

    /// An item of the list that SeaORM's `all` returns.
    type Row: Clone + Send + Sync + 'static;

    /// The models that are selected.
    #[doc(hidden)]
    fn models() -> Models;

    /// The statement that SeaORM's `all` runs.
    #[doc(hidden)]
    fn statement(&self, backend: DbBackend) -> Statement;

    #[doc(hidden)]
    fn run<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> impl Future<Output = Result<Vec<Self::Row>, DbErr>> + Send;

    /// The query. Any change of a row of the models that it selects invalidates its result.
    fn cached(self) -> CachedQuery<Self> {
        CachedQuery { query: Box::new(self), models: Self::models() }
    }

    /// The query. A change of one of `groups` invalidates its result: the caller knows that it depends on nothing else of
    /// the models that it selects.
    fn cached_against(self, groups: impl Groups + Send + Sync + 'static) -> CachedQuery<Self> {
        let models = Models { groups: GroupList::new().with(groups), ..Self::models() };
        CachedQuery { query: Box::new(self), models }
    }
}

/// A query that selects one row at most.
pub trait CacheableOne: Cacheable {
    #[doc(hidden)]
    fn run_one<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> impl Future<Output = Result<Option<Self::Row>, DbErr>> + Send;
}

/// A query whose result is cached. Made by [`Cacheable`].
///
/// Which connections' results are shared: see [`Connection`]. A query that locks rows, by `lock_exclusive` or
/// the like, is sent to the database each time.
#[derive(Clone, Debug)]
#[must_use = "it asks nothing before `all`, `one` or `count`"]
pub struct CachedQuery<Q> {
    /// Boxed, since statements are large and futures move them about.
    pub(crate) query: Box<Q>,
    pub(crate) models: Models,
}

impl<Q: Cacheable> CachedQuery<Q> {
    /// The same, and any change of a row of `M` invalidates its result, too: for a model that the query joins. (For one that
    /// is no cached entity, say `.and_against::<M>(whole::<M>())`. Saves through it invalidate nothing by themselves.)
    pub fn and<M: ModelTrait<Entity: CachedEntity>>(mut self) -> Self {
        self.models = self.models.and::<M::Entity>();
        self
    }

    /// The same, and a change of one of `groups` invalidates its result, too: the caller knows that nothing else of `M`
    /// matters.
    pub fn and_against<M: ModelTrait>(
        mut self,
        groups: impl Groups + Send + Sync + 'static,
    ) -> Self {
        self.models = self.models.and_groups::<M>(groups);
        self
    }

    /// The same, and the caller answers for its groups: the tables of the statement are not compared
    /// with the models that are named. For one that is not understood, that calls a function which reads
    /// tables, or whose result may be old, such as one that asks for `now()`.
    pub fn trust_tables(mut self) -> Self {
        self.models = self.models.trusted();
        self
    }

    /// All rows. Calls that ask the same share them, and copy nothing.
    ///
    /// # Errors
    ///
    /// The database's, as they are, and nothing is stored then. And [`Error::TableNotNamed`](crate::Error::TableNotNamed)
    /// or [`Error::UnknownDependencies`](crate::Error::UnknownDependencies), inside of a `DbErr`: see
    /// [`Error::of`](crate::Error::of).
    pub async fn all<C: Connection>(self, db: &C) -> Result<Arc<Vec<Q::Row>>, DbErr> {
        self.ask(Fetch::All, db, Q::run).await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub async fn one<C: Connection>(self, db: &C) -> Result<Option<Q::Row>, DbErr>
    where
        Q: CacheableOne,
    {
        let row = self.ask(Fetch::One, db, Q::run_one).await?;
        Ok(Option::clone(&row))
    }

    /// How many rows there are.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub async fn count<'db, C: Connection>(self, db: &'db C) -> Result<u64, DbErr>
    where
        Q: PaginatorTrait<'db, C>,
    {
        let count = self.ask(Fetch::Count, db, PaginatorTrait::count).await?;
        Ok(*count)
    }

    async fn ask<'db, C, R, F>(
        self,
        fetch: Fetch,
        db: &'db C,
        run: impl FnOnce(Q, &'db C) -> F + Send,
    ) -> Result<Arc<R>, DbErr>
    where
        C: Connection,
        R: Send + Sync + 'static,
        F: Future<Output = Result<R, DbErr>> + Send,
    {
        let Self { query, models: Models { groups, tables } } = self;
        let shared = reads::source(db).map(|source| {
            let statement = query.statement(db.get_database_backend());
            (source, statement)
        });
        let Some((source, statement)) = shared.filter(|(_, asked)| !locks_rows(&asked.sql)) else {
            reads::note(&groups);
            return Box::pin(run(*query, db)).await.map(Arc::new);
        };
        let backend = statement.db_backend;
        let key = QueryKey {
            database: source.database,
            fetch,
            query: TypeId::of::<Q>(),
            backend: backend.as_str(),
            sql: statement.sql,
            values: statement.values.map(|values| values.0).unwrap_or_default(),
            groups: groups.names(),
        };
        let body = async {
            tables.check(backend, &key.sql)?;
            source.limit();
            let result = Box::pin(run(*query, db)).await?;
            Ok::<_, DbErr>(Found(Arc::new(result)))
        };
        let answer =
            store::<Q::Entity>()?.results.try_get_with_async(&key, || groups, body).await?;
        // The type of the query and how much is fetched are part of the key, and decide the type of the result.
        Ok(answer.value.0.downcast().expect("a key has one type of result"))
    }
}

/// Whether a statement may lock rows. A value is never written into it, so that only a name in it, or raw SQL,
/// may look so and be none; then it is sent to the database, which is never too little.
fn locks_rows(sql: &str) -> bool {
    let sql = sql.as_bytes();
    let begins = |at: usize, word: &str| {
        sql.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    (0..sql.len()).any(|at| {
        begins(at, "FOR ")
            && ["UPDATE", "SHARE", "NO ", "KEY "].iter().any(|word| begins(at + 4, word))
            || begins(at, "LOCK IN SHARE")
    })
}
