//! The stars that a member gives to a film.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
#[sea_orm(table_name = "rating")]
#[group(name = "rating")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[group(index)]
    pub film_id: i64,
    /// From 1 to 10.
    pub stars: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::film::Entity",
        from = "Column::FilmId",
        to = "super::film::Column::Id"
    )]
    Film,
}

impl Related<super::film::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Film.def()
    }
}

gcache_sea_orm::cached_entity!();
