//! A row that moves between values of an index, where the old row is read.

mod common;

use common::World;
use film::Entity as Film;
use gcache_sea_orm::{Cacheable as _, CachedEntity as _, OnMove, by_index, transaction};
use sea_orm::ActiveValue::Unchanged;
use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, Set, TransactionError};

#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
mod film {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "film")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
        /// Goes by another name than its column's.
        #[sea_orm(column_name = "genre")]
        #[group(index)]
        pub kind: String,
        pub director_id: i64,
        pub votes: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!(read_old_row, capacity = 100);
}

/// The genres whose lists were not in the cache.
async fn missing(world: &World) -> Result<Vec<&'static str>, DbErr> {
    let mut missing = Vec::new();
    world.asked();
    for kind in ["thriller", "horror", "drama", "western"] {
        let films = Film::find().filter(film::Column::Kind.eq(kind));
        let group = by_index::<film::Model, _>(|film| &film.kind, kind);
        films.cached_against(group).count(&world.db).await?;
        if world.asked() > 0 {
            missing.push(kind);
        }
    }
    Ok(missing)
}

fn psycho() -> film::ActiveModel {
    film::ActiveModel { id: Set(2), ..<film::ActiveModel as sea_orm::ActiveModelTrait>::default() }
}

fn drama() -> film::ActiveModel {
    film::ActiveModel { kind: Set("drama".to_owned()), ..psycho() }
}

const ALL: [&str; 4] = ["thriller", "horror", "drama", "western"];

#[tokio::test]
async fn in_a_transaction_both_values_end_and_no_other() -> Result<(), Box<dyn std::error::Error>> {
    assert_eq!((Film::ON_MOVE, Film::CAPACITY), (OnMove::ReadOldRow, 100));
    let world = World::new().await;
    assert_eq!(missing(&world).await?, ALL);
    transaction(&world.db, async |txn| {
        world.asked();
        drama().update(txn).await?;
        assert_eq!(world.asked(), 2, "one statement for the old row");
        Ok::<(), DbErr>(())
    })
    .await?;
    assert_eq!(missing(&world).await?, ["horror", "drama"]);

    transaction(&world.db, async |txn| {
        let voted =
            film::ActiveModel { votes: Set(1), kind: Unchanged("drama".to_owned()), ..psycho() };
        voted.update(txn).await?;
        assert_eq!(world.asked(), 1, "no index is written to, so no old row is read");
        Ok::<(), DbErr>(())
    })
    .await?;
    assert_eq!(missing(&world).await?, ["drama"]);

    transaction(&world.db, async |txn| {
        let voted = film::ActiveModel { votes: Set(2), ..psycho() };
        voted.update(txn).await?;
        assert_eq!(
            world.asked(),
            2,
            "nobody says what it was before, and the database may move it"
        );
        Ok::<(), DbErr>(())
    })
    .await?;
    assert_eq!(missing(&world).await?, ["drama"]);

    transaction(&world.db, async |txn| psycho().delete(txn).await).await?;
    assert_eq!(missing(&world).await?, ["drama"], "where it was, though nobody has said so");
    Ok(())
}

/// Nobody reports the row as it is: the old row is no help.
#[tokio::test]
async fn an_update_that_returns_nothing_ends_all_values() -> Result<(), Box<dyn std::error::Error>>
{
    let world = World::new().await;
    missing(&world).await?;
    transaction(&world.db, async |txn| drama().update_without_returning(txn).await).await?;
    assert_eq!(missing(&world).await?, ALL);
    // In generic code, too.
    transaction(&world.db, async |txn| {
        sea_orm::ActiveModelTrait::update_without_returning(drama(), txn).await
    })
    .await?;
    assert_eq!(missing(&world).await?, ALL);
    Ok(())
}

/// Between the two statements another save could come.
#[tokio::test]
async fn outside_of_a_transaction_all_values_end() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    drama().update(&world.db).await?;
    assert_eq!(missing(&world).await?, ALL);
    psycho().delete(&world.db).await?;
    assert_eq!(missing(&world).await?, ALL);
    Ok(())
}

#[tokio::test]
async fn a_rollback_forgets_both() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let done: Result<(), TransactionError<DbErr>> = transaction(&world.db, async |txn| {
        drama().update(txn).await?;
        Err(DbErr::Custom("no".to_owned()))
    })
    .await;
    assert!(done.is_err());
    assert_eq!(missing(&world).await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn a_row_that_is_not_there_ends_nothing() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let done = transaction(&world.db, async |txn| {
        let nobody = film::ActiveModel { id: Set(9), ..drama() };
        assert_eq!(nobody.update(txn).await, Err(DbErr::RecordNotUpdated));
        Ok::<(), DbErr>(())
    })
    .await;
    assert!(done.is_ok());
    assert_eq!(missing(&world).await?, [""; 0]);
    Ok(())
}
