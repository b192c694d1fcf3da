//! Queries whose results can be cached, and what these depend on.

use crate::audit::{self, Table};
use crate::entity::CachedEntity;
use crate::query::CachedQuery;
use gcache::{GroupList, Groups, whole};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, ModelTrait, QueryTrait as _, Select,
    SelectThree, SelectTwo, SelectTwoMany, SelectTwoRequired, Statement, Topology,
};
use std::any::TypeId;

/// A query whose result can be cached: what `E::find()`, `model.find_related(..)`, `.find_also_related(..)`,
/// `.find_with_related(..)` and the like build.
///
/// The result depends on the models that the query selects, as a whole, or on the groups that are named in
/// their place. A model that it only joins, or asks in a subquery or in SQL of its own, has to be named, too,
/// with [`CachedQuery::and`]: the statement is read for the tables in it, and one that is not named is an
/// error. So is a statement that is not understood, and one whose result no table decides, by `random()` for
/// example.
///
/// The memo key is the statement with its values, so building it is the price of a hit. A
/// `#[cache_against]` function has its parameters as the key, and holds what is made of the rows: prefer it
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
/// /// Ends when any film changes.
/// async fn count(db: &DatabaseConnection) -> Result<u64, DbErr> {
///     film::Entity::find().cached().count(db).await
/// }
///
/// /// Ends when a film of this genre changes, or one becomes or ceases to be of this genre.
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

    /// What SeaORM's `all` returns an item of.
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

    /// The query, whose result ends when any row of the models that it selects changes.
    fn cached(self) -> CachedQuery<Self> {
        CachedQuery { query: Box::new(self), models: Self::models() }
    }

    /// The query, whose result ends when one of `groups` does: the caller knows that it depends on nothing
    /// else of the models that it selects.
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

/// What a result depends on.
#[derive(Clone, Debug, Default)]
pub struct Models {
    pub(crate) groups: GroupList,
    pub(crate) tables: Tables,
}

/// The tables of the models that groups are named for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    named: Vec<Named>,
    /// The caller says that the groups are all.
    are_trusted: bool,
}

/// A model that groups are named for.
#[derive(Clone, Debug)]
struct Named {
    entity: TypeId,
    /// Any change of any row is among the groups.
    is_whole: bool,
    /// Its table, which is asked for on a miss only.
    table: fn() -> Table,
}

impl Models {
    /// Any change of any row of `E`, and of what lies beneath its table.
    #[doc(hidden)]
    pub fn and<E: CachedEntity>(mut self) -> Self {
        // A table and its partition lie beneath each other.
        if self.tables.has_whole(TypeId::of::<E>()) {
            return self;
        }
        self.add::<E>(whole::<E::Model>(), true);
        E::beneath(self)
    }

    /// Any change of `groups`, which is all that matters of `M`.
    pub(crate) fn and_groups<M: ModelTrait>(
        mut self,
        groups: impl Groups + Send + Sync + 'static,
    ) -> Self {
        self.add::<M::Entity>(groups, false);
        self
    }

    /// The same, and no table is looked for.
    pub(crate) fn trusted(mut self) -> Self {
        self.tables.are_trusted = true;
        self
    }

    fn add<E: EntityTrait>(&mut self, groups: impl Groups + Send + Sync + 'static, is_whole: bool) {
        let table = || Table::of(&E::default());
        self.groups.push(groups);
        self.tables.named.push(Named { entity: TypeId::of::<E>(), is_whole, table });
    }
}

impl Tables {
    fn has_whole(&self, entity: TypeId) -> bool {
        self.named.iter().any(|named| named.is_whole && named.entity == entity)
    }

    /// Reports a table that the statement `sql` reads and for which nothing is named.
    pub(crate) fn check(&self, backend: DbBackend, sql: &str) -> Result<(), DbErr> {
        if self.are_trusted {
            return Ok(());
        }
        let named: Vec<Table> = self.named.iter().map(|named| (named.table)()).collect();
        audit::check(backend, sql, &named)
    }
}

macro_rules! cacheable {
    ($([$first:ident $(, $other:ident)* $(; $topology:ident)?] $query:ty => $row:ty;)*) => {$(
        impl<$first, $($other,)* $($topology)?> Cacheable for $query
        where
            $first: CachedEntity,
            $($other: CachedEntity,)*
            $($topology: Topology + Send + 'static,)?
        {
            type Entity = $first;
            type Row = $row;

            fn models() -> Models {
                Models::default().and::<$first>()$(.and::<$other>())*
            }

            fn statement(&self, backend: DbBackend) -> Statement {
                self.build(backend)
            }

            async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<Self::Row>, DbErr> {
                self.all(db).await
            }
        }
    )*};
}

macro_rules! cacheable_one {
    ($([$first:ident $(, $other:ident)* $(; $topology:ident)?] $query:ty;)*) => {$(
        impl<$first, $($other,)* $($topology)?> CacheableOne for $query
        where
            $first: CachedEntity,
            $($other: CachedEntity,)*
            $($topology: Topology + Send + 'static,)?
        {
            async fn run_one<C: ConnectionTrait>(
                self,
                db: &C,
            ) -> Result<Option<Self::Row>, DbErr> {
                self.one(db).await
            }
        }
    )*};
}

cacheable! {
    [E] Select<E> => E::Model;
    [E, F] SelectTwo<E, F> => (E::Model, Option<F::Model>);
    [E, F] SelectTwoMany<E, F> => (E::Model, Vec<F::Model>);
    [E, F] SelectTwoRequired<E, F> => (E::Model, F::Model);
    [E, F, G; T] SelectThree<E, F, G, T> => (E::Model, Option<F::Model>, Option<G::Model>);
}

cacheable_one! {
    [E] Select<E>;
    [E, F] SelectTwo<E, F>;
    [E, F] SelectTwoRequired<E, F>;
    [E, F, G; T] SelectThree<E, F, G, T>;
}
