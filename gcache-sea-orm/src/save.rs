//! Saves that end what they touch, however they end: what the methods that
//! [`cached_entity!`](crate::cached_entity) writes do.
//!
//! SeaORM tells the hooks of an entity that a save is about to happen and that it has happened. It does not
//! tell them that it failed, was dropped in the middle, or was `update_without_returning`. So code of ours
//! runs around each save that is written `row.save(db)`: it holds the bumps of the hooks back until the
//! statement is done, and ends more where nobody knows what was done.

use crate::connection::Sight;
use crate::doubt::{Doubt, Rows};
use crate::entity::{Before, CachedEntity, groups_of, key_of_active};
use crate::watch::watched;
use gcache_runtime::GroupList;
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
    let groups = groups(&active);
    watch::<A::Entity, _, _>(db, groups, |_| false, ActiveModelTrait::insert(active, db)).await
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
    let groups = groups(&active);
    let has_moved = has_moved(&active);
    let has_moved = |row: &ModelOf<A>| has_moved(&row.clone().into_active_model());
    watch::<A::Entity, _, _>(db, groups, has_moved, ActiveModelTrait::update(active, db)).await
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
    let groups = groups(&active);
    let update = ActiveModelTrait::update_without_returning(active, db);
    watch::<A::Entity, _, _>(db, groups, |_| false, update).await
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
    let groups = groups(&active);
    let has_moved = has_moved(&active);
    watch::<A::Entity, _, _>(db, groups, has_moved, ActiveModelTrait::save(active, db)).await
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
    let groups = groups(&active).and(A::Entity::cascades());
    watch::<A::Entity, _, _>(db, groups, |_| false, ActiveModelTrait::delete(active, db)).await
}

/// Runs `save`, which may touch `groups`, and says whether a row that it returns `has_moved`.
async fn watch<E, C, T>(
    db: &C,
    groups: GroupList,
    has_moved: impl FnOnce(&T) -> bool,
    save: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr>
where
    E: CachedEntity,
    C: ConnectionTrait,
{
    let sight = Sight::of::<C>()?;
    let doubt = Doubt::new(sight, groups);
    // A transaction of one statement: what it holds back is done when this is left, in any way.
    let held = sight.hold();
    let (saved, heard) = held.run(watched::<E, _>(save)).await;
    match &saved {
        // The hooks have ended what there is to end.
        Ok(row) if heard.all() && !has_moved(row) => doubt.settle(),
        Err(error) if heard.only_before() => doubt.settle_if_nothing_changed(error, Rows::One, db),
        // Also an error of a hook that runs after ours: what the row has become is not known here.
        _ => drop(doubt),
    }
    saved
}

/// The groups of the row that is saved.
fn groups<A: ActiveModelTrait<Entity: CachedEntity>>(active: &A) -> GroupList {
    groups_of::<A::Entity>(key_of_active(active))
}

/// Says of a row that `active` updates whether it has moved, though no index was written to.
fn has_moved<A>(active: &A) -> impl FnOnce(&A) -> bool + use<A>
where
    A: ActiveModelTrait<Entity: CachedEntity>,
{
    let before = Before::of(active);
    move |now| before.is_some_and(|before| before.differs(now))
}
