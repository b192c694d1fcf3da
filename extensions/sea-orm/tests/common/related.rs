//! Films, their directors and their actors in SeaORM 2's own format, `#[sea_orm::model]`, with relations as fields.
#![allow(unused_qualifications, unreachable_pub, dead_code, reason = "SeaORM's derives have them")]

pub(crate) mod director {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "director")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        #[sea_orm(has_many)]
        pub films: HasMany<super::film::Entity>,
    }

    gcache_sea_orm::cached_entity!();
}

/// Deleted with its castings, which are links without hooks.
pub(crate) mod film {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "film")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
        #[group(index)]
        pub genre: String,
        pub director_id: i64,
        pub votes: i64,
        #[sea_orm(belongs_to, from = "director_id", to = "id")]
        pub director: HasOne<super::director::Entity>,
        #[sea_orm(has_many, via = "casting")]
        pub actors: HasMany<super::actor::Entity>,
    }

    gcache_sea_orm::cached_entity!(cascades(super::casting::Entity));
}

pub(crate) mod actor {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "actor")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        #[sea_orm(has_many, via = "casting")]
        pub films: HasMany<super::film::Entity>,
    }

    gcache_sea_orm::cached_entity!(cascades(super::casting::Entity,));
}

pub(crate) mod casting {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "casting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub film_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub actor_id: i64,
        pub role: String,
        #[sea_orm(belongs_to, from = "film_id", to = "id")]
        pub film: HasOne<super::film::Entity>,
        #[sea_orm(belongs_to, from = "actor_id", to = "id")]
        pub actor: HasOne<super::actor::Entity>,
    }

    gcache_sea_orm::cached_entity!();
}
