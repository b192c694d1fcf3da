//! Cached results of queries.

use crate::cacheable::{Cacheable, CacheableOne, Models};
use crate::database::DatabaseId;
use crate::entity::{CachedEntity, store};
use crate::reads::{self, Connection};
use gcache::{Cached, GroupNames, Groups};
use sea_orm::sea_query::Value;
use sea_orm::{DbErr, ModelTrait, PaginatorTrait};
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
    database: DatabaseId,
    what: What,
    /// The type of the query, which decides the type of the result.
    query: TypeId,
    /// `DbBackend` has no `Hash`.
    backend: &'static str,
    sql: String,
    values: Vec<Value>,
    /// What the result depends on: who names more must not get the result of who names less.
    groups: GroupNames,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    All,
    One,
    Count,
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
    pub async fn all<C: Connection>(self, db: &C) -> Result<Arc<Vec<Q::Row>>, DbErr> {
        self.ask(What::All, db, Q::run).await
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
        let row = self.ask(What::One, db, Q::run_one).await?;
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
        let asked = Asked {
            database: source.database,
            what,
            query: TypeId::of::<Q>(),
            backend: backend.as_str(),
            sql: statement.sql,
            values: statement.values.map(|values| values.0).unwrap_or_default(),
            groups: groups.names(),
        };
        let body = async {
            tables.check(backend, &asked.sql)?;
            source.limit();
            let result = Box::pin(run(*query, db)).await?;
            Ok::<_, DbErr>(Found(Arc::new(result)))
        };
        let answer =
            store::<Q::Entity>()?.results.try_get_with_async(&asked, || groups, body).await?;
        // The type of the query and what is asked are part of the key, and decide the type of the result.
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
