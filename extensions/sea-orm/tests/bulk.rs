//! Statements that run no hook.

mod common;

use common::World;
use common::entities::film;
use futures::poll;
use gcache_sea_orm::{
    Cacheable as _, CachedEntity as _, ExecAndInvalidate as _, by_index, transaction,
};
use sea_orm::sea_query::{Expr, OnConflict, SimpleExpr};
use sea_orm::{
    ActiveValue, ColumnTrait as _, ConnectionTrait as _, DbErr, EntityTrait as _, QueryFilter as _,
    Set, TransactionError, TryInsertResult,
};

/// Asks for everything, and says what was not in the cache.
async fn missing(world: &World) -> Result<Vec<String>, DbErr> {
    let db = &world.db;
    let mut missing = Vec::new();
    world.asked();
    for id in 1..=5 {
        film::Entity::find_cached(db, id).await?;
        if world.asked() > 0 {
            missing.push(id.to_string());
        }
    }
    for genre in ["thriller", "horror", "drama"] {
        let films = film::Entity::find().filter(film::Column::Genre.eq(genre));
        films.cached_against(by_index::<film::Model, _>(|film| &film.genre, genre)).all(db).await?;
        if world.asked() > 0 {
            missing.push(genre.to_owned());
        }
    }
    film::Entity::find().cached().count(db).await?;
    if world.asked() > 0 {
        missing.push("count".to_owned());
    }
    Ok(missing)
}

const ALL: [&str; 9] = ["1", "2", "3", "4", "5", "thriller", "horror", "drama", "count"];

fn rope(id: ActiveValue<i64>) -> film::ActiveModel {
    film::ActiveModel {
        id,
        title: Set("Rope".to_owned()),
        genre: Set("thriller".to_owned()),
        director_id: Set(1),
        votes: Set(0),
    }
}

fn votes(votes: i64) -> sea_orm::UpdateMany<film::Entity> {
    film::Entity::update_many().col_expr(film::Column::Votes, Expr::value(votes))
}

fn horror() -> SimpleExpr {
    film::Column::Genre.eq("horror")
}

#[tokio::test]
async fn the_whole_model_ends() -> Result<(), DbErr> {
    let world = World::new().await;
    assert_eq!(missing(&world).await?, ALL);
    assert_eq!(missing(&world).await?, [""; 0]);
    let updated = votes(1).filter(horror()).exec_and_invalidate(&world.db).await?;
    assert_eq!(updated.rows_affected, 2);
    assert_eq!(missing(&world).await?, ALL);
    film::Entity::insert_many([rope(Set(5))]).exec_and_invalidate(&world.db).await?;
    assert_eq!(missing(&world).await?, ALL);
    film::Entity::delete_many().filter(horror()).exec_and_invalidate(&world.db).await?;
    assert_eq!(missing(&world).await?, ALL);
    film::Entity::delete_by_id(5).exec_and_invalidate(&world.db).await?;
    assert_eq!(missing(&world).await?, ALL);
    film::Entity::insert(rope(Set(5))).exec_and_invalidate(&world.db).await?;
    assert_eq!(missing(&world).await?, ALL);
    Ok(())
}

#[tokio::test]
async fn of_returned_rows_the_keys_and_all_values_end() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let films = votes(1).filter(horror()).exec_with_returning_and_invalidate(&world.db).await?;
    assert_eq!(films.iter().map(|film| film.votes).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(missing(&world).await?, ["2", "3", "thriller", "horror", "drama", "count"]);
    let films = film::Entity::insert_many([rope(ActiveValue::NotSet)]);
    assert_eq!(films.exec_with_returning_and_invalidate(&world.db).await?[0].id, 5);
    assert_eq!(missing(&world).await?, ["5", "thriller", "horror", "drama", "count"]);
    let film = film::ActiveModel { id: Set(5), genre: Set("drama".to_owned()), ..rope(Set(5)) };
    film::Entity::update(film).exec_with_returning_and_invalidate(&world.db).await?;
    assert_eq!(missing(&world).await?, ["5", "thriller", "horror", "drama", "count"]);
    Ok(())
}

#[tokio::test]
async fn of_returned_rows_that_are_gone_nothing_else_ends() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let films = film::Entity::delete_many().filter(horror());
    assert_eq!(films.exec_with_returning_and_invalidate(&world.db).await?.len(), 2);
    assert_eq!(missing(&world).await?, ["2", "3", "horror", "count"]);
    let film = film::Entity::delete_by_id(1).exec_with_returning_and_invalidate(&world.db).await?;
    assert_eq!(film.map(|film| film.title).as_deref(), Some("Vertigo"));
    assert_eq!(missing(&world).await?, ["1", "thriller", "count"]);
    let film = film::Entity::delete_by_id(1).exec_with_returning_and_invalidate(&world.db).await?;
    assert_eq!(film, None);
    assert_eq!(missing(&world).await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn the_caller_may_know_better() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let groups = by_index::<film::Model, _>(|film| &film.genre, "horror");
    votes(1).filter(horror()).exec_and_invalidate_only(&world.db, groups).await?;
    // Some of them: it is not known which, so all keys end.
    assert_eq!(missing(&world).await?, ["1", "2", "3", "4", "5", "horror", "count"]);
    Ok(())
}

/// An insert that finds the row there and moves it.
#[tokio::test]
async fn an_upsert_ends_where_the_row_was() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let to_thriller = OnConflict::column(film::Column::Id)
        .update_columns([film::Column::Genre, film::Column::Title])
        .to_owned();
    let insert = film::Entity::insert(rope(Set(2))).on_conflict(to_thriller);
    assert_eq!(insert.exec_with_returning_and_invalidate(&world.db).await?.title, "Rope");
    assert_eq!(missing(&world).await?, ["2", "thriller", "horror", "drama", "count"]);
    let insert = film::Entity::insert_many([rope(Set(2))]).on_conflict_do_nothing();
    let inserted = insert.exec_with_returning_and_invalidate(&world.db).await?;
    assert!(matches!(inserted, TryInsertResult::Inserted(films) if films.is_empty()));
    assert_eq!(missing(&world).await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn an_error_that_says_so_ends_nothing_and_any_other_everything() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let twin = || film::ActiveModel { title: Set("Psycho".to_owned()), ..rope(Set(5)) };
    let error = film::Entity::insert(twin()).exec_and_invalidate(&world.db).await;
    assert!(error.expect_err("the title is taken").sql_err().is_some());
    assert_eq!(missing(&world).await?, [""; 0]);
    // Of several rows, some may be written: see `constraints.rs`.
    let error = film::Entity::insert_many([twin()]).exec_and_invalidate(&world.db).await;
    assert!(error.expect_err("the title is taken").sql_err().is_some());
    assert_eq!(missing(&world).await?, ALL);
    world
        .db
        .execute_unprepared(
            "CREATE TRIGGER late AFTER UPDATE ON film BEGIN SELECT raise(FAIL, 'late'); END",
        )
        .await?;
    let error = votes(1).exec_and_invalidate(&world.db).await.expect_err("the trigger fails");
    assert!(error.to_string().contains("late"), "as the database said it: {error}");
    assert_eq!(missing(&world).await?, ALL, "the first row is written");
    let error = votes(1).exec_with_returning_and_invalidate(&world.db).await;
    error.expect_err("the trigger fails");
    assert_eq!(missing(&world).await?, ALL);
    Ok(())
}

#[tokio::test]
async fn dropped_midway_it_ends() -> Result<(), DbErr> {
    let world = World::new().await;
    missing(&world).await?;
    let mut update = Box::pin(votes(1).exec_and_invalidate(&world.db));
    assert!(poll!(&mut update).is_pending());
    drop(update);
    assert_eq!(missing(&world).await?, ALL);
    Ok(())
}

#[tokio::test]
async fn in_a_transaction_it_waits_and_a_rollback_forgets() -> Result<(), Box<dyn std::error::Error>>
{
    let world = World::new().await;
    missing(&world).await?;
    let done: Result<(), TransactionError<DbErr>> = transaction(&world.db, async |txn| {
        votes(1).exec_and_invalidate(txn).await?;
        Err(DbErr::Custom("no".to_owned()))
    })
    .await;
    assert!(done.is_err());
    assert_eq!(missing(&world).await?, [""; 0]);
    transaction(&world.db, async |txn| votes(1).exec_and_invalidate(txn).await).await?;
    assert_eq!(missing(&world).await?, ALL);
    Ok(())
}
