//! Selects in SQL of the program's own.

use crate::entity::CachedEntity;
use crate::models::Models;
use crate::query::CachedQuery;
use crate::query::{Cacheable, CacheableOne};
use gcache::Groups;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, FromQueryResult, ModelTrait, SelectModel, SelectorRaw,
    Statement,
};
use std::marker::PhantomData;

/// A select in SQL of the program's own, whose result can be cached:
/// `E::find().from_raw_sql(statement)` makes it.
///
/// The result depends on the model that it makes, and on those that are added with [`CachedQuery::and`]: the
/// statement is read for the tables in it, as that of [`Cacheable`] is.
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
/// use gcache_sea_orm::CacheableRaw as _;
/// use sea_orm::{DatabaseConnection, DbBackend, DbErr, EntityTrait as _, Statement};
/// use std::sync::Arc;
///
/// /// Any change of a film invalidates it.
/// async fn longest(db: &DatabaseConnection, many: i64) -> Result<Arc<Vec<film::Model>>, DbErr> {
///     let sql = "SELECT id, title FROM film ORDER BY length(title) DESC LIMIT ?";
///     let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [many.into()]);
///     film::Entity::find().from_raw_sql(statement).cached().all(db).await
/// }
/// # fn main() {}
/// ```
pub trait CacheableRaw: Sized {
    /// The entity whose model the rows are made into, with which the results are kept.
    type Entity: CachedEntity;

    /// The select. Any change of a row of the model invalidates its result.
    fn cached(self) -> CachedQuery<RawSelect<Self::Entity>>;

    /// The select. A change of one of `groups` invalidates its result: the caller knows that it depends on nothing else of
    /// the model.
    fn cached_against(
        self,
        groups: impl Groups + Send + Sync + 'static,
    ) -> CachedQuery<RawSelect<Self::Entity>>;
}

/// A select in SQL of the program's own, which makes models of `E`.
#[derive(Clone, Debug)]
pub struct RawSelect<E> {
    statement: Statement,
    entity: PhantomData<fn() -> E>,
}

impl<E> RawSelect<E> {
    const fn new(statement: Statement) -> Self {
        Self { statement, entity: PhantomData }
    }
}

impl<M> CacheableRaw for SelectorRaw<SelectModel<M>>
where
    M: ModelTrait<Entity: CachedEntity<Model = M>> + FromQueryResult,
{
    type Entity = M::Entity;

    fn cached(self) -> CachedQuery<RawSelect<M::Entity>> {
        RawSelect::new(self.into_statement()).cached()
    }

    fn cached_against(
        self,
        groups: impl Groups + Send + Sync + 'static,
    ) -> CachedQuery<RawSelect<M::Entity>> {
        RawSelect::new(self.into_statement()).cached_against(groups)
    }
}

impl<E: CachedEntity> Cacheable for RawSelect<E> {
    type Entity = E;
    type Row = E::Model;

    fn models() -> Models {
        Models::default().and::<E>()
    }

    fn statement(&self, _: DbBackend) -> Statement {
        self.statement.clone()
    }

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<Self::Row>, DbErr> {
        E::find().from_raw_sql(self.statement).all(db).await
    }
}

impl<E: CachedEntity> CacheableOne for RawSelect<E> {
    async fn run_one<C: ConnectionTrait>(self, db: &C) -> Result<Option<Self::Row>, DbErr> {
        E::find().from_raw_sql(self.statement).one(db).await
    }
}
