//! What the hooks of an entity do: the part of [`cached_entity!`](crate::cached_entity) that an
//! `ActiveModelBehavior` of the program's own calls.

use crate::connection::Sight;
use crate::entity::{
    CachedEntity, OnMove, PrimaryKeyOf, end_written, groups_of, key_of, key_of_active, may_move,
    store,
};
use crate::watch::{hear_after, hear_before, hear_leaving, is_watched};
use gcache::{Invalidated, Invalidates as _, invalidate};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, ModelTrait, QuerySelect as _};

/// To be called last in `before_save`.
///
/// # Errors
///
/// In a database transaction that gcache does not know of, since the invalidation would come before the commit.
/// And what the database says when the old row is read, with [`OnMove::ReadOldRow`].
pub async fn before_save<A, C>(active: A, db: &C, insert: bool) -> Result<A, DbErr>
where
    A: ActiveModelTrait<Entity: CachedEntity> + Send + Sync,
    C: ConnectionTrait,
{
    let place = Place::of::<A::Entity, C>()?;
    // An insert leaves nothing. A save that is watched reports its row or is known to have failed, so that
    // only a move is in question; of any other nothing may be heard any more.
    if !insert && (may_move(&active) || !place.watched) {
        leave(&active, db, place).await?;
    }
    hear_before::<A::Entity>();
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
        place.end_row::<M::Entity>(key_of::<M::Entity>(&model));
    } else {
        // Nothing was left, or what was is held back already.
        place.invalidation(|| end_written::<M::Entity>(&model));
    }
    hear_after::<M::Entity>();
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
    if leave(&active, db, place).await? == Left::Ended {
        place.end_cascades::<A::Entity>();
    }
    hear_before::<A::Entity>();
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
        place.end_row::<A::Entity>(key);
        place.end_cascades::<A::Entity>();
    }
    hear_after::<A::Entity>();
    Ok(active)
}

/// Where a hook runs.
#[derive(Clone, Copy)]
struct Place {
    sight: Sight,
    /// Whether code of ours runs around the save, and holds its invalidations back until it is done.
    watched: bool,
}

impl Place {
    fn of<E: CachedEntity, C: ConnectionTrait>() -> Result<Self, DbErr> {
        store::<E>()?;
        Ok(Self { sight: Sight::of::<C>()?, watched: is_watched::<E>() })
    }

    /// Whether nothing holds invalidations back: what is ended before the write has to be ended again after it.
    fn is_alone(self) -> bool {
        self.sight == Sight::AtOnce && !self.watched
    }

    /// Ends what depends on a row of which only the key is known.
    fn end_row<E: CachedEntity>(self, key: PrimaryKeyOf<E>) {
        self.invalidation(|| invalidate(&groups_of::<E>(Some(key))));
    }

    /// Ends what depends on rows that are removed along with one that is deleted.
    fn end_cascades<E: CachedEntity>(self) {
        let cascades = E::cascades();
        if !cascades.is_empty() {
            self.invalidation(|| invalidate(&cascades));
        }
    }

    fn invalidation(self, invalidation: impl FnOnce() -> Invalidated) {
        if self.watched {
            // Held back until the save is done.
            invalidation();
        } else {
            self.sight.invalidation(invalidation);
        }
    }
}

/// What has become of what a row is about to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Ended,
    /// The code around the save ends it when the statement is done.
    Heard,
}

/// Ends what the row is about to leave.
async fn leave<A, C>(active: &A, db: &C, place: Place) -> Result<Left, DbErr>
where
    A: ActiveModelTrait<Entity: CachedEntity> + Sync,
    C: ConnectionTrait,
{
    // Without a key SeaORM refuses the statement.
    let Some(key) = key_of_active(active) else { return Ok(Left::Heard) };
    let read = <A::Entity as CachedEntity>::ON_MOVE == OnMove::ReadOldRow
        && place.sight == Sight::AtCommit
        && place.watched;
    if read {
        if let Some(old) = old_row::<A::Entity, C>(key, db).await? {
            old.invalidate();
        }
    } else if hear_leaving::<A::Entity>(&key) {
        return Ok(Left::Heard);
    } else {
        place.end_row::<A::Entity>(key);
    }
    Ok(Left::Ended)
}

/// The row as it is, locked until the transaction is over where the database has such locks. SQLite has none:
/// there a transaction that has read fails to write if another has written since.
async fn old_row<E: CachedEntity, C: ConnectionTrait>(
    key: PrimaryKeyOf<E>,
    db: &C,
) -> Result<Option<E::Model>, DbErr> {
    E::find_by_id(key).lock_exclusive().one(db).await
}
