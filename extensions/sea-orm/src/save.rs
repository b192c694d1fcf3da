//! Saves that invalidate the groups that they touch, however they end: the methods that
//! [`cached_entity!`](crate::cached_entity) writes call these.
//!
//! SeaORM tells the hooks of an entity that a save is about to happen and that it has happened. It does not tell them
//! that the save failed, was dropped in the middle, or was `update_without_returning`. So code of ours runs around each
//! save that is written `row.save(db)`: it defers the invalidations of the hooks until the statement is done, and
//! invalidates more where the outcome is not known.

use crate::connection::CommitVisibility;
use crate::entity::{Before, CachedEntity, PrimaryKeyOf, groups_of, key_of_active};
use crate::hook_trace::traced;
use crate::uncertain_write::{Rows, UncertainWrite};
use gcache::GroupList;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DbErr, DeleteResult, EntityTrait,
    IntoActiveModel, UpdateResult,
};

type ModelOf<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Model;

/// `ActiveModelTrait::insert`, traced.
///
/// # Errors
///
/// As that, and [`Error::UnknownTransaction`](crate::Error::UnknownTransaction).
pub async fn insert<A, C>(active: A, db: &C) -> Result<ModelOf<A>, DbErr>
where
    A: ActiveModelBehavior<Entity: CachedEntity> + Send,
    ModelOf<A>: IntoActiveModel<A>,
    C: ConnectionTrait,
{
    Save::of(&active).trace(db, ActiveModelTrait::insert(active, db), |_, _| false).await
}

/// `ActiveModelTrait::update`, traced.
///
/// # Errors
///
/// As that, and [`Error::UnknownTransaction`](crate::Error::UnknownTransaction).
pub async fn update<A, C>(active: A, db: &C) -> Result<ModelOf<A>, DbErr>
where
    A: ActiveModelBehavior<Entity: CachedEntity> + Send,
    ModelOf<A>: IntoActiveModel<A>,
    C: ConnectionTrait,
{
    let differs =
        |before: &Before, row: &ModelOf<A>| before.differs(&row.clone().into_active_model());
    Save::of(&active).trace(db, ActiveModelTrait::update(active, db), differs).await
}

/// `ActiveModelTrait::update_without_returning`, traced. Of the row only the key is known, so every value of
/// every index ends.
///
/// # Errors
///
/// As that, and [`Error::UnknownTransaction`](crate::Error::UnknownTransaction).
pub async fn update_without_returning<A, C>(active: A, db: &C) -> Result<UpdateResult, DbErr>
where
    A: ActiveModelBehavior<Entity: CachedEntity> + Send,
    C: ConnectionTrait,
{
    // No hook runs after the statement, so `trace` hears of no row and invalidates all values.
    let update = ActiveModelTrait::update_without_returning;
    Save::of(&active).trace(db, update(active, db), |_, _| false).await
}

/// `ActiveModelTrait::save`, traced.
///
/// # Errors
///
/// As that, and [`Error::UnknownTransaction`](crate::Error::UnknownTransaction).
pub async fn save<A, C>(active: A, db: &C) -> Result<A, DbErr>
where
    A: ActiveModelBehavior<Entity: CachedEntity> + Send,
    ModelOf<A>: IntoActiveModel<A>,
    C: ConnectionTrait,
{
    Save::of(&active).trace(db, ActiveModelTrait::save(active, db), Before::differs).await
}

/// `ActiveModelTrait::delete`, traced.
///
/// # Errors
///
/// As that, and [`Error::UnknownTransaction`](crate::Error::UnknownTransaction).
pub async fn delete<A, C>(active: A, db: &C) -> Result<DeleteResult, DbErr>
where
    A: ActiveModelBehavior<Entity: CachedEntity> + Send,
    C: ConnectionTrait,
{
    let mut save = Save::of(&active);
    save.groups.push(A::Entity::cascades());
    save.trace(db, ActiveModelTrait::delete(active, db), |_, _| false).await
}

/// A save under way, of one row.
struct Save<E: CachedEntity> {
    key: Option<PrimaryKeyOf<E>>,
    /// The groups that it may touch.
    groups: GroupList,
    /// The values of all indexes before it, if an update is to leave them as they are.
    before: Option<Before>,
}

impl<E: CachedEntity> Save<E> {
    fn of<A: ActiveModelTrait<Entity = E>>(active: &A) -> Self {
        let key = key_of_active(active);
        Self { groups: groups_of::<E>(key.clone()), key, before: Before::of(active) }
    }

    /// Runs `save`. Its outcome may hold the row as the database has it now; `differs` tells whether that differs from the
    /// row before.
    async fn trace<C: ConnectionTrait, T>(
        self,
        db: &C,
        save: impl Future<Output = Result<T, DbErr>>,
        differs: impl FnOnce(&Before, &T) -> bool,
    ) -> Result<T, DbErr> {
        let Self { key, groups, before } = self;
        let visibility = CommitVisibility::of::<C>()?;
        let write = UncertainWrite::new(visibility, groups);
        // A transaction of one statement: it defers invalidations until this is left, in any way.
        let transaction = visibility.begin();
        let (saved, trace) = transaction.run(traced::<E, _>(key.as_ref(), save)).await;
        match &saved {
            Ok(row) => {
                let moved = || before.is_some_and(|before| differs(&before, row));
                if trace.is_complete() && !trace.leaves && !moved() {
                    // The hooks have invalidated all that it touched.
                    write.settle();
                } else {
                    write.invalidate();
                }
            }
            Err(error) if trace.ends_before_statement() => {
                write.invalidate_unless_unwritten(error, Rows::One, db);
            }
            // Also an error of a hook that runs after ours: what the row has become is not known here.
            Err(_) => write.invalidate(),
        }
        saved
    }
}
