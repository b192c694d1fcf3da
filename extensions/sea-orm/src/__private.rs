//! The names that `cached_entity!` uses, and nothing else.

pub use crate::entity::Store;
pub use crate::models::Models;
use gcache::{Group, Whole, whole};

pub use gcache::GroupList;
pub use sea_orm::prelude::async_trait;
pub use sea_orm::{
    ActiveModelBehavior, ConnectionTrait, DbErr, DeleteResult, EntityTrait, IntoActiveModel,
    UpdateResult,
};

type ModelOf<E> = <E as EntityTrait>::Model;

/// Any row of `E`.
pub fn whole_of<E: EntityTrait<Model: Group>>() -> Whole<<ModelOf<E> as Group>::Itself> {
    whole::<ModelOf<E>>()
}
