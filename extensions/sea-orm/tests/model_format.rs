//! Entities in SeaORM 2's own format, `#[sea_orm::model]`, with relations as fields.

mod common;
#[path = "common/related.rs"]
mod related;

use common::World;
use gcache_sea_orm::{Cacheable as _, CachedEntity as _, transaction};
use related::{director, film};
use sea_orm::{DbErr, EntityTrait as _, Set, TransactionError};

#[tokio::test]
async fn a_save_ends_the_row() -> Result<(), DbErr> {
    let world = World::new().await;
    let psycho = film::Entity::find_cached(&world.db, 2).await?.expect("it is there");
    let mut psycho: film::ActiveModel = psycho.into();
    psycho.votes = Set(7);
    psycho.update(&world.db).await?;
    let psycho = film::Entity::find_cached(&world.db, 2).await?.expect("it is there");
    assert_eq!(psycho.votes, 7);
    film::invalidate_model_by_genre("horror");
    Ok(())
}

/// SeaORM saves a director with films in a transaction of its own, so it is done in one of ours.
#[tokio::test]
async fn a_nested_save_ends_all_its_rows() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::new().await;
    let nested = || {
        director::ActiveModel::builder().set_name("Welles").add_film(
            film::ActiveModel::builder().set_title("Citizen Kane").set_genre("drama").set_votes(0),
        )
    };
    let films = async || film::Entity::find().cached().count(&world.db).await;
    let directors = async || director::Entity::find().cached().count(&world.db).await;
    assert_eq!((films().await?, directors().await?), (4, 2));
    assert_eq!(director::Entity::find_cached(&world.db, 3).await?, None);

    let refused = nested().save(&world.db).await.expect_err("the transaction is not known of");
    assert!(common::is_of_unknown_transaction(&refused), "another error: {refused}");
    assert_eq!((films().await?, directors().await?), (4, 2));

    let forgotten: Result<(), TransactionError<DbErr>> = transaction(&world.db, async |txn| {
        nested().save(txn).await?;
        Err(DbErr::Custom("no".to_owned()))
    })
    .await;
    assert!(forgotten.is_err());
    world.asked();
    assert_eq!((films().await?, directors().await?, world.asked()), (4, 2, 0));

    transaction(&world.db, async |txn| nested().save(txn).await).await?;
    assert_eq!((films().await?, directors().await?), (5, 3));
    let welles = director::Entity::find_cached(&world.db, 3).await?.expect("it is there");
    assert_eq!(welles.name, "Welles");
    Ok(())
}
