//! Statements that may write keys: a row that they return may have had another key before, or have taken the
//! place of another row.

use sea_orm::sea_query::{InsertStatement, UpdateStatement};
use sea_orm::{
    DbBackend, EntityTrait, IdenStatic as _, Iterable as _, PrimaryKeyToColumn as _, QueryTrait,
};

/// Whether `insert` may write the key of a row of `E` that is there, or replace it.
pub(crate) fn are_written_by_insert<E: EntityTrait>(
    insert: &impl QueryTrait<QueryStatement = InsertStatement>,
    backend: DbBackend,
) -> bool {
    // The statement does not tell its parts, so its text is read: values are not written into it.
    let sql = backend.build(insert.as_query()).sql;
    let on_conflict = [" DO UPDATE SET ", " ON DUPLICATE KEY UPDATE "];
    let update = on_conflict.iter().find_map(|update| sql.split_once(update));
    let writes_key = |update: &str| columns::<E>().any(|key| update.contains(key));
    sql.starts_with("REPLACE") || update.is_some_and(|(_, update)| writes_key(update))
}

/// Whether `update` may write the key of a row of `E`.
pub(crate) fn are_written_by_update<E: EntityTrait>(
    update: &impl QueryTrait<QueryStatement = UpdateStatement>,
) -> bool {
    let mut written = update.as_query().get_values().iter();
    written.any(|(column, _)| columns::<E>().any(|key| column.inner() == key))
}

/// The names of the columns of the primary key.
fn columns<E: EntityTrait>() -> impl Iterator<Item = &'static str> {
    E::PrimaryKey::iter().map(|key| key.into_column().as_str())
}
