//! Statements that change rows without a hook.

use crate::connection::CommitVisibility;
use crate::entity::{CachedEntity, groups_of, key_of};
use crate::keys;
use crate::uncertain_write::{Rows, UncertainWrite};
use gcache::{GroupList, Groups, Invalidated, Invalidates as _, invalidate, whole};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, DeleteMany, DeleteOne, DeleteResult,
    EntityTrait, Insert, InsertMany, InsertManyResult, InsertResult, IntoActiveModel, TryInsert,
    TryInsertResult, UpdateMany, UpdateOne, UpdateResult, ValidatedDeleteOne, ValidatedUpdateOne,
};
use std::slice;

/// The statements that `E::insert_many(..)`, `E::update_many()`, `E::delete_many()` and the like build. None of them runs
/// the hooks of an entity.
///
/// | method | invalidates |
/// | --- | --- |
/// | [`exec_and_invalidate`](Self::exec_and_invalidate) | the whole model |
/// | [`exec_with_returning_and_invalidate`](Self::exec_with_returning_and_invalidate) | the rows that the database returns, with every value of every index; of deleted rows, the values that they had |
/// | [`exec_and_invalidate_only`](Self::exec_and_invalidate_only) | the groups that the caller names |
///
/// The invalidation comes after the statement, or, in a [`transaction`](crate::transaction()), after the commit. An
/// error, a panic or a dropped future invalidates the same, or the whole model where the rows are not known. An error
/// that says that nothing was written, such as a violated constraint, invalidates nothing.
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
/// use gcache_sea_orm::{ExecAndInvalidate as _, by_index};
/// use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, sea_query::Expr};
///
/// async fn rename_genre(db: &sea_orm::DatabaseConnection) -> Result<(), DbErr> {
///     film::Entity::update_many()
///         .col_expr(film::Column::Genre, Expr::value("science fiction"))
///         .filter(film::Column::Genre.eq("sf"))
///         .exec_and_invalidate(db)
///         .await?;
///     Ok(())
/// }
///
/// /// Writes to no index, so the rows stay where they are.
/// async fn shout(db: &sea_orm::DatabaseConnection) -> Result<(), DbErr> {
///     film::Entity::update_many()
///         .col_expr(film::Column::Title, Expr::cust("upper(title)"))
///         .filter(film::Column::Genre.eq("musical"))
///         .exec_and_invalidate_only(db, by_index::<film::Model, _>(|film| &film.genre, "musical"))
///         .await?;
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub trait ExecAndInvalidate: Sized + Send {
    /// The entity whose rows change.
    type Entity: CachedEntity;

    /// What SeaORM's `exec` returns.
    type Outcome: Send;

    /// What SeaORM's `exec_with_returning` returns.
    type Returned: Send;

    #[doc(hidden)]
    fn run<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> impl Future<Output = Result<Self::Outcome, DbErr>> + Send;

    #[doc(hidden)]
    fn run_with_returning<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> impl Future<Output = Result<Self::Returned, DbErr>> + Send;

    /// Invalidates the returned rows.
    #[doc(hidden)]
    fn invalidate(returned: &Self::Returned) -> Invalidated;

    /// How many rows it changes.
    #[doc(hidden)]
    const ROWS: Rows;

    /// The models that a delete invalidates besides the rows.
    #[doc(hidden)]
    fn cascades() -> GroupList {
        GroupList::new()
    }

    /// Whether it may write a key, so that the row, or another one, had another before.
    #[doc(hidden)]
    fn may_change_keys(&self, _: DbBackend) -> bool {
        false
    }

    /// SeaORM's `exec`, which invalidates the whole model.
    ///
    /// # Errors
    ///
    /// The database's, as they are; and [`Error::UnknownTransaction`](crate::Error::UnknownTransaction).
    fn exec_and_invalidate<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> impl Future<Output = Result<Self::Outcome, DbErr>> + Send {
        let whole = GroupList::new().with(whole::<ModelOf<Self::Entity>>());
        self.exec_and_invalidate_only(db, whole.with(Self::cascades()))
    }

    /// SeaORM's `exec`, which invalidates `groups` and nothing else: the caller knows that no other row
    /// changes, and no index that is not named.
    ///
    /// # Errors
    ///
    /// As [`exec_and_invalidate`](Self::exec_and_invalidate).
    fn exec_and_invalidate_only<C: ConnectionTrait>(
        self,
        db: &C,
        groups: impl Groups + Send + Sync + 'static,
    ) -> impl Future<Output = Result<Self::Outcome, DbErr>> + Send {
        async move {
            let write = UncertainWrite::new(CommitVisibility::of::<C>()?, groups);
            let result = self.run(db).await;
            match &result {
                Ok(_) => write.invalidate(),
                Err(error) => write.invalidate_unless_unwritten(error, Self::ROWS, db),
            }
            result
        }
    }

    /// SeaORM's `exec_with_returning`, which invalidates the returned rows.
    ///
    /// # Errors
    ///
    /// As [`exec_and_invalidate`](Self::exec_and_invalidate), and where the database cannot return rows.
    fn exec_with_returning_and_invalidate<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> impl Future<Output = Result<Self::Returned, DbErr>> + Send {
        async move {
            let visibility = CommitVisibility::of::<C>()?;
            let cascades = Self::cascades();
            let groups = groups_of::<Self::Entity>(None).with(cascades.clone());
            let write = UncertainWrite::new(visibility, groups);
            // Then other rows change than those that are returned.
            let may_change_keys = self.may_change_keys(db.get_database_backend());
            let result = self.run_with_returning(db).await;
            match &result {
                Ok(returned) if !may_change_keys => {
                    visibility.run(|| Self::invalidate(returned));
                    visibility.invalidate(&cascades);
                    write.settle();
                }
                Ok(_) => write.invalidate(),
                Err(error) => write.invalidate_unless_unwritten(error, Self::ROWS, db),
            }
            result
        }
    }
}

/// Invalidates rows as they are now, which may have had other values before.
fn changed<E: CachedEntity>(rows: &[E::Model]) -> Invalidated {
    let row = |row| groups_of::<E>(Some(key_of::<E>(row)));
    invalidate(&rows.iter().map(row).collect::<Vec<_>>())
}

/// Invalidates rows as they were.
fn gone<E: CachedEntity>(rows: &[E::Model]) -> Invalidated {
    E::Model::invalidate_many(rows)
}

/// The methods that differ between kinds of statements.
macro_rules! of_kind {
    (insert $entity:ty) => {
        fn may_change_keys(&self, backend: DbBackend) -> bool {
            keys::are_written_by_insert::<$entity>(self, backend)
        }
    };
    (update $entity:ty) => {
        fn may_change_keys(&self, _: DbBackend) -> bool {
            keys::are_written_by_update::<$entity>(self)
        }
    };
    (update_of_one $entity:ty) => {};
    (delete $entity:ty) => {
        fn cascades() -> GroupList {
            <$entity as CachedEntity>::cascades()
        }
    };
}

macro_rules! statements {
    ($(
        [$($parameters:tt)*] $statement:ty, of $entity:ty $(, where $bound:ty: $trait:path)?;
        $kind:ident $count:ident;
        $run:ident -> $outcome:ty;
        $run_with_returning:ident -> $returned:ty, $end:ident of $rows:expr;
    )*) => {$(
        impl<$($parameters)*> ExecAndInvalidate for $statement
        $(where $bound: $trait)?
        {
            type Entity = $entity;
            type Outcome = $outcome;
            type Returned = $returned;

            const ROWS: Rows = Rows::$count;

            of_kind!($kind $entity);

            async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Self::Outcome, DbErr> {
                self.$run(db).await
            }

            async fn run_with_returning<C: ConnectionTrait>(
                self,
                db: &C,
            ) -> Result<Self::Returned, DbErr> {
                self.$run_with_returning(db).await
            }

            fn invalidate(returned: &Self::Returned) -> Invalidated {
                let rows: fn(&Self::Returned) -> &[<$entity as EntityTrait>::Model] = $rows;
                $end::<$entity>(rows(returned))
            }
        }
    )*};
}

type ModelOf<E> = <E as EntityTrait>::Model;

statements! {
    [A: ActiveModelTrait<Entity: CachedEntity> + Send] InsertMany<A>, of A::Entity,
        where ModelOf<A::Entity>: IntoActiveModel<A>;
    insert Many;
    exec -> InsertManyResult<A>;
    exec_with_returning -> Vec<ModelOf<A::Entity>>, changed of |rows| rows;

    [A: ActiveModelTrait<Entity: CachedEntity> + Send] Insert<A>, of A::Entity,
        where ModelOf<A::Entity>: IntoActiveModel<A>;
    insert One;
    exec -> InsertResult<A>;
    exec_with_returning -> ModelOf<A::Entity>, changed of slice::from_ref;

    [A: ActiveModelTrait<Entity: CachedEntity> + Send] TryInsert<A>, of A::Entity,
        where ModelOf<A::Entity>: IntoActiveModel<A>;
    insert Many;
    exec -> TryInsertResult<InsertResult<A>>;
    exec_with_returning_many -> TryInsertResult<Vec<ModelOf<A::Entity>>>, changed of |result| match result {
        TryInsertResult::Inserted(rows) => rows,
        TryInsertResult::Empty | TryInsertResult::Conflicted => &[],
    };

    [A: ActiveModelTrait<Entity: CachedEntity> + Send] UpdateOne<A>, of A::Entity,
        where ModelOf<A::Entity>: IntoActiveModel<A>;
    update_of_one One;
    exec_without_returning -> UpdateResult;
    exec -> ModelOf<A::Entity>, changed of slice::from_ref;

    [A: ActiveModelTrait<Entity: CachedEntity> + Send] ValidatedUpdateOne<A>, of A::Entity,
        where ModelOf<A::Entity>: IntoActiveModel<A>;
    update One;
    exec_without_returning -> UpdateResult;
    exec -> ModelOf<A::Entity>, changed of slice::from_ref;

    [E: CachedEntity] UpdateMany<E>, of E;
    update Many;
    exec -> UpdateResult;
    exec_with_returning -> Vec<E::Model>, changed of |rows| rows;

    [E: CachedEntity] DeleteOne<E>, of E;
    delete One;
    exec -> DeleteResult;
    exec_with_returning -> Option<E::Model>, gone of Option::as_slice;

    [E: CachedEntity] ValidatedDeleteOne<E>, of E;
    delete One;
    exec -> DeleteResult;
    exec_with_returning -> Option<E::Model>, gone of Option::as_slice;

    [E: CachedEntity] DeleteMany<E>, of E;
    delete Many;
    exec -> DeleteResult;
    exec_with_returning -> Vec<E::Model>, gone of |rows| rows;
}
