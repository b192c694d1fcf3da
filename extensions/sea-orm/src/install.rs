//! `cached_entity!`: the one line that an entity's module needs.

/// Makes the entity of the module that it stands in a cached one: every cached value of a row is invalidated when it
/// is inserted, updated, saved or deleted.
///
/// It stands in place of `impl ActiveModelBehavior for ActiveModel {}`, and the `Model` derives
/// `gcache::Invalidates`.
///
/// | option | meaning | default |
/// | --- | --- | --- |
/// | `own_behavior` | the module has an `ActiveModelBehavior` of its own, which calls the [`hooks`](crate::hooks) | writes one |
/// | `read_old_row` | [`OnMove::ReadOldRow`](crate::OnMove::ReadOldRow) | [`OnMove::InvalidateIndexes`](crate::OnMove::InvalidateIndexes) |
/// | `cascades(path::Entity, ..)` | whose rows are removed or changed along with a row of this one that is deleted, by an `ON DELETE` of the database or by SeaORM's `cascade_delete`; all of them, also those further down | none |
/// | `replaces` | a constraint of the table says `ON CONFLICT REPLACE` (SQLite), so an insert or update may remove another row: each invalidates the whole model | no |
/// | `capacity = N` | how many objects are kept, and how many results of queries | 10,000 |
/// | `reads = [a::Entity, ..]` | a change of any row of these invalidates every cached value of the entity, too: for a view, for a table with partitions or children, and for these | `[]` |
///
/// It writes:
///
/// - `impl ActiveModelBehavior for ActiveModel`, so that saves through SeaORM's traits are seen;
/// - `insert`, `update`, `update_without_returning`, `save` and `delete` of `ActiveModel`, and `delete` of
///   `Model`. They take the place of the methods of SeaORM's traits where a save is written `film.update(&db)`, do the
///   same, and also see a save that fails or is dropped midway;
/// - `impl CachedEntity for Entity`: see [`CachedEntity`](crate::CachedEntity).
///
/// ```
/// mod film {
///     use sea_orm::entity::prelude::*;
///
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, gcache::Invalidates)]
///     #[sea_orm(table_name = "film")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i64,
///         pub title: String,
///         #[group(index)]
///         pub genre: String,
///     }
///
///     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
///     pub enum Relation {}
///
///     gcache_sea_orm::cached_entity!();
/// }
/// ```
///
/// Beside hooks of the program's own, which call those of [`hooks`](crate::hooks):
///
/// ```
/// mod film {
///     use gcache_sea_orm::hooks;
///     use sea_orm::entity::prelude::*;
///     use sea_orm::{ActiveValue, Set};
///
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, gcache::Invalidates)]
///     #[sea_orm(table_name = "film")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i64,
///         pub title: String,
///     }
///
///     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
///     pub enum Relation {}
///
///     gcache_sea_orm::cached_entity!(own_behavior, capacity = 50_000);
///
///     #[async_trait::async_trait]
///     impl ActiveModelBehavior for ActiveModel {
///         async fn before_save<C>(mut self, db: &C, insert: bool) -> Result<Self, DbErr>
///         where
///             C: ConnectionTrait,
///         {
///             if let ActiveValue::Set(title) = &self.title {
///                 self.title = Set(title.trim().to_owned());
///             }
///             hooks::before_save(self, db, insert).await
///         }
///
///         async fn after_save<C>(model: Model, db: &C, insert: bool) -> Result<Model, DbErr>
///         where
///             C: ConnectionTrait,
///         {
///             hooks::after_save(model, db, insert).await
///         }
///
///         async fn before_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
///             hooks::before_delete(self, db).await
///         }
///
///         async fn after_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
///             hooks::after_delete(self, db).await
///         }
///     }
/// }
/// ```
///
/// A hook that does not call ours costs exactness where a save is written `film.update(&db)`: the row is
/// invalidated with every value of every index. In generic code, through SeaORM's traits, such a save is not seen.
///
/// Anything else is a mistake:
///
/// ```compile_fail
/// mod film {
///     use sea_orm::entity::prelude::*;
///
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, gcache::Invalidates)]
///     #[sea_orm(table_name = "film")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i64,
///     }
///
///     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
///     pub enum Relation {}
///
///     gcache_sea_orm::cached_entity!(own_behaviour); // known here is `own_behavior`, ..
/// }
/// ```
#[macro_export]
macro_rules! cached_entity {
    ($($options:tt)*) => {
        $crate::__cached_entity_options!([behavior, invalidate_indexes, 10_000, false, [], []] $($options)*);
    };
}

/// Reads the options one by one into `[behavior, on_move, capacity, replaces, [cascades], [reads]]`.
#[doc(hidden)]
#[macro_export]
macro_rules! __cached_entity_options {
    (
        [
            $behavior:ident, $on_move:ident, $capacity:expr, $replaces:expr,
            [$($cascade:path),*], [$($beneath:ty),*]
        ]
    ) => {
        $crate::__cached_entity_behavior!($behavior);
        $crate::__cached_entity_methods!();

        impl $crate::CachedEntity for Entity {
            const ON_MOVE: $crate::OnMove = $crate::__cached_entity_on_move!($on_move);
            const CAPACITY: u64 = $capacity;
            const REPLACES: bool = $replaces;

            fn cascades() -> $crate::__private::GroupList {
                $crate::__private::GroupList::new()
                    $(.with($crate::__private::whole_of::<$cascade>()))*
            }

            fn store() -> &'static $crate::__private::Store<Self> {
                static STORE: ::std::sync::LazyLock<$crate::__private::Store<Entity>> =
                    ::std::sync::LazyLock::new(|| $crate::__private::Store::new(::core::module_path!()));
                &STORE
            }

            fn beneath(models: $crate::__private::Models) -> $crate::__private::Models {
                models$(.and::<$beneath>())*
            }
        }
    };
    ([$_:ident, $($read:tt)*] own_behavior $(, $($rest:tt)*)?) => {
        $crate::__cached_entity_options!([own_behavior, $($read)*] $($($rest)*)?);
    };
    ([$behavior:ident, $_:ident, $($read:tt)*] read_old_row $(, $($rest:tt)*)?) => {
        $crate::__cached_entity_options!([$behavior, read_old_row, $($read)*] $($($rest)*)?);
    };
    ([$behavior:ident, $on_move:ident, $_:expr, $($read:tt)*] capacity = $capacity:expr $(, $($rest:tt)*)?) => {
        $crate::__cached_entity_options!([$behavior, $on_move, $capacity, $($read)*] $($($rest)*)?);
    };
    ([$behavior:ident, $on_move:ident, $capacity:expr, $_:expr, $($read:tt)*] replaces $(, $($rest:tt)*)?) => {
        $crate::__cached_entity_options!([$behavior, $on_move, $capacity, true, $($read)*] $($($rest)*)?);
    };
    (
        [$behavior:ident, $on_move:ident, $capacity:expr, $replaces:expr, $_:tt, $beneath:tt]
        cascades($($cascade:path),+ $(,)?) $(, $($rest:tt)*)?
    ) => {
        $crate::__cached_entity_options!(
            [$behavior, $on_move, $capacity, $replaces, [$($cascade),+], $beneath] $($($rest)*)?
        );
    };
    (
        [$behavior:ident, $on_move:ident, $capacity:expr, $replaces:expr, $cascades:tt, $_:tt]
        reads = [$($beneath:ty),* $(,)?] $(, $($rest:tt)*)?
    ) => {
        $crate::__cached_entity_options!(
            [$behavior, $on_move, $capacity, $replaces, $cascades, [$($beneath),*]] $($($rest)*)?
        );
    };
    ([$($read:tt)*] $unknown:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "unknown option `",
            ::core::stringify!($unknown),
            "`: known here is `own_behavior`, `read_old_row`, `cascades(path::Entity, ..)`, `replaces`, \
             `capacity = N`, `reads = [path::Entity, ..]`",
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __cached_entity_on_move {
    (invalidate_indexes) => {
        $crate::OnMove::InvalidateIndexes
    };
    (read_old_row) => {
        $crate::OnMove::ReadOldRow
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __cached_entity_behavior {
    (own_behavior) => {};
    (behavior) => {
        #[$crate::__private::async_trait::async_trait]
        impl $crate::__private::ActiveModelBehavior for ActiveModel {
            async fn before_save<C>(
                self,
                db: &C,
                insert: bool,
            ) -> ::core::result::Result<Self, $crate::__private::DbErr>
            where
                C: $crate::__private::ConnectionTrait,
            {
                $crate::hooks::before_save(self, db, insert).await
            }

            async fn after_save<C>(
                model: Model,
                db: &C,
                insert: bool,
            ) -> ::core::result::Result<Model, $crate::__private::DbErr>
            where
                C: $crate::__private::ConnectionTrait,
            {
                $crate::hooks::after_save(model, db, insert).await
            }

            async fn before_delete<C>(
                self,
                db: &C,
            ) -> ::core::result::Result<Self, $crate::__private::DbErr>
            where
                C: $crate::__private::ConnectionTrait,
            {
                $crate::hooks::before_delete(self, db).await
            }

            async fn after_delete<C>(
                self,
                db: &C,
            ) -> ::core::result::Result<Self, $crate::__private::DbErr>
            where
                C: $crate::__private::ConnectionTrait,
            {
                $crate::hooks::after_delete(self, db).await
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __cached_entity_methods {
    () => {
        $crate::__cached_entity_methods!(ActiveModel {
            insert -> Model,
            update -> Model,
            update_without_returning -> $crate::__private::UpdateResult,
            save -> Self,
            delete -> $crate::__private::DeleteResult,
        });

        #[allow(dead_code, reason = "a program need not delete")]
        impl Model {
            /// Does what `ModelTrait::delete` does, and invalidates the row, however it ends.
            ///
            /// # Errors
            ///
            /// As that, and `gcache_sea_orm::Error::UnknownTransaction`.
            pub async fn delete<C>(
                self,
                db: &C,
            ) -> ::core::result::Result<$crate::__private::DeleteResult, $crate::__private::DbErr>
            where
                C: $crate::__private::ConnectionTrait,
            {
                let row: ActiveModel = $crate::__private::IntoActiveModel::into_active_model(self);
                row.delete(db).await
            }
        }
    };
    ($active:ident { $($method:ident -> $returned:ty,)* }) => {
        #[allow(dead_code, reason = "a program need not save in every way")]
        impl $active {
            $(
                #[doc = ::core::concat!("Does what `ActiveModelTrait::", ::core::stringify!($method), "` does.")]
                /// It invalidates the row, however it ends.
                ///
                /// # Errors
                ///
                /// As that, and `gcache_sea_orm::Error::UnknownTransaction`.
                pub async fn $method<C>(
                    self,
                    db: &C,
                ) -> ::core::result::Result<$returned, $crate::__private::DbErr>
                where
                    C: $crate::__private::ConnectionTrait,
                {
                    $crate::save::$method(self, db).await
                }
            )*
        }
    };
}
