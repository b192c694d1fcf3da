//! Saves that end what they touch, however they end: what the methods that
//! [`cached_entity!`](crate::cached_entity) writes do.
//!
//! SeaORM tells the hooks of an entity that a save is about to happen and that it has happened. It does not
//! tell them that it failed, was dropped in the middle, or was `update_without_returning`. So code of ours
//! runs around each save that is written `row.save(db)`: it holds the bumps of the hooks back until the
//! statement is done, and ends more where nobody knows what was done.

use crate::connection::Sight;
use crate::doubt::Doubt;
use crate::entity::{CachedEntity, PrimaryKeyOf, key_of_active};
use crate::watch::watched;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DbErr, DeleteResult, EntityTrait,
    IntoActiveModel, UpdateResult,
};

type ModelOf<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Model;

/// `ActiveModelTrait::insert`, watched.
///
/// # Errors
///
/// As that, and in a database transaction that gcache does not know of.
pub async fn insert<A, C>(active: A, db: &C) -> Result<ModelOf<A>, DbErr>
where
    A: ActiveModelBehavior<Entity: CachedEntity> + Send,
    ModelOf<A>: IntoActiveModel<A>,
    C: ConnectionTrait,
{
    let key = key_of_active(&active);
    watch::<A::Entity, _, _>(db, key, ActiveModelTrait::insert(active, db)).await
}

/// `ActiveModelTrait::update`, watched.
///
/// # Errors
///
/// As that, and in a database transaction that gcache does not know of.
pub async fn update<A, C>(active: A, db: &C) -> Result<ModelOf<A>, DbErr>
where
    A: ActiveModelBehavior<Entity: CachedEntity> + Send,
    ModelOf<A>: IntoActiveModel<A>,
    C: ConnectionTrait,
{
    let key = key_of_active(&active);
    watch::<A::Entity, _, _>(db, key, ActiveModelTrait::update(active, db)).await
}

/// `ActiveModelTrait::update_without_returning`, watched. Of the row only the key is known, so every value of
/// every index ends.
///
/// # Errors
///
/// As that, and in a database transaction that gcache does not know of.
pub async fn update_without_returning<A, C>(active: A, db: &C) -> Result<UpdateResult, DbErr>
where
    A: ActiveModelBehavior<Entity: CachedEntity> + Send,
    C: ConnectionTrait,
{
    // No hook runs after the statement, so that `watch` hears of no row and ends all values.
    let key = key_of_active(&active);
    let update = ActiveModelTrait::update_without_returning(active, db);
    watch::<A::Entity, _, _>(db, key, update).await
}

/// `ActiveModelTrait::save`, watched.
///
/// # Errors
///
/// As that, and in a database transaction that gcache does not know of.
pub async fn save<A, C>(active: A, db: &C) -> Result<A, DbErr>
where
    A: ActiveModelBehavior<Entity: CachedEntity> + Send,
    ModelOf<A>: IntoActiveModel<A>,
    C: ConnectionTrait,
{
    let key = key_of_active(&active);
    watch::<A::Entity, _, _>(db, key, ActiveModelTrait::save(active, db)).await
}

/// `ActiveModelTrait::delete`, watched.
///
/// # Errors
///
/// As that, and in a database transaction that gcache does not know of.
pub async fn delete<A, C>(active: A, db: &C) -> Result<DeleteResult, DbErr>
where
    A: ActiveModelBehavior<Entity: CachedEntity> + Send,
    C: ConnectionTrait,
{
    let key = key_of_active(&active);
    watch::<A::Entity, _, _>(db, key, ActiveModelTrait::delete(active, db)).await
}

/// Runs `save` of the row `key`, or of one whose key is not known yet.
async fn watch<E, C, T>(
    _db: &C,
    key: Option<PrimaryKeyOf<E>>,
    save: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr>
where
    E: CachedEntity,
    C: ConnectionTrait,
{
    let sight = Sight::of::<C>()?;
    let doubt = Doubt::of_row::<E>(sight, key);
    // A transaction of one statement: what it holds back is done when this is left, in any way.
    let held = sight.hold();
    let (saved, heard) = held.run(watched::<E, _>(save)).await;
    match &saved {
        // The hooks have ended what there is to end.
        Ok(_) if heard.all() => doubt.settle(),
        // An error may also be a hook's that runs after the row is written. Ours is the first of them, so
        // what is known of the row is ended by then.
        Err(error) if heard.before() => doubt.settle_if_nothing_changed(error),
        _ => drop(doubt),
    }
    saved
}
