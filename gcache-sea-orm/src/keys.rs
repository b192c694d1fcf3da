//! Statements that may write keys: a row that they return may have had another key before, or have taken the
//! place of another row.

/// `INSERT`, with what it does on a conflict.
pub(crate) mod insert {
    use crate::entity::CachedEntity;
    use gcache_runtime::GroupList;
    use sea_orm::sea_query::InsertStatement;
    use sea_orm::{DbBackend, QueryTrait};

    pub(crate) fn cascades<E: CachedEntity>() -> GroupList {
        GroupList::new()
    }

    pub(crate) fn may_change<E: CachedEntity>(
        insert: &impl QueryTrait<QueryStatement = InsertStatement>,
        backend: DbBackend,
    ) -> bool {
        // The statement does not say what it holds, so it is read: values are not written into it.
        let sql = backend.build(insert.as_query()).sql;
        let replaces = sql.starts_with("REPLACE");
        let on_conflict = [" DO UPDATE SET ", " ON DUPLICATE KEY UPDATE "];
        let update = on_conflict.iter().find_map(|update| sql.split_once(update));
        replaces
            || update
                .is_some_and(|(_, update)| super::columns::<E>().any(|key| update.contains(key)))
    }
}

/// `UPDATE`.
pub(crate) mod update {
    use crate::entity::CachedEntity;
    use gcache_runtime::GroupList;
    use sea_orm::sea_query::UpdateStatement;
    use sea_orm::{DbBackend, QueryTrait};

    pub(crate) fn cascades<E: CachedEntity>() -> GroupList {
        GroupList::new()
    }

    pub(crate) fn may_change<E: CachedEntity>(
        update: &impl QueryTrait<QueryStatement = UpdateStatement>,
        _: DbBackend,
    ) -> bool {
        let mut written = update.as_query().get_values().iter();
        written.any(|(column, _)| super::columns::<E>().any(|key| column.inner() == key))
    }
}

/// `UPDATE` by key, which writes no key.
pub(crate) mod by_key {
    use crate::entity::CachedEntity;
    use gcache_runtime::GroupList;
    use sea_orm::DbBackend;

    pub(crate) fn cascades<E: CachedEntity>() -> GroupList {
        GroupList::new()
    }

    pub(crate) fn may_change<E: CachedEntity>(_: &impl Send, _: DbBackend) -> bool {
        false
    }
}

/// `DELETE`.
pub(crate) mod delete {
    use crate::entity::CachedEntity;
    use gcache_runtime::GroupList;
    use sea_orm::DbBackend;

    pub(crate) fn cascades<E: CachedEntity>() -> GroupList {
        E::cascades()
    }

    pub(crate) fn may_change<E: CachedEntity>(_: &impl Send, _: DbBackend) -> bool {
        false
    }
}

/// The names of the columns of the primary key.
fn columns<E: sea_orm::EntityTrait>() -> impl Iterator<Item = &'static str> {
    use sea_orm::{IdenStatic as _, Iterable as _, PrimaryKeyToColumn as _};
    E::PrimaryKey::iter().map(|key| key.into_column().as_str())
}
