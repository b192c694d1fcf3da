//! Films.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, serde::Serialize, DeriveEntityModel, gcache::Invalidates)]
#[sea_orm(table_name = "film")]
#[group(name = "film")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub title: String,
    #[group(index)]
    pub director_id: Option<i64>,
    #[group(index)]
    pub genre: String,
    /// As `1998-06-12`.
    pub released: String,
    pub distributor: Option<String>,
    pub certificate: Option<String>,
    /// Worldwide, in dollars.
    pub gross: Option<i64>,
    pub imdb: Option<f64>,
    /// The sum of the club's stars, and how often they were given.
    pub stars: i64,
    pub votes: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::director::Entity",
        from = "Column::DirectorId",
        to = "super::director::Column::Id"
    )]
    Director,
    #[sea_orm(has_many = "super::rating::Entity")]
    Rating,
}

impl Related<super::director::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Director.def()
    }
}

impl Related<super::rating::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Rating.def()
    }
}

gcache_sea_orm::cached_entity!();
