//! The models that a cached result depends on, and their tables.

use crate::audit::{self, Table};
use crate::entity::CachedEntity;
use crate::error::Error;
use gcache::{GroupList, Groups, whole};
use sea_orm::{DbBackend, EntityTrait, ModelTrait};
use std::any::TypeId;

/// The groups that a result depends on, and the tables that they cover.
#[derive(Clone, Debug, Default)]
pub struct Models {
    pub(crate) groups: GroupList,
    pub(crate) tables: Tables,
}

/// The tables of the models that groups are named for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    named: Vec<Named>,
    /// The caller says that the groups are all.
    are_trusted: bool,
}

/// A model that groups are named for.
#[derive(Clone, Debug)]
struct Named {
    entity: TypeId,
    /// Any change of any row is among the groups.
    is_whole: bool,
    /// Its table, which is asked for on a miss only.
    table: fn() -> Table,
}

impl Models {
    /// Any change of any row of `E`, and of the models beneath its table.
    #[doc(hidden)]
    pub fn and<E: CachedEntity>(mut self) -> Self {
        // A table and its partition lie beneath each other.
        if self.tables.has_whole(TypeId::of::<E>()) {
            return self;
        }
        self.add::<E>(whole::<E::Model>(), true);
        E::beneath(self)
    }

    /// Any change of `groups`, which is all that matters of `M`.
    pub(crate) fn and_groups<M: ModelTrait>(
        mut self,
        groups: impl Groups + Send + Sync + 'static,
    ) -> Self {
        self.add::<M::Entity>(groups, false);
        self
    }

    /// The same, and no table is looked for.
    pub(crate) fn trusted(mut self) -> Self {
        self.tables.are_trusted = true;
        self
    }

    fn add<E: EntityTrait>(&mut self, groups: impl Groups + Send + Sync + 'static, is_whole: bool) {
        let table = || Table::of(&E::default());
        self.groups.push(groups);
        self.tables.named.push(Named { entity: TypeId::of::<E>(), is_whole, table });
    }
}

impl Tables {
    fn has_whole(&self, entity: TypeId) -> bool {
        self.named.iter().any(|named| named.is_whole && named.entity == entity)
    }

    /// Reports a table that the statement `sql` reads and for which nothing is named.
    pub(crate) fn check(&self, backend: DbBackend, sql: &str) -> Result<(), Error> {
        if self.are_trusted {
            return Ok(());
        }
        let named: Vec<Table> = self.named.iter().map(|named| (named.table)()).collect();
        audit::check(backend, sql, &named)
    }
}
