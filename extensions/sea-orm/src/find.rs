//! Rows by key.

use crate::database::Source;
use crate::entity::{CachedEntity, PrimaryKeyOf, key_of, row_groups, store};
use crate::reads::{self, Connection};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, try_join_all};
use gcache::member;
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoValueTuple as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait, Iterable as _, PrimaryKeyToColumn,
    QueryFilter as _, Select,
};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// How many rows a statement asks for. Databases bound the number of parameters: SQLite to 32,766.
const AT_ONCE: usize = 5_000;

/// The row `key`, from the cache or from the database.
pub(crate) async fn one<E: CachedEntity, C: Connection>(
    db: &C,
    key: PrimaryKeyOf<E>,
) -> Result<Option<E::Model>, DbErr> {
    let Some(source) = reads::source(db) else {
        reads::note(&row_groups::<E>(&key));
        let row = ask::<E, C>(db, &key).await?;
        note_own_key::<E>(&key, row.as_ref());
        return Ok(row);
    };
    let object = (source.database, key);
    let key = &object.1;
    let query = async {
        source.limit();
        let row = ask::<E, C>(db, key).await?;
        note_own_key::<E>(key, row.as_ref());
        Ok::<_, DbErr>(row)
    };
    let groups = || row_groups::<E>(key);
    let answer = store::<E>()?.objects.try_get_with_async(&object, groups, query).await?;
    Ok(answer.value)
}

/// The row `key`, from the database.
async fn ask<E: CachedEntity, C: ConnectionTrait>(
    db: &C,
    key: &PrimaryKeyOf<E>,
) -> Result<Option<E::Model>, DbErr> {
    // The query is built when it is needed, and boxed, since statements are large.
    Box::pin(E::find_by_id(key.clone()).one(db)).await
}

/// Notes that the row that was found by `key` also depends on the key that it has itself: the database may take the two
/// for equal, by a collation, and a save of the row invalidates its own.
fn note_own_key<E: CachedEntity>(key: &PrimaryKeyOf<E>, row: Option<&E::Model>) {
    if let Some(own) = row.map(key_of::<E>).filter(|own| own != key) {
        reads::note(&member::<E::Model>(own));
    }
}

/// The rows `keys`, from the cache, and the rest of them from the database.
pub(crate) async fn many<E: CachedEntity, C: Connection>(
    db: &C,
    keys: Vec<PrimaryKeyOf<E>>,
) -> Result<Vec<Option<E::Model>>, DbErr> {
    let Some(source) = reads::source(db) else {
        keys.iter().for_each(|key| reads::note(&row_groups::<E>(key)));
        let rows = load::<E, C>(db, keys.clone()).await?;
        let row = |key| {
            let row: Option<&E::Model> = rows.get(key);
            note_own_key::<E>(key, row);
            row.cloned()
        };
        return Ok(keys.iter().map(row).collect());
    };
    let loader = Loader::<E, C>::new(db, source);
    let rows = keys.into_iter().map(|key| loader.row(key));
    try_join_all(rows).await
}

/// Asks the database once for all rows that are wanted at a time.
struct Loader<'db, E: CachedEntity, C> {
    db: &'db C,
    source: Source,
    round: Mutex<Option<Round<'db, E>>>,
}

/// The rows that are wanted together.
#[derive(Clone)]
struct Round<'db, E: CachedEntity> {
    /// `None` once the database is asked.
    wanted: Arc<Mutex<Option<Vec<PrimaryKeyOf<E>>>>>,
    rows: Shared<BoxFuture<'db, Result<Arc<Rows<E>>, DbErr>>>,
}

type Rows<E> = HashMap<PrimaryKeyOf<E>, <E as EntityTrait>::Model>;

impl<'db, E: CachedEntity, C: ConnectionTrait> Loader<'db, E, C> {
    fn new(db: &'db C, source: Source) -> Self {
        Self { db, source, round: Mutex::new(None) }
    }

    /// The row `key`, as any cached value: a call waits for another that computes it.
    async fn row(&self, key: PrimaryKeyOf<E>) -> Result<Option<E::Model>, DbErr> {
        let object = (self.source.database, key);
        let key = &object.1;
        let groups = || row_groups::<E>(key);
        let wanted = async {
            self.source.limit();
            let round = self.want(key.clone());
            // All others that are going to be wanted have their turn first.
            tokio::task::yield_now().await;
            let rows = round.rows.await?;
            let row = rows.get(key);
            note_own_key::<E>(key, row);
            Ok::<_, DbErr>(row.cloned())
        };
        let answer = store::<E>()?.objects.try_get_with_async(&object, groups, wanted).await?;
        Ok(answer.value)
    }

    /// Puts `key` to the others that are wanted.
    fn want(&self, key: PrimaryKeyOf<E>) -> Round<'db, E> {
        let mut round = lock(&self.round);
        if let Some(round) = &*round
            && let Some(wanted) = &mut *lock(&round.wanted)
        {
            wanted.push(key);
            return round.clone();
        }
        round.insert(Round::new(self.db, key)).clone()
    }
}

impl<'db, E: CachedEntity> Round<'db, E> {
    fn new<C: ConnectionTrait>(db: &'db C, first: PrimaryKeyOf<E>) -> Self {
        let wanted = Arc::new(Mutex::new(Some(vec![first])));
        let to_ask = Arc::clone(&wanted);
        let rows = async move {
            let keys = lock(&to_ask).take().unwrap_or_default();
            load::<E, C>(db, keys).await.map(Arc::new)
        };
        Self { wanted, rows: rows.boxed().shared() }
    }
}

/// The rows `keys` that there are, from the database, by the key that was asked for.
async fn load<E: CachedEntity, C: ConnectionTrait>(
    db: &C,
    keys: Vec<PrimaryKeyOf<E>>,
) -> Result<Rows<E>, DbErr> {
    let mut rows = HashMap::with_capacity(keys.len());
    let mut is_loose = false;
    for keys in keys.chunks(AT_ONCE) {
        let asked: HashSet<&PrimaryKeyOf<E>> = keys.iter().collect();
        let found = with_keys::<E>(keys).all(db).await?;
        let found = found.into_iter().map(|row| (key_of::<E>(&row), row));
        rows.extend(found.inspect(|(key, _)| is_loose |= !asked.contains(key)));
    }
    if is_loose {
        // The database takes keys for equal that are not, by a collation: only it knows whose a row is.
        let missing = keys.into_iter().filter(|key| !rows.contains_key(key)).collect::<Vec<_>>();
        for key in missing {
            if let Some(row) = ask::<E, C>(db, &key).await? {
                rows.insert(key, row);
            }
        }
    }
    Ok(rows)
}

fn with_keys<E: CachedEntity>(keys: &[PrimaryKeyOf<E>]) -> Select<E> {
    let columns: Vec<E::Column> =
        E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let tuples = keys.iter().map(|key| key.clone().into_value_tuple());
    if let [column] = columns.as_slice() {
        return E::find().filter(column.is_in(tuples.flatten()));
    }
    let tuples = tuples.map(|tuple| {
        let values =
            columns.iter().zip(tuple).map(|(column, value)| column.save_as(Expr::val(value)));
        Expr::tuple(values)
    });
    let columns = columns.iter().map(|column| Expr::col((E::default(), *column)));
    E::find().filter(Expr::tuple(columns).is_in(tuples))
}

/// A lock that no panic of the program's poisons: nothing of the program's runs under it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
