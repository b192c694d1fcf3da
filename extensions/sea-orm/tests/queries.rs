//! Results of queries, with and without relations, listed and counted.

mod common;

use common::entities::{actor, casting, director, film};
use common::{World, not_named};
use gcache::cache_against;
use gcache_sea_orm::{Cacheable as _, CachedEntity as _, by_index, member, transaction};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbErr, EntityTrait as _,
    IntoActiveModel as _, JoinType, ModelTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _, Select, Set,
};
use std::sync::Arc;

fn films() -> Select<film::Entity> {
    film::Entity::find().order_by_asc(film::Column::Id)
}

fn of_genre(genre: &str) -> Select<film::Entity> {
    films().filter(film::Column::Genre.eq(genre))
}

fn ids(films: &[film::Model]) -> Vec<i64> {
    films.iter().map(|film| film.id).collect()
}

/// Changes a film, and forgets what that has asked.
async fn change(
    world: &World,
    id: i64,
    change: impl FnOnce(&mut film::ActiveModel),
) -> Result<(), DbErr> {
    let film = film::Entity::find_by_id(id).one(&world.db).await?.expect("it is there");
    let mut film = film.into_active_model();
    change(&mut film);
    film.update(&world.db).await?;
    world.asked();
    Ok(())
}

async fn vote(world: &World, id: i64) -> Result<(), DbErr> {
    change(world, id, |film| film.votes = Set(1)).await
}

#[tokio::test]
async fn a_result_is_asked_for_once_and_ends_with_any_change_of_the_model() -> Result<(), DbErr> {
    let world = World::new().await;
    let first = of_genre("horror").cached().all(&world.db).await?;
    assert_eq!((ids(&first), world.asked()), (vec![2, 3], 1));
    let again = of_genre("horror").cached().all(&world.db).await?;
    assert!(Arc::ptr_eq(&first, &again), "shared, not copied");
    assert_eq!(world.asked(), 0);
    vote(&world, 1).await?;
    of_genre("horror").cached().all(&world.db).await?;
    assert_eq!(world.asked(), 1);
    Ok(())
}

#[tokio::test]
async fn each_question_has_its_answer() -> Result<(), DbErr> {
    let world = World::new().await;
    for _ in 0..2 {
        assert_eq!(ids(&of_genre("horror").cached().all(&world.db).await?), [2, 3]);
        assert_eq!(ids(&of_genre("drama").cached().all(&world.db).await?), [4]);
        assert_eq!(ids(&of_genre("horror").limit(1).cached().all(&world.db).await?), [2]);
        assert_eq!(of_genre("horror").cached().count(&world.db).await?, 2);
        let one = of_genre("horror").cached().one(&world.db).await?;
        assert_eq!(one.map(|film| film.title).as_deref(), Some("Psycho"));
        assert_eq!(of_genre("western").cached().one(&world.db).await?, None);
    }
    assert_eq!(world.asked(), 6);
    Ok(())
}

#[tokio::test]
async fn by_field_only_that_value_matters() -> Result<(), DbErr> {
    let world = World::new().await;
    let horror = || {
        let group = by_index::<film::Model, _>(|film| &film.genre, "horror");
        of_genre("horror").cached_against(group)
    };
    let look = async || {
        Ok::<_, DbErr>((ids(&horror().all(&world.db).await?), horror().count(&world.db).await?))
    };
    assert_eq!(look().await?, (vec![2, 3], 2));
    world.asked();
    vote(&world, 1).await?;
    assert_eq!((look().await?, world.asked()), ((vec![2, 3], 2), 0));
    vote(&world, 2).await?;
    assert_eq!((look().await?, world.asked()), ((vec![2, 3], 2), 2));
    change(&world, 1, |film| film.genre = Set("horror".to_owned())).await?;
    assert_eq!((look().await?, world.asked()), ((vec![1, 2, 3], 3), 2));
    change(&world, 2, |film| film.genre = Set("thriller".to_owned())).await?;
    assert_eq!((look().await?, world.asked()), ((vec![1, 3], 2), 2));
    Ok(())
}

#[tokio::test]
async fn a_joined_model_has_to_be_named() -> Result<(), DbErr> {
    let world = World::new().await;
    let kubrick = director::Entity::find_cached(&world.db, 2).await?.expect("it is there");
    world.asked();
    let forgotten = kubrick.find_related(film::Entity).cached().all(&world.db).await;
    assert!(forgotten.as_ref().is_err_and(|error| error.to_string().contains(".and::<")));
    assert_eq!(not_named(forgotten).0, "director");
    assert_eq!(world.asked(), 0);
    let group = || by_index::<film::Model, _>(|film| &film.director_id, 2);
    let of_kubrick = || {
        let films = kubrick.find_related(film::Entity).order_by_asc(film::Column::Id);
        films.cached_against(group()).and_against::<director::Model>(member::<director::Model>(2))
    };
    assert_eq!(ids(&of_kubrick().all(&world.db).await?), [3, 4]);
    assert_eq!(of_kubrick().count(&world.db).await?, 2);
    world.asked();
    vote(&world, 1).await?;
    director::invalidate_model(1);
    assert_eq!((ids(&of_kubrick().all(&world.db).await?), world.asked()), (vec![3, 4], 0));
    vote(&world, 3).await?;
    assert_eq!((of_kubrick().all(&world.db).await?[0].votes, world.asked()), (1, 1));
    let mut renamed = kubrick.clone().into_active_model();
    renamed.name = Set("Stanley".to_owned());
    renamed.update(&world.db).await?;
    world.asked();
    of_kubrick().all(&world.db).await?;
    assert_eq!(world.asked(), 1);
    Ok(())
}

#[tokio::test]
async fn a_model_in_a_subquery_has_to_be_named() -> Result<(), DbErr> {
    let world = World::new().await;
    let with_stewart = || {
        let castings = casting::Entity::find().filter(casting::Column::ActorId.eq(1));
        let ids = castings.select_only().column(casting::Column::FilmId);
        let query = sea_orm::QueryTrait::into_query(ids);
        films().filter(film::Column::Id.in_subquery(query)).cached()
    };
    assert_eq!(not_named(with_stewart().all(&world.db).await).0, "casting");
    assert_eq!(ids(&with_stewart().and::<casting::Model>().all(&world.db).await?), [1]);
    let casting =
        casting::ActiveModel { film_id: Set(2), actor_id: Set(1), role: Set("?".to_owned()) };
    casting.insert(&world.db).await?;
    assert_eq!(ids(&with_stewart().and::<casting::Model>().all(&world.db).await?), [1, 2]);
    Ok(())
}

#[tokio::test]
async fn selected_relations_matter_by_themselves() -> Result<(), DbErr> {
    let world = World::new().await;
    let with_director = || films().find_also_related(director::Entity).cached();
    let with_films = || director::Entity::find().find_with_related(film::Entity).cached();
    let with_both = || films().find_both_related(director::Entity).cached();
    let look = async || {
        let names = with_director().all(&world.db).await?;
        let first = with_director().one(&world.db).await?.expect("there are films").1;
        let counts = with_films().all(&world.db).await?;
        let both = with_both().all(&world.db).await?;
        let count = with_director().count(&world.db).await?;
        assert_eq!((counts[0].1.len(), both.len(), count), (2, 4, 4));
        assert_eq!(names[0].1, first);
        Ok::<_, DbErr>(first.expect("it has a director").name)
    };
    assert_eq!((look().await?.as_str(), world.asked()), ("Hitchcock", 5));
    assert_eq!((look().await?.as_str(), world.asked()), ("Hitchcock", 0));
    let hitchcock = director::Entity::find_cached(&world.db, 1).await?.expect("it is there");
    let mut hitchcock = hitchcock.into_active_model();
    hitchcock.name = Set("Sir Alfred".to_owned());
    hitchcock.update(&world.db).await?;
    world.asked();
    assert_eq!((look().await?.as_str(), world.asked()), ("Sir Alfred", 5));
    vote(&world, 4).await?;
    assert_eq!((look().await?.as_str(), world.asked()), ("Sir Alfred", 5));
    Ok(())
}

#[tokio::test]
async fn three_models_are_selected_together() -> Result<(), DbErr> {
    let world = World::new().await;
    let cast = || {
        casting::Entity::find()
            .find_also(casting::Entity, film::Entity)
            .find_also(film::Entity, director::Entity)
            .order_by_asc(casting::Column::FilmId)
            .cached()
    };
    let look = async || {
        let cast = cast().all(&world.db).await?;
        let (casting, film, director) = &cast[1];
        let film = film.as_ref().expect("it has a film");
        let director = director.as_ref().expect("it has a director");
        Ok::<_, DbErr>(format!("{} in {} by {}", casting.role, film.title, director.name))
    };
    assert_eq!(look().await?, "Norman in Psycho by Hitchcock");
    assert_eq!(look().await?, "Norman in Psycho by Hitchcock");
    assert_eq!(world.asked(), 1);
    change(&world, 2, |film| film.title = Set("Psychose".to_owned())).await?;
    assert_eq!(look().await?, "Norman in Psychose by Hitchcock");
    Ok(())
}

/// A page over three tables, of which the middle one is only joined. What it names it depends on.
#[cache_against(actor::Model(id), casting::Model, film::Model, skip(db))]
async fn filmography(db: &DatabaseConnection, id: i64) -> Result<String, DbErr> {
    let actor = actor::Entity::find_cached(db, id).await?.expect("it is there");
    let films = films()
        .join(JoinType::InnerJoin, film::Relation::Casting.def())
        .filter(casting::Column::ActorId.eq(id))
        .all(db)
        .await?;
    let titles: Vec<String> = films.into_iter().map(|film| film.title).collect();
    Ok(format!("{}: {}", actor.name, titles.join(", ")))
}

#[tokio::test]
async fn a_page_that_joins_three_models_drops_when_the_middle_one_changes() -> Result<(), DbErr> {
    let world = World::new().await;
    assert_eq!(filmography(&world.db, 1).await?, "Stewart: Vertigo");
    world.asked();
    assert_eq!(filmography(&world.db, 1).await?, "Stewart: Vertigo");
    assert_eq!(world.asked(), 0);
    let rear =
        casting::ActiveModel { film_id: Set(2), actor_id: Set(1), role: Set("?".to_owned()) };
    let rear = rear.insert(&world.db).await?;
    assert_eq!(filmography(&world.db, 1).await?, "Stewart: Vertigo, Psycho");
    rear.delete(&world.db).await?;
    assert_eq!(filmography(&world.db, 1).await?, "Stewart: Vertigo");
    Ok(())
}

#[tokio::test]
async fn an_error_of_the_database_passes_through_and_stores_nothing() -> Result<(), DbErr> {
    let world = World::new().await;
    world.db.execute_unprepared("ALTER TABLE film RENAME TO elsewhere").await?;
    let error = films().cached().all(&world.db).await.expect_err("there is no such table");
    assert_eq!(error, films().all(&world.db).await.expect_err("there is no such table"));
    films().cached().count(&world.db).await.expect_err("there is no such table");
    world.db.execute_unprepared("ALTER TABLE elsewhere RENAME TO film").await?;
    assert_eq!(ids(&films().cached().all(&world.db).await?), [1, 2, 3, 4]);
    assert_eq!(films().cached().count(&world.db).await?, 4);
    Ok(())
}

#[tokio::test]
async fn in_a_transaction_its_own_writes_are_seen() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::new().await;
    assert_eq!(films().cached().count(&world.db).await?, 4);
    transaction(&world.db, async |txn| {
        let psycho = film::Entity::find_cached(txn, 2).await?.expect("it is there");
        psycho.delete(txn).await?;
        assert_eq!(films().cached().count(txn).await?, 3);
        let db = world.db.clone();
        let outside = tokio::spawn(async move {
            let listed = films().cached().all(&db).await?.len();
            let first = films().cached().one(&db).await?.map(|film| film.id);
            Ok::<_, DbErr>((films().cached().count(&db).await?, listed, first))
        });
        assert_eq!(outside.await.expect("it does not panic")?, (4, 4, Some(1)));
        Ok::<(), DbErr>(())
    })
    .await?;
    assert_eq!(films().cached().count(&world.db).await?, 3);
    Ok(())
}

/// Results are kept with the entity that is selected first, and listed under its module.
#[tokio::test]
async fn statistics_name_the_entity() -> Result<(), DbErr> {
    let world = World::new().await;
    films().cached().all(&world.db).await?;
    director::Entity::find_cached(&world.db, 1).await?;
    let table = gcache::stats().to_string();
    assert!(table.contains("film::results") && table.contains("director::objects"), "{table}");
    Ok(())
}
