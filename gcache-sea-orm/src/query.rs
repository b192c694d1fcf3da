//! Cached results of queries.

use crate::cacheable::{Cacheable, CacheableOne, Models};
use crate::connection::may_share;
use crate::entity::{CachedEntity, store};
use gcache_runtime::{Cached, Groups};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DbErr, ModelTrait, PaginatorTrait, Statement};
use std::any::{Any, TypeId};
use std::sync::Arc;

/// The results of queries, of any kind and type.
pub(crate) type Results = Cached<Asked, Found>;

/// A result. (A type of its own, since of a bare `dyn Any` the compiler does not know inside of a future
/// that it is `'static`.)
#[derive(Clone)]
pub(crate) struct Found(Arc<dyn Any + Send + Sync>);

/// What was asked, as a memo key: typed values beside the statement, none of them written into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    what: What,
    /// The type of the query, which decides the type of the result.
    query: TypeId,
    /// `DbBackend` has no `Hash`.
    backend: &'static str,
    sql: String,
    values: Vec<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    All,
    One,
    Count,
}

/// A query whose result is cached. Made by [`Cacheable`].
///
/// In a [`transaction`](crate::transaction()), and in one that gcache does not know of, its methods do as
/// [`find_cached`](crate::CachedEntity::find_cached) does.
#[derive(Clone, Debug)]
#[must_use = "it asks nothing before `all`, `one` or `count`"]
pub struct CachedQuery<Q> {
    /// Boxed, since statements are large and futures move them about.
    pub(crate) query: Box<Q>,
    pub(crate) models: Models,
}

impl<Q: Cacheable> CachedQuery<Q> {
    /// The same, and its result ends when any row of `M` changes, too: for a model that the query joins. (Of
    /// one that is no cached entity, say `.and_against::<M>(whole::<M>())`. Saves through it end nothing by
    /// themselves.)
    pub fn and<M: ModelTrait<Entity: CachedEntity>>(mut self) -> Self {
        self.models = self.models.and::<M::Entity>();
        self
    }

    /// The same, and its result ends when one of `groups` does, too: the caller knows that of `M` nothing
    /// else matters.
    pub fn and_against<M: ModelTrait>(
        mut self,
        groups: impl Groups + Send + Sync + 'static,
    ) -> Self {
        self.models = self.models.and_groups::<M>(groups);
        self
    }

    /// The same, and the caller answers for what it depends on: the tables of the statement are not compared
    /// with the models that are named. For one that is not understood, that calls a function which reads
    /// tables, or whose result may be old, such as one that asks for `now()`.
    pub fn trust_tables(mut self) -> Self {
        self.models = self.models.trusted();
        self
    }

    /// All rows. They are shared, not copied, by all who ask the same.
    ///
    /// # Errors
    ///
    /// The database's, as they are, and nothing is stored then. And `DbErr::Custom` if the query reads a
    /// table whose model is not named, or is not understood.
    pub async fn all<C: ConnectionTrait>(self, db: &C) -> Result<Arc<Vec<Q::Row>>, DbErr> {
        self.ask(What::All, db, Q::run).await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub async fn one<C: ConnectionTrait>(self, db: &C) -> Result<Option<Q::Row>, DbErr>
    where
        Q: CacheableOne,
    {
        let row = self.ask(What::One, db, Q::run_one).await?;
        Ok(Option::clone(&row))
    }

    /// How many rows there are.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub async fn count<'db, C: ConnectionTrait>(self, db: &'db C) -> Result<u64, DbErr>
    where
        Q: PaginatorTrait<'db, C>,
    {
        let count = self.ask(What::Count, db, PaginatorTrait::count).await?;
        Ok(*count)
    }

    async fn ask<'db, C, R, F>(
        self,
        what: What,
        db: &'db C,
        run: impl FnOnce(Q, &'db C) -> F + Send,
    ) -> Result<Arc<R>, DbErr>
    where
        C: ConnectionTrait,
        R: Send + Sync + 'static,
        F: Future<Output = Result<R, DbErr>> + Send,
    {
        let Self { query, models: Models { groups, tables } } = self;
        if !may_share::<C>() {
            return Box::pin(run(*query, db)).await.map(Arc::new);
        }
        let statement = query.statement(db.get_database_backend());
        let backend = statement.db_backend;
        let asked = Asked::new::<Q>(what, statement);
        let body = async {
            tables.check(backend, &asked.sql)?;
            let result = Box::pin(run(*query, db)).await?;
            Ok::<_, DbErr>(Found(Arc::new(result)))
        };
        let answer = store::<Q::Entity>()?.results.try_get_async(&asked, || groups, body).await?;
        // The type of the query and what is asked are part of the key, and decide the type of the result.
        Ok(answer.value.0.downcast().expect("a key has one type of result"))
    }
}

impl Asked {
    fn new<Q: 'static>(what: What, statement: Statement) -> Self {
        Self {
            what,
            query: TypeId::of::<Q>(),
            backend: statement.db_backend.as_str(),
            sql: statement.sql,
            values: statement.values.map(|values| values.0).unwrap_or_default(),
        }
    }
}
