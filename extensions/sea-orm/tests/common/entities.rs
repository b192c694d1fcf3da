//! Films, their directors and their actors.
#![allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]

pub(crate) mod director {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "director")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::film::Entity")]
        Film,
    }

    impl Related<super::film::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Film.def()
        }
    }

    gcache_sea_orm::cached_entity!();
}

pub(crate) mod film {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "film")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
        #[group(index)]
        pub genre: String,
        #[group(index)]
        pub director_id: i64,
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
        #[sea_orm(has_many = "super::casting::Entity")]
        Casting,
    }

    impl Related<super::director::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Director.def()
        }
    }

    impl Related<super::casting::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Casting.def()
        }
    }

    impl Related<super::actor::Entity> for Entity {
        fn to() -> RelationDef {
            super::casting::Relation::Actor.def()
        }

        fn via() -> Option<RelationDef> {
            Some(super::casting::Relation::Film.def().rev())
        }
    }

    gcache_sea_orm::cached_entity!();
}

pub(crate) mod actor {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "actor")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!();
}

/// Who plays in which film: a compound key.
pub(crate) mod casting {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "casting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub film_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub actor_id: i64,
        pub role: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::film::Entity",
            from = "Column::FilmId",
            to = "super::film::Column::Id"
        )]
        Film,
        #[sea_orm(
            belongs_to = "super::actor::Entity",
            from = "Column::ActorId",
            to = "super::actor::Column::Id"
        )]
        Actor,
    }

    impl Related<super::film::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Film.def()
        }
    }

    gcache_sea_orm::cached_entity!();
}
