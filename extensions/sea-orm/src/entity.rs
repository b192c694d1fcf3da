//! Entities whose rows are cached.

use crate::database::DatabaseId;
use crate::error::Error;
use crate::find;
use crate::models::Models;
use crate::reads::Connection;
use crate::results::Results;
use gcache::{
    Cached, Config, Group, GroupList, Groups, Invalidated, Invalidates, Key, invalidate, member,
    whole,
};
use sea_orm::sea_query::FromValueTuple as _;
use sea_orm::{
    ActiveModelTrait, ActiveValue, DbErr, EntityTrait, IdenStatic as _, Iterable as _, ModelTrait,
    PrimaryKeyToColumn, PrimaryKeyTrait, Value,
};
use std::str::FromStr as _;

/// The type of an entity's primary key: `i64`, or a tuple for a compound one.
pub type PrimaryKeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

/// What a save invalidates when the row may have moved from one value of an index to another, besides the row and the
/// values that it has now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnMove {
    /// Every value of every index. No statement more, and never too little.
    #[default]
    InvalidateIndexes,
    /// The values of the old row, which is read first and locked, in one statement more. In a transaction
    /// only: outside of one another save could come between the two, so every value is invalidated there.
    ReadOldRow,
}

/// An entity whose rows are cached, and invalidated when they are saved.
///
/// [`cached_entity!`](crate::cached_entity) implements it. Its model derives `gcache::Invalidates` with the
/// primary key as its key, which the derive finds by `#[sea_orm(primary_key)]`.
///
/// The objects go by their database and their key: see [`Connection`]. The groups are common to all
/// databases, so a save in one invalidates the objects of that key in each.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no cached entity",
    label = "its saves invalidate nothing",
    note = "write `gcache_sea_orm::cached_entity!();` beside its `ActiveModel`, in place of \
            `impl ActiveModelBehavior for ActiveModel {{}}`, and derive `gcache::Invalidates` for its `Model`"
)]
pub trait CachedEntity:
    EntityTrait<
        Model: Group<Key = PrimaryKeyOf<Self>> + Invalidates + Sync,
        PrimaryKey: PrimaryKeyTrait<ValueType: Key>,
    >
{
    /// What a save invalidates when the row may have moved from one value of an index to another.
    const ON_MOVE: OnMove = OnMove::InvalidateIndexes;

    /// Whether a row that is written may take the place of another one, of another key: a constraint of the
    /// table says `ON CONFLICT REPLACE`. Then each insert and update invalidates the whole model.
    const REPLACES: bool = false;

    /// How many objects are kept, and how many results of queries.
    const CAPACITY: u64 = 10_000;

    /// The models whose rows are removed or changed along with a row of this one that is deleted.
    #[doc(hidden)]
    fn cascades() -> GroupList {
        GroupList::new()
    }

    /// Where they are kept.
    #[doc(hidden)]
    fn store() -> &'static Store<Self>;

    /// Adds the models whose tables lie beneath this one's, if it is a view or has partitions.
    #[doc(hidden)]
    fn beneath(models: Models) -> Models {
        models
    }

    /// The row with this primary key: from the cache, or from the database, where it is asked for once.
    ///
    /// A row that does not exist is cached as `None`, until it is inserted. Inside of a database transaction
    /// the database is asked: see [`Connection`].
    ///
    /// # Errors
    ///
    /// The database's, as they are. Nothing is stored then.
    fn find_cached<C: Connection>(
        db: &C,
        key: impl Into<PrimaryKeyOf<Self>> + Send,
    ) -> impl Future<Output = Result<Option<Self::Model>, DbErr>> + Send {
        find::one::<Self, C>(db, key.into())
    }

    /// The rows with these primary keys, in the order of the keys: those that are cached from there, and
    /// the rest from the database, which is asked once. (Twice for more than 5,000 of them, and so on.)
    ///
    /// # Errors
    ///
    /// The database's, as they are. The rows that were not cached are not stored then.
    fn find_many_cached<C: Connection>(
        db: &C,
        keys: impl IntoIterator<Item: Into<PrimaryKeyOf<Self>>>,
    ) -> impl Future<Output = Result<Vec<Option<Self::Model>>, DbErr>> + Send {
        find::many::<Self, C>(db, keys.into_iter().map(Into::into).collect())
    }
}

/// Where an entity's rows are kept, and the results of queries that select it first.
#[derive(Debug)]
pub struct Store<E: CachedEntity> {
    /// Whether the key of the model is the primary key, by which rows are found and saved.
    is_keyed: bool,
    pub(crate) objects: Cached<(DatabaseId, PrimaryKeyOf<E>), Option<E::Model>>,
    pub(crate) results: Results,
}

impl<E: CachedEntity> Store<E> {
    /// An empty one. In statistics its parts go by the name of the module `module`.
    pub fn new(module: &str) -> Self {
        Self {
            is_keyed: is_keyed_by_primary_key::<E>(),
            objects: Cached::with(
                format!("{module}::objects"),
                Config::new().capacity(E::CAPACITY).groups_only(),
            ),
            results: Cached::with(
                format!("{module}::results"),
                Config::new().capacity(E::CAPACITY).groups_only(),
            ),
        }
    }
}

fn is_keyed_by_primary_key<E: CachedEntity>() -> bool {
    let key = E::Model::key_fields().iter().map(|field| E::Column::from_str(field).ok());
    let primary_key = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
    let name = |column: E::Column| column.as_str();
    key.map(|column| column.map(name)).eq(primary_key.map(|column| Some(name(column))))
}

/// The store of `E`.
///
/// # Errors
///
/// If the key of its model is not its primary key: a save would not invalidate the row that was found.
pub(crate) fn store<E: CachedEntity>() -> Result<&'static Store<E>, Error> {
    let store = E::store();
    if store.is_keyed {
        return Ok(store);
    }
    Err(Error::KeyIsNotPrimaryKey { model: std::any::type_name::<E::Model>() })
}

/// The groups of the row `key`: itself, and the models beneath its table.
pub(crate) fn row_groups<E: CachedEntity>(key: &PrimaryKeyOf<E>) -> impl Groups + use<E> {
    (member::<E::Model>(key), E::beneath(Models::default()).groups)
}

/// The key of a row.
pub(crate) fn key_of<E: CachedEntity>(row: &E::Model) -> PrimaryKeyOf<E> {
    PrimaryKeyOf::<E>::from_value_tuple(row.get_primary_key_value())
}

/// The key of a row that is being changed, if it is known.
pub(crate) fn key_of_active<A>(active: &A) -> Option<PrimaryKeyOf<A::Entity>>
where
    A: ActiveModelTrait<Entity: CachedEntity>,
{
    active.get_primary_key_value().map(PrimaryKeyOf::<A::Entity>::from_value_tuple)
}

/// The groups of a row of which only the key is known, if so much, and that is written: of any row, where it
/// may take the place of another.
pub(crate) fn groups_of<E: CachedEntity>(key: Option<PrimaryKeyOf<E>>) -> GroupList {
    match key.filter(|_| !E::REPLACES) {
        Some(key) => GroupList::new().with(member::<E::Model>(key)),
        None => GroupList::new().with(whole::<E::Model>()),
    }
}

/// Invalidates a row as it is after it was written.
pub(crate) fn invalidate_written<E: CachedEntity>(row: &E::Model) -> Invalidated {
    if E::REPLACES { invalidate(&whole::<E::Model>()) } else { row.invalidate() }
}

type ColumnOf<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Column;

/// The columns that some index is over; `None` of a field that is no column.
fn indexed<A>() -> impl Iterator<Item = Option<ColumnOf<A>>>
where
    A: ActiveModelTrait<Entity: CachedEntity>,
{
    let fields = <<A::Entity as EntityTrait>::Model as Invalidates>::indexed_fields();
    fields.iter().map(|field| ColumnOf::<A>::from_str(field).ok())
}

/// Whether an update with `active` may move its row from one group to another, as far as is known before it:
/// it writes to a field that some index is over, or does not say which value that field had.
pub(crate) fn may_move<A>(active: &A) -> bool
where
    A: ActiveModelTrait<Entity: CachedEntity>,
{
    Before::of(active).is_none()
}

/// The values of all indexed fields that a row had when the program read it, none of which it has set. The
/// database may write to them all the same: by a trigger, or where it computes a column.
pub(crate) struct Before(Vec<Value>);

impl Before {
    /// `None` if a value is not known, or is set.
    pub(crate) fn of<A>(active: &A) -> Option<Self>
    where
        A: ActiveModelTrait<Entity: CachedEntity>,
    {
        let value = |column: Option<ColumnOf<A>>| match active.get(column?) {
            ActiveValue::Unchanged(value) => Some(value),
            ActiveValue::Set(_) | ActiveValue::NotSet => None,
        };
        indexed::<A>().map(value).collect::<Option<_>>().map(Self)
    }

    /// Whether the row, as the database has returned it, has other values now.
    pub(crate) fn differs<A>(&self, now: &A) -> bool
    where
        A: ActiveModelTrait<Entity: CachedEntity>,
    {
        let now =
            indexed::<A>().map(|column| column.and_then(|column| now.get(column).into_value()));
        !now.eq(self.0.iter().cloned().map(Some))
    }
}
