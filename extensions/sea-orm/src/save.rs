//! Saves that end what they touch, however they end: what the methods that
//! [`cached_entity!`](crate::cached_entity) writes do.
//!
//! SeaORM tells the hooks of an entity that a save is about to happen and that it has happened. It does not
//! tell them that it failed, was dropped in the middle, or was `update_without_returning`. So code of ours
//! runs around each save that is written `row.save(db)`: it holds the invalidations of the hooks back until the
//! statement is done, and ends more where nobody knows what was done.

use crate::connection::Sight;
use crate::doubt::{Doubt, Rows};
use crate::entity::{Before, CachedEntity, PrimaryKeyOf, groups_of, key_of_active};
use crate::watch::watched;
use gcache::GroupList;
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
    Save::of(&active).watch(db, ActiveModelTrait::insert(active, db), |_, _| false).await
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
    let differs =
        |before: &Before, row: &ModelOf<A>| before.differs(&row.clone().into_active_model());
    Save::of(&active).watch(db, ActiveModelTrait::update(active, db), differs).await
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
    let update = ActiveModelTrait::update_without_returning;
    Save::of(&active).watch(db, update(active, db), |_, _| false).await
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
    Save::of(&active).watch(db, ActiveModelTrait::save(active, db), Before::differs).await
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
    let mut save = Save::of(&active);
    save.groups.push(A::Entity::cascades());
    save.watch(db, ActiveModelTrait::delete(active, db), |_, _| false).await
}

/// A save under way, of one row.
struct Save<E: CachedEntity> {
    key: Option<PrimaryKeyOf<E>>,
    /// What it may touch.
    groups: GroupList,
    /// The values of all indexes before it, if an update is to leave them as they are.
    before: Option<Before>,
}

impl<E: CachedEntity> Save<E> {
    fn of<A: ActiveModelTrait<Entity = E>>(active: &A) -> Self {
        let key = key_of_active(active);
        Self { groups: groups_of::<E>(key.clone()), key, before: Before::of(active) }
    }

    /// Runs `save`. What it returns may hold the row as the database has it now, of which `differs` tells
    /// whether it differs from what it was before.
    async fn watch<C: ConnectionTrait, T>(
        self,
        db: &C,
        save: impl Future<Output = Result<T, DbErr>>,
        differs: impl FnOnce(&Before, &T) -> bool,
    ) -> Result<T, DbErr> {
        let Self { key, groups, before } = self;
        let sight = Sight::of::<C>()?;
        let doubt = Doubt::new(sight, groups);
        // A transaction of one statement: what it holds back is done when this is left, in any way.
        let held = sight.hold();
        let (saved, heard) = held.run(watched::<E, _>(key.as_ref(), save)).await;
        match &saved {
            Ok(row) => {
                let moved = || before.is_some_and(|before| differs(&before, row));
                if heard.all() && !heard.leaves() && !moved() {
                    // The hooks have ended what there is to end.
                    doubt.settle();
                } else {
                    doubt.end();
                }
            }
            Err(error) if heard.only_before() => {
                doubt.end_unless_nothing_changed(error, Rows::One, db);
            }
            // Also an error of a hook that runs after ours: what the row has become is not known here.
            Err(_) => doubt.end(),
        }
        saved
    }
}
