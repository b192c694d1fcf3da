//! Objects by key: from the cache where they are, and from the database once for the rest.

mod common;

use common::World;
use common::entities::{casting, film};
use futures::{FutureExt as _, poll};
use gcache::cache_against;
use gcache_sea_orm::CachedEntity as _;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbErr, EntityTrait as _, IntoActiveModel as _, Set,
};

fn titles(films: &[Option<film::Model>]) -> Vec<&str> {
    films.iter().map(|film| film.as_ref().map_or("-", |film| &film.title)).collect()
}

fn marnie() -> film::ActiveModel {
    film::ActiveModel {
        id: Set(9),
        title: Set("Marnie".to_owned()),
        genre: Set("drama".to_owned()),
        director_id: Set(1),
        votes: Set(0),
    }
}

#[tokio::test]
async fn a_row_is_asked_for_once() -> Result<(), DbErr> {
    let world = World::new().await;
    let first = film::Entity::find_cached(&world.db, 2).await?.expect("it is there");
    assert_eq!((first.title.as_str(), world.asked()), ("Psycho", 1));
    let again = film::Entity::find_cached(&world.db, 2).await?;
    assert_eq!((again.as_ref(), world.asked()), (Some(&first), 0));
    let mut psycho = first.into_active_model();
    psycho.votes = Set(7);
    psycho.update(&world.db).await?;
    world.asked();
    let changed = film::Entity::find_cached(&world.db, 2).await?;
    assert_eq!((changed.map(|film| film.votes), world.asked()), (Some(7), 1));
    Ok(())
}

#[tokio::test]
async fn that_a_row_is_missing_is_known_until_it_is_inserted() -> Result<(), DbErr> {
    let world = World::new().await;
    assert_eq!(film::Entity::find_cached(&world.db, 9).await?, None);
    assert_eq!(film::Entity::find_cached(&world.db, 9).await?, None);
    assert_eq!(world.asked(), 1);
    marnie().insert(&world.db).await?;
    let film = film::Entity::find_cached(&world.db, 9).await?.expect("it is there now");
    film.delete(&world.db).await?;
    assert_eq!(film::Entity::find_cached(&world.db, 9).await?, None);
    Ok(())
}

#[tokio::test]
async fn many_take_what_is_there_and_ask_once_for_the_rest() -> Result<(), DbErr> {
    let world = World::new().await;
    film::Entity::find_cached(&world.db, 3).await?;
    world.asked();
    let films = film::Entity::find_many_cached(&world.db, [4, 9, 3, 1, 4]).await?;
    assert_eq!(titles(&films), ["Spartacus", "-", "The Shining", "Vertigo", "Spartacus"]);
    assert_eq!(world.asked(), 1);
    let films = film::Entity::find_many_cached(&world.db, [1, 3, 4, 9]).await?;
    assert_eq!(titles(&films), ["Vertigo", "The Shining", "Spartacus", "-"]);
    film::Entity::find_cached(&world.db, 1).await?;
    assert_eq!(world.asked(), 0, "each is an object like any other");
    marnie().insert(&world.db).await?;
    world.asked();
    let films = film::Entity::find_many_cached(&world.db, [1, 2, 9]).await?;
    assert_eq!((titles(&films), world.asked()), (vec!["Vertigo", "Psycho", "Marnie"], 1));
    let none = film::Entity::find_many_cached(&world.db, [0_i64; 0]).await?;
    assert_eq!((none, world.asked()), (vec![], 0));
    Ok(())
}

#[tokio::test]
async fn a_compound_key_is_a_key() -> Result<(), DbErr> {
    let world = World::new().await;
    let jack = casting::Entity::find_cached(&world.db, (3, 3)).await?.expect("it is there");
    assert_eq!((jack.role.as_str(), world.asked()), ("Jack", 1));
    let roles =
        casting::Entity::find_many_cached(&world.db, [(1, 1), (1, 2), (2, 2), (3, 3)]).await?;
    let roles: Vec<_> =
        roles.into_iter().map(|casting| casting.map(|casting| casting.role)).collect();
    assert_eq!(
        roles,
        [Some("Scottie".to_owned()), None, Some("Norman".to_owned()), Some("Jack".to_owned())]
    );
    assert_eq!(world.asked(), 1);
    let mut jack = jack.into_active_model();
    jack.role = Set("Mr Torrance".to_owned());
    jack.update(&world.db).await?;
    casting::invalidate_model(1, 1);
    world.asked();
    casting::Entity::find_many_cached(&world.db, [(1, 1), (1, 2), (2, 2)]).await?;
    assert_eq!(world.asked(), 1);
    let jack = casting::Entity::find_cached(&world.db, (3, 3)).await?.expect("it is there");
    assert_eq!((jack.role.as_str(), world.asked()), ("Mr Torrance", 1));
    Ok(())
}

#[tokio::test]
async fn an_error_of_the_database_passes_through_and_stores_nothing() -> Result<(), DbErr> {
    let world = World::new().await;
    film::Entity::find_cached(&world.db, 1).await?;
    world.db.execute_unprepared("ALTER TABLE film RENAME TO elsewhere").await?;
    let one = film::Entity::find_cached(&world.db, 2).await.expect_err("there is no such table");
    let same =
        film::Entity::find_by_id(2).one(&world.db).await.expect_err("there is no such table");
    assert_eq!(one, same);
    let many = film::Entity::find_many_cached(&world.db, [1, 2]).await.expect_err("nor here");
    assert!(many.to_string().contains("no such table: film"), "{many}");
    world.db.execute_unprepared("ALTER TABLE elsewhere RENAME TO film").await?;
    world.asked();
    let films = film::Entity::find_many_cached(&world.db, [1, 2]).await?;
    assert_eq!((titles(&films), world.asked()), (vec!["Vertigo", "Psycho"], 1));
    Ok(())
}

#[tokio::test]
async fn more_than_a_statement_can_hold_are_asked_for_in_several() -> Result<(), DbErr> {
    let world = World::new().await;
    let films = film::Entity::find_many_cached(&world.db, 1..=6_000).await?;
    assert_eq!((films.iter().flatten().count(), world.asked()), (4, 2));
    let pairs = (1..=3_000).map(|id| (id, id));
    let castings = casting::Entity::find_many_cached(&world.db, pairs).await?;
    assert_eq!((castings.iter().flatten().count(), world.asked()), (3, 1));
    Ok(())
}

/// Two who ask for some of the same at a time: what one asks for, the other waits for.
#[tokio::test]
async fn what_another_is_asking_for_is_waited_for() -> Result<(), DbErr> {
    let world = World::new().await;
    let mut first = Box::pin(film::Entity::find_many_cached(&world.db, [1, 2]));
    assert!(poll!(&mut first).is_pending());
    let mut second = Box::pin(film::Entity::find_many_cached(&world.db, [2, 3]));
    assert!(poll!(&mut second).is_pending());
    let (first, second) = tokio::join!(first, second);
    assert_eq!(titles(&first?), ["Vertigo", "Psycho"]);
    assert_eq!(titles(&second?), ["Psycho", "The Shining"]);
    assert_eq!(world.asked(), 2);
    assert_eq!(film::Entity::find_many_cached(&world.db, [1, 2, 3]).await?.len(), 3);
    assert_eq!(world.asked(), 0);
    Ok(())
}

/// Who asked is gone: who waits asks.
#[tokio::test]
async fn what_another_has_given_up_is_asked_for() -> Result<(), DbErr> {
    let world = World::new().await;
    let mut first = Box::pin(film::Entity::find_many_cached(&world.db, [1, 2]));
    assert!(poll!(&mut first).is_pending());
    let mut second = Box::pin(film::Entity::find_many_cached(&world.db, [2, 3]));
    assert!(poll!(&mut second).is_pending());
    drop(first);
    assert_eq!(titles(&second.await?), ["Psycho", "The Shining"]);
    Ok(())
}

/// A row that changes while it is asked for is returned and not stored; its neighbours are.
#[tokio::test]
async fn a_row_that_ends_meanwhile_is_not_stored() -> Result<(), DbErr> {
    let world = World::new().await;
    let mut films = film::Entity::find_many_cached(&world.db, [1, 2]).boxed();
    assert!(poll!(&mut films).is_pending());
    film::invalidate_model(1);
    assert_eq!(titles(&films.await?), ["Vertigo", "Psycho"]);
    world.asked();
    film::Entity::find_cached(&world.db, 2).await?;
    assert_eq!(world.asked(), 0);
    film::Entity::find_cached(&world.db, 1).await?;
    assert_eq!(world.asked(), 1);
    Ok(())
}

#[cache_against("find: shelf", skip(db))]
async fn shelf(db: &DatabaseConnection) -> Result<String, DbErr> {
    let films = film::Entity::find_many_cached(db, [1, 2, 9]).await?;
    Ok(titles(&films).join(", "))
}

#[tokio::test]
async fn who_uses_objects_depends_on_them() -> Result<(), DbErr> {
    let world = World::new().await;
    assert_eq!(shelf(&world.db).await?, "Vertigo, Psycho, -");
    assert_eq!(world.asked(), 1);
    assert_eq!(shelf(&world.db).await?, "Vertigo, Psycho, -");
    assert_eq!(world.asked(), 0);
    let mut psycho =
        film::Entity::find_cached(&world.db, 2).await?.expect("it is there").into_active_model();
    psycho.title = Set("Psycho II".to_owned());
    psycho.update(&world.db).await?;
    world.asked();
    assert_eq!(shelf(&world.db).await?, "Vertigo, Psycho II, -");
    assert_eq!(world.asked(), 1, "for the one that has changed");
    marnie().insert(&world.db).await?;
    assert_eq!(shelf(&world.db).await?, "Vertigo, Psycho II, Marnie");
    Ok(())
}
