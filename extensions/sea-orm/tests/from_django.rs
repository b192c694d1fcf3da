//! What django-cachebot and its relatives offer, done here: see `docs/from-django.md`.

mod common;

use common::World;
use common::entities::{actor, casting, director, film};
use gcache::{Invalidates as _, cache_against};
use gcache_sea_orm::{Cacheable as _, CachedEntity as _, by_index};
use sea_orm::{
    ColumnTrait as _, DatabaseConnection, DbErr, EntityTrait as _, IntoActiveModel as _,
    ModelTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};

async fn vote(world: &World, id: i64) -> Result<(), DbErr> {
    let film = film::Entity::find_by_id(id).one(&world.db).await?.expect("it is there");
    let mut film = film.into_active_model();
    film.votes = Set(film.votes.take().unwrap_or_default() + 1);
    film.update(&world.db).await?;
    world.asked();
    Ok(())
}

/// `.cache('genre').filter(genre__in=[..])`, which ended with any change of the table.
#[tokio::test]
async fn a_list_of_values_ends_with_each_of_them_and_no_other() -> Result<(), DbErr> {
    let world = World::new().await;
    let genres = ["horror", "drama"];
    let films = async || {
        let group = |genre| by_index::<film::Model, _>(|film| &film.genre, genre);
        let groups: Vec<_> = genres.into_iter().map(group).collect();
        let films = film::Entity::find().filter(film::Column::Genre.is_in(genres));
        Ok::<_, DbErr>(films.cached_against(groups).all(&world.db).await?.len())
    };
    assert_eq!((films().await?, world.asked()), (3, 1));
    vote(&world, 1).await?; // a thriller
    assert_eq!((films().await?, world.asked()), (3, 0));
    vote(&world, 4).await?; // a drama
    assert_eq!((films().await?, world.asked()), (3, 1));
    Ok(())
}

/// Ranges and `exclude`: with any change of the table, there and here.
#[tokio::test]
async fn a_range_or_an_exclusion_ends_with_any_change_of_the_model() -> Result<(), DbErr> {
    let world = World::new().await;
    let look = async || {
        let range = film::Entity::find().filter(film::Column::Votes.between(1, 9)).cached();
        let exclusion = film::Entity::find().filter(film::Column::Genre.ne("horror")).cached();
        let (range, exclusion) = (range.all(&world.db).await?, exclusion.all(&world.db).await?);
        Ok::<_, DbErr>((range.len(), exclusion.len()))
    };
    assert_eq!((look().await?, world.asked()), ((0, 2), 2));
    assert_eq!((look().await?, world.asked()), ((0, 2), 0));
    vote(&world, 2).await?;
    assert_eq!((look().await?, world.asked()), ((1, 2), 2));
    Ok(())
}

/// `.values('title')`: some columns, in a cached function.
#[cache_against(film::Model(genre = genre), skip(db))]
async fn titles(db: &DatabaseConnection, genre: &str) -> Result<Vec<String>, DbErr> {
    let films = film::Entity::find().filter(film::Column::Genre.eq(genre));
    let titles = films.select_only().column(film::Column::Title).order_by_asc(film::Column::Title);
    titles.into_tuple().all(db).await
}

#[tokio::test]
async fn some_columns_are_cached_in_a_function() -> Result<(), DbErr> {
    let world = World::new().await;
    assert_eq!(titles(&world.db, "horror").await?, ["Psycho", "The Shining"]);
    assert_eq!(titles(&world.db, "horror").await?, ["Psycho", "The Shining"]);
    assert_eq!(world.asked(), 1);
    vote(&world, 2).await?;
    titles(&world.db, "horror").await?;
    assert_eq!(world.asked(), 1);
    Ok(())
}

/// Many-to-many: the table in between is a model, so adding and removing are saves like others.
#[tokio::test]
async fn adding_and_removing_in_a_many_to_many_relation_ends_it() -> Result<(), DbErr> {
    let world = World::new().await;
    let psycho = film::Entity::find_cached(&world.db, 2).await?.expect("it is there");
    let actors = async || {
        let actors = psycho.find_related(actor::Entity).order_by_asc(actor::Column::Id);
        let actors = actors.cached().and::<casting::Model>().and::<film::Model>();
        let actors = actors.all(&world.db).await?;
        Ok::<_, DbErr>(actors.iter().map(|actor| actor.name.clone()).collect::<Vec<_>>())
    };
    assert_eq!(actors().await?, ["Perkins"]);
    let added =
        casting::ActiveModel { film_id: Set(2), actor_id: Set(3), role: Set("?".to_owned()) };
    let added = added.insert(&world.db).await?;
    assert_eq!(actors().await?, ["Perkins", "Nicholson"]);
    added.delete(&world.db).await?;
    assert_eq!(actors().await?, ["Perkins"]);
    world.asked();
    actors().await?;
    assert_eq!(world.asked(), 0);
    Ok(())
}

/// Forward and reverse relations: `film.director`, and `director.film_set`.
#[tokio::test]
async fn relations_end_from_both_sides() -> Result<(), DbErr> {
    let world = World::new().await;
    let look = async || {
        let forward = film::Entity::find().find_also_related(director::Entity).cached();
        let reverse = director::Entity::find().find_with_related(film::Entity).cached();
        forward.all(&world.db).await?;
        reverse.all(&world.db).await?;
        Ok::<_, DbErr>(world.asked())
    };
    assert_eq!((look().await?, look().await?), (2, 0));
    let hitchcock = director::Entity::find_by_id(1).one(&world.db).await?.expect("it is there");
    let mut renamed = hitchcock.into_active_model();
    renamed.name = Set("Sir Alfred".to_owned());
    renamed.update(&world.db).await?;
    world.asked();
    assert_eq!(look().await?, 2);
    vote(&world, 3).await?;
    assert_eq!((look().await?, look().await?), (2, 0));
    Ok(())
}

/// `invalidate_object(obj)`, `invalidate_obj(obj)`, `invalidate_model(Model)`, `invalidate(table)`.
#[tokio::test]
async fn what_changed_behind_the_back_is_ended_by_hand() -> Result<(), DbErr> {
    let world = World::new().await;
    let look = async || {
        for id in [1, 2] {
            film::Entity::find_cached(&world.db, id).await?;
        }
        Ok::<_, DbErr>(world.asked())
    };
    assert_eq!((look().await?, look().await?), (2, 0));
    let film = film::Entity::find_cached(&world.db, 1).await?.expect("it is there");
    film.invalidate();
    assert_eq!(look().await?, 1);
    film::invalidate_model(2);
    assert_eq!(look().await?, 1);
    film::Model::invalidate_all();
    assert_eq!(look().await?, 2);
    Ok(())
}
