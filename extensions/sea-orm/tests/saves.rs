//! What a save ends: never too little, and where it can be known, nothing else.

mod common;

use common::World;
use common::entities::film;
use gcache::cache_against;
use gcache_sea_orm::CachedEntity as _;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue, ColumnTrait as _, DatabaseConnection,
    DbErr, EntityTrait as _, IntoActiveModel, QueryFilter as _, Set,
};

#[cache_against(film::Model(id), skip(db))]
async fn title(db: &DatabaseConnection, id: i64) -> Result<Option<String>, DbErr> {
    Ok(film::Entity::find_by_id(id).one(db).await?.map(|film| film.title))
}

#[cache_against(film::Model(genre = genre), skip(db))]
async fn of_genre(db: &DatabaseConnection, genre: &str) -> Result<Vec<i64>, DbErr> {
    let films = film::Entity::find().filter(film::Column::Genre.eq(genre)).all(db).await?;
    Ok(films.iter().map(|film| film.id).collect())
}

#[cache_against(film::Model(director_id = director), skip(db))]
async fn of_director(db: &DatabaseConnection, director: i64) -> Result<Vec<i64>, DbErr> {
    let films = film::Entity::find().filter(film::Column::DirectorId.eq(director)).all(db).await?;
    Ok(films.iter().map(|film| film.id).collect())
}

#[cache_against(film::Model, skip(db))]
async fn count(db: &DatabaseConnection) -> Result<usize, DbErr> {
    Ok(film::Entity::find().all(db).await?.len())
}

const LOOKS: [&str; 8] =
    ["film 1", "film 2", "film 9", "thriller", "horror", "director 1", "director 2", "count"];

/// Asks for everything, and says what was not in the cache.
async fn missing(world: &World) -> Result<Vec<&'static str>, DbErr> {
    let db = &world.db;
    world.asked();
    let mut missing = Vec::new();
    for look in LOOKS {
        match look {
            "film 1" => drop(title(db, 1).await?),
            "film 2" => drop(title(db, 2).await?),
            "film 9" => drop(title(db, 9).await?),
            "thriller" | "horror" => drop(of_genre(db, look).await?),
            "director 1" => drop(of_director(db, 1).await?),
            "director 2" => drop(of_director(db, 2).await?),
            _ => drop(count(db).await?),
        }
        if world.asked() > 0 {
            missing.push(look);
        }
    }
    Ok(missing)
}

async fn film(world: &World, id: i64) -> Result<film::ActiveModel, DbErr> {
    let film = film::Entity::find_by_id(id).one(&world.db).await?;
    Ok(film.expect("it is there").into_active_model())
}

#[tokio::test]
async fn an_update_that_writes_to_no_index_ends_the_row_and_what_it_is_in() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    assert_eq!(missing(&world).await?, [""; 0]);
    let mut psycho = film(&world, 2).await?;
    psycho.votes = Set(7);
    world.asked();
    assert_eq!(psycho.update(&world.db).await?.votes, 7);
    assert_eq!(world.asked(), 1, "no statement more");
    assert_eq!(missing(&world).await?, ["film 2", "horror", "director 1", "count"]);
    Ok(())
}

#[tokio::test]
async fn an_update_that_writes_to_an_index_ends_all_values() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let mut psycho = film(&world, 2).await?;
    psycho.genre = Set("thriller".to_owned());
    world.asked();
    psycho.update(&world.db).await?;
    assert_eq!(world.asked(), 1);
    let all_but_keys = ["film 2", "thriller", "horror", "director 1", "director 2", "count"];
    assert_eq!(missing(&world).await?, all_but_keys);
    assert_eq!(of_genre(&world.db, "thriller").await?, [1, 2]);
    assert_eq!(of_genre(&world.db, "horror").await?, [3]);
    Ok(())
}

#[tokio::test]
async fn an_insert_ends_what_the_row_is_in_and_that_it_was_missing() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    assert_eq!(title(&world.db, 9).await?, None);
    let birds = film::ActiveModel {
        id: Set(9),
        title: Set("The Birds".to_owned()),
        genre: Set("horror".to_owned()),
        director_id: Set(1),
        votes: Set(0),
    };
    birds.insert(&world.db).await?;
    assert_eq!(missing(&world).await?, ["film 9", "horror", "director 1", "count"]);
    assert_eq!(title(&world.db, 9).await?.as_deref(), Some("The Birds"));
    Ok(())
}

#[tokio::test]
async fn a_save_is_an_insert_or_an_update() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let rope = film::ActiveModel {
        id: ActiveValue::NotSet,
        title: Set("Rope".to_owned()),
        genre: Set("thriller".to_owned()),
        director_id: Set(1),
        votes: Set(0),
    };
    let mut rope = rope.save(&world.db).await?;
    assert_eq!(missing(&world).await?, ["thriller", "director 1", "count"]);
    rope.title = Set("Rope!".to_owned());
    rope.save(&world.db).await?;
    assert_eq!(missing(&world).await?, ["thriller", "director 1", "count"]);
    Ok(())
}

#[tokio::test]
async fn a_delete_ends_all_values() -> Result<(), DbErr> {
    let world = World::new().await;
    let all_but_keys = ["film 2", "thriller", "horror", "director 1", "director 2", "count"];
    missing(&world).await?;
    film(&world, 2).await?.delete(&world.db).await?;
    assert_eq!(missing(&world).await?, all_but_keys);
    assert_eq!(title(&world.db, 2).await?, None);
    let vertigo = film::Entity::find_cached(&world.db, 1).await?.expect("it is there");
    vertigo.delete(&world.db).await?;
    let all_but_keys = ["film 1", "thriller", "horror", "director 1", "director 2", "count"];
    assert_eq!(missing(&world).await?, all_but_keys);
    Ok(())
}

#[tokio::test]
async fn an_update_without_returning_ends_what_is_not_known() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let mut psycho = film(&world, 2).await?;
    psycho.votes = Set(7);
    psycho.update_without_returning(&world.db).await?;
    let all_but_keys = ["film 2", "thriller", "horror", "director 1", "director 2", "count"];
    assert_eq!(missing(&world).await?, all_but_keys);
    Ok(())
}

/// Code that knows SeaORM's traits only, and so none of the entity's own methods.
async fn save_any<A>(active: A, db: &DatabaseConnection) -> Result<A, DbErr>
where
    A: ActiveModelBehavior + Send,
    <A::Entity as sea_orm::EntityTrait>::Model: IntoActiveModel<A>,
{
    ActiveModelTrait::save(active, db).await
}

#[tokio::test]
async fn generic_code_ends_all_values() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let mut psycho = film(&world, 2).await?;
    psycho.votes = Set(7);
    save_any(psycho, &world.db).await?;
    let all_but_keys = ["film 2", "thriller", "horror", "director 1", "director 2", "count"];
    assert_eq!(missing(&world).await?, all_but_keys);
    let rope = film::ActiveModel {
        id: ActiveValue::NotSet,
        title: Set("Rope".to_owned()),
        genre: Set("thriller".to_owned()),
        director_id: Set(1),
        votes: Set(0),
    };
    save_any(rope, &world.db).await?;
    assert_eq!(missing(&world).await?, ["thriller", "director 1", "count"]);
    Ok(())
}

#[tokio::test]
async fn a_violated_constraint_ends_nothing() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let twin = film::ActiveModel {
        id: ActiveValue::NotSet,
        title: Set("Psycho".to_owned()),
        genre: Set("horror".to_owned()),
        director_id: Set(1),
        votes: Set(0),
    };
    let error = twin.insert(&world.db).await.expect_err("the title is taken");
    assert!(matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))));
    assert_eq!(missing(&world).await?, [""; 0]);
    Ok(())
}
