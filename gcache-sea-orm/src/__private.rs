//! What `cached_entity!` names, and nothing else.

pub use crate::cacheable::Models;
pub use crate::entity::Store;
pub use sea_orm::prelude::async_trait;
pub use sea_orm::{
    ActiveModelBehavior, ConnectionTrait, DbErr, DeleteResult, IntoActiveModel, UpdateResult,
};
