//! Views, and tables that hold rows of others: what lies beneath is named once, in the entity.

mod common;

use common::World;
use common::entities::{actor, director, film};
use gcache_sea_orm::{Cacheable as _, CachedEntity as _};
use sea_orm::{
    ConnectionTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, Set,
    sea_query::Expr,
};

/// A view over films and their directors.
#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
mod credit {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "credit")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!(
        capacity = 100,
        reads = [super::film::Entity, super::director::Entity],
    );
}

/// A view over that view.
#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
mod shout {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "shout")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!(reads = [super::credit::Entity]);
}

/// A table, and a part of it that is an entity as well: what is written to one is read by the other.
#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
mod vote {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "vote")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub stars: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!(reads = [super::old_vote::Entity]);
}

#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
mod old_vote {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "old_vote")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub stars: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!(reads = [super::vote::Entity], own_behavior);

    impl ActiveModelBehavior for ActiveModel {}
}

/// SQLite has no partitions: a view stands in for one.
const VIEWS: &str = "
    CREATE VIEW credit AS
        SELECT film.id, title || ' by ' || name AS text FROM film JOIN director ON director.id = director_id;
    CREATE VIEW shout AS SELECT id, upper(text) AS text FROM credit;
    CREATE TABLE vote (id INTEGER PRIMARY KEY, stars INTEGER NOT NULL);
    CREATE VIEW old_vote AS SELECT * FROM vote WHERE id < 100;
    INSERT INTO vote VALUES (1, 3), (100, 4);
";

async fn world() -> Result<World, DbErr> {
    let world = World::new().await;
    world.db.execute_unprepared(VIEWS).await?;
    world.asked();
    Ok(world)
}

async fn rename_hitchcock(world: &World, name: &str) -> Result<(), DbErr> {
    let hitchcock = director::Entity::find_by_id(1).one(&world.db).await?.expect("it is there");
    let mut hitchcock = hitchcock.into_active_model();
    hitchcock.name = Set(name.to_owned());
    hitchcock.update(&world.db).await?;
    world.asked();
    Ok(())
}

#[tokio::test]
async fn a_view_ends_with_what_it_reads() -> Result<(), DbErr> {
    let world = world().await?;
    let look = async || {
        let found = credit::Entity::find_cached(&world.db, 1).await?.expect("it is there").text;
        let together = credit::Entity::find_many_cached(&world.db, [1, 2]).await?;
        let listed = credit::Entity::find().cached().all(&world.db).await?;
        let shouted = shout::Entity::find_cached(&world.db, 1).await?.expect("it is there").text;
        let shouts = shout::Entity::find().cached().all(&world.db).await?;
        assert_eq!(together[0].as_ref().map(|credit| &credit.text), Some(&found));
        assert_eq!((&listed[0].text, shouts[0].text.as_str()), (&found, shouted.as_str()));
        assert_eq!(found.to_uppercase(), shouted);
        Ok::<_, DbErr>(found)
    };
    assert_eq!((look().await?.as_str(), world.asked()), ("Vertigo by Hitchcock", 5));
    assert_eq!((look().await?.as_str(), world.asked()), ("Vertigo by Hitchcock", 0));
    rename_hitchcock(&world, "Sir Alfred").await?;
    assert_eq!((look().await?.as_str(), world.asked()), ("Vertigo by Sir Alfred", 5));
    film::Entity::delete_by_id(4).exec(&world.db).await?;
    film::invalidate_model(4);
    world.asked();
    assert_eq!((look().await?.as_str(), world.asked()), ("Vertigo by Sir Alfred", 5));
    actor::invalidate_model(1);
    assert_eq!((look().await?.as_str(), world.asked()), ("Vertigo by Sir Alfred", 0));
    Ok(())
}

#[tokio::test]
async fn a_view_that_is_only_joined_ends_with_what_it_reads() -> Result<(), DbErr> {
    let world = world().await?;
    let of_hitchcock = || {
        let by = Expr::cust("film.id IN (SELECT id FROM credit WHERE text LIKE '%Hitchcock')");
        film::Entity::find().filter(by).cached()
    };
    assert_eq!(common::not_named(of_hitchcock().all(&world.db).await).0, "credit");
    let look = async || {
        let films = of_hitchcock().and::<credit::Model>().all(&world.db).await?;
        Ok::<_, DbErr>(films.len())
    };
    assert_eq!((look().await?, look().await?, world.asked()), (2, 2, 1));
    rename_hitchcock(&world, "Sir Alfred").await?;
    assert_eq!(look().await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_table_and_a_part_of_it_end_with_each_other() -> Result<(), DbErr> {
    let world = world().await?;
    let look = async || {
        let all = vote::Entity::find().cached().all(&world.db).await?[0].stars;
        let old = old_vote::Entity::find().cached().all(&world.db).await?[0].stars;
        let one = vote::Entity::find_cached(&world.db, 1).await?.expect("it is there").stars;
        assert_eq!((all, one), (old, old));
        Ok::<_, DbErr>(old)
    };
    assert_eq!((look().await?, look().await?, world.asked()), (3, 3, 3));
    let vote = vote::ActiveModel { id: sea_orm::Unchanged(1), stars: Set(4) };
    vote.update(&world.db).await?;
    assert_eq!(look().await?, 4);
    // As a save of the part does, which a view does not take.
    world.db.execute_unprepared("UPDATE vote SET stars = 5 WHERE id = 1").await?;
    old_vote::invalidate_model(1);
    assert_eq!(look().await?, 5);
    Ok(())
}
