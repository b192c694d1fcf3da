//! The hooks of an entity: the part of [`cached_entity!`](crate::cached_entity) that an
//! `ActiveModelBehavior` of the program's own calls.

use crate::connection::CommitVisibility;
use crate::entity::{
    CachedEntity, OnMove, PrimaryKeyOf, groups_of, invalidate_written, key_of, key_of_active,
    may_move, store,
};
use crate::hook_trace::{is_traced, record_after, record_before, record_leaving};
use gcache::{Invalidated, Invalidates as _, invalidate};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, ModelTrait, QuerySelect as _};

/// To be called last in `before_save`.
///
/// # Errors
///
/// [`Error::UnknownTransaction`](crate::Error::UnknownTransaction), since the invalidation would come before the commit.
/// And the database's, when the old row is read: with [`OnMove::ReadOldRow`].
pub async fn before_save<A, C>(active: A, db: &C, insert: bool) -> Result<A, DbErr>
where
    A: ActiveModelTrait<Entity: CachedEntity> + Send + Sync,
    C: ConnectionTrait,
{
    let place = Place::of::<A::Entity, C>()?;
    // An insert leaves nothing. A save that is traced reports its row or is known to have failed, so only a move is in
    // question; any other save may never report.
    if !insert && (may_move(&active) || !place.is_traced) {
        leave(&active, db, place).await?;
    }
    record_before::<A::Entity>();
    Ok(active)
}

/// To be called first in `after_save`, before anything that may fail.
///
/// # Errors
///
/// As [`before_save`], if that has not been called.
#[expect(clippy::unused_async, reason = "written as the other hooks are")]
pub async fn after_save<M, C>(model: M, _db: &C, insert: bool) -> Result<M, DbErr>
where
    M: ModelTrait<Entity: CachedEntity<Model = M>>,
    C: ConnectionTrait,
{
    let place = Place::of::<M::Entity, C>()?;
    if place.is_alone() && !insert {
        place.invalidate_row::<M::Entity>(key_of::<M::Entity>(&model));
    } else {
        // The row left nothing, or the groups that it left are deferred already.
        place.run(|| invalidate_written::<M::Entity>(&model));
    }
    record_after::<M::Entity>();
    Ok(model)
}

/// To be called last in `before_delete`.
///
/// # Errors
///
/// As [`before_save`].
pub async fn before_delete<A, C>(active: A, db: &C) -> Result<A, DbErr>
where
    A: ActiveModelTrait<Entity: CachedEntity> + Send + Sync,
    C: ConnectionTrait,
{
    let place = Place::of::<A::Entity, C>()?;
    if leave(&active, db, place).await? == Left::Invalidated {
        place.invalidate_cascades::<A::Entity>();
    }
    record_before::<A::Entity>();
    Ok(active)
}

/// To be called first in `after_delete`, before anything that may fail.
///
/// # Errors
///
/// As [`before_save`], if that has not been called.
#[expect(clippy::unused_async, reason = "written as the other hooks are")]
pub async fn after_delete<A, C>(active: A, _db: &C) -> Result<A, DbErr>
where
    A: ActiveModelTrait<Entity: CachedEntity>,
    C: ConnectionTrait,
{
    let place = Place::of::<A::Entity, C>()?;
    if let (true, Some(key)) = (place.is_alone(), key_of_active(&active)) {
        place.invalidate_row::<A::Entity>(key);
        place.invalidate_cascades::<A::Entity>();
    }
    record_after::<A::Entity>();
    Ok(active)
}

/// Where a hook runs.
#[derive(Clone, Copy)]
struct Place {
    visibility: CommitVisibility,
    /// Whether code of ours runs around the save, and defers its invalidations until the save is done.
    is_traced: bool,
}

impl Place {
    fn of<E: CachedEntity, C: ConnectionTrait>() -> Result<Self, DbErr> {
        store::<E>()?;
        Ok(Self { visibility: CommitVisibility::of::<C>()?, is_traced: is_traced::<E>() })
    }

    /// Whether nothing defers invalidations: those before the write have to be repeated after it.
    fn is_alone(self) -> bool {
        self.visibility == CommitVisibility::AtOnce && !self.is_traced
    }

    /// Invalidates a row of which only the key is known.
    fn invalidate_row<E: CachedEntity>(self, key: PrimaryKeyOf<E>) {
        self.run(|| invalidate(&groups_of::<E>(Some(key))));
    }

    /// Invalidates the models whose rows are removed along with one that is deleted.
    fn invalidate_cascades<E: CachedEntity>(self) {
        let cascades = E::cascades();
        if !cascades.is_empty() {
            self.run(|| invalidate(&cascades));
        }
    }

    fn run(self, invalidation: impl FnOnce() -> Invalidated) {
        if self.is_traced {
            // Deferred until the save is done.
            invalidation();
        } else {
            self.visibility.run(invalidation);
        }
    }
}

/// What was done about the groups that a row is about to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Invalidated,
    /// The code around the save invalidates them when the statement is done.
    Recorded,
}

/// Invalidates the groups that the row is about to leave.
async fn leave<A, C>(active: &A, db: &C, place: Place) -> Result<Left, DbErr>
where
    A: ActiveModelTrait<Entity: CachedEntity> + Sync,
    C: ConnectionTrait,
{
    // Without a key SeaORM refuses the statement.
    let Some(key) = key_of_active(active) else { return Ok(Left::Recorded) };
    let read = <A::Entity as CachedEntity>::ON_MOVE == OnMove::ReadOldRow
        && place.visibility == CommitVisibility::AtCommit
        && place.is_traced;
    if read {
        if let Some(old) = old_row::<A::Entity, C>(key, db).await? {
            old.invalidate();
        }
    } else if record_leaving::<A::Entity>(&key) {
        return Ok(Left::Recorded);
    } else {
        place.invalidate_row::<A::Entity>(key);
    }
    Ok(Left::Invalidated)
}

/// The row as it is, locked until the transaction is over where the database has such locks. SQLite has none:
/// there a transaction that has read fails to write if another has written since.
async fn old_row<E: CachedEntity, C: ConnectionTrait>(
    key: PrimaryKeyOf<E>,
    db: &C,
) -> Result<Option<E::Model>, DbErr> {
    E::find_by_id(key).lock_exclusive().one(db).await
}
