//! What the database does by itself: values that it computes, keys that it takes for equal, rows that it keeps,
//! moves, replaces or removes along with others.

mod common;
#[path = "common/related.rs"]
mod related;

use common::World;
use gcache_sea_orm::{
    Cacheable as _, CachedEntity as _, ExecAndInvalidate as _, by_index, transaction,
};
use related::{casting, film};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait as _, ConnectionTrait as _, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryTrait as _, Set,
};
use std::error::Error;

/// Films by the first letter of their title, which the database computes.
#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
mod lettered {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "lettered")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
        #[group(index)]
        pub letter: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!();
}

/// Members by a name in whatever case, and a number that nobody else has.
#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
mod member {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "member")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub number: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!(replaces);
}

type Tested = Result<(), Box<dyn Error>>;

fn psycho() -> film::ActiveModel {
    film::ActiveModel { id: Set(2), ..<film::ActiveModel as ActiveModelTrait>::default() }
}

/// Who returns a row tells what it has become, whatever was set.
#[tokio::test]
async fn a_computed_value_moves_the_row() -> Tested {
    let world = World::new().await;
    let schema = "CREATE TABLE lettered (
            id INTEGER PRIMARY KEY,
            title TEXT NOT NULL,
            letter TEXT GENERATED ALWAYS AS (substr(title, 1, 1)) VIRTUAL
        );
        INSERT INTO lettered (id, title) VALUES (1, 'Vertigo'), (2, 'Psycho')";
    world.db.execute_unprepared(schema).await?;
    let of = async |letter: &str| {
        let films = lettered::Entity::find().filter(lettered::Column::Letter.eq(letter));
        let group = by_index::<lettered::Model, _>(|film| &film.letter, letter);
        films.cached_against(group).count(&world.db).await
    };
    let look = async || Ok::<_, DbErr>((of("P").await?, of("R").await?, of("V").await?));
    assert_eq!(look().await?, (1, 0, 1));
    let film = lettered::Entity::find_cached(&world.db, 2).await?.expect("it is there");
    let mut film = film.into_active_model();
    film.title = Set("Rope".to_owned());
    let film = film.update(&world.db).await?;
    assert_eq!((film.letter.as_str(), look().await?), ("R", (0, 1, 1)));
    let mut film = film.into_active_model();
    film.title = Set("Vertigo II".to_owned());
    film.save(&world.db).await?;
    assert_eq!(look().await?, (0, 0, 2));
    // Of a row of which the program has not said what it was.
    let new = <lettered::ActiveModel as ActiveModelTrait>::default();
    let film = lettered::ActiveModel { id: Set(1), title: Set("Psycho".to_owned()), ..new };
    film.update(&world.db).await?;
    assert_eq!(look().await?, (1, 0, 1));
    Ok(())
}

/// An update that moves no row ends no other value, and is known by what the row was before.
#[tokio::test]
async fn a_row_that_stays_where_it_was_ends_nothing_else() -> Tested {
    let world = World::new().await;
    let of = async |genre: &str| {
        let films = film::Entity::find().filter(film::Column::Genre.eq(genre));
        films
            .cached_against(by_index::<film::Model, _>(|film| &film.genre, genre))
            .all(&world.db)
            .await
    };
    of("drama").await?;
    of("horror").await?;
    let film = film::Entity::find_cached(&world.db, 2).await?.expect("it is there");
    let mut film = film.into_active_model();
    film.votes = Set(1);
    film.save(&world.db).await?;
    world.asked();
    assert_eq!((of("drama").await?.len(), world.asked()), (1, 0));
    assert_eq!((of("horror").await?.len(), world.asked()), (2, 1));
    Ok(())
}

async fn members(world: &World, constraint: &str) -> Result<(), DbErr> {
    let schema = format!(
        "CREATE TABLE member (
            name TEXT COLLATE NOCASE PRIMARY KEY,
            number INTEGER NOT NULL UNIQUE {constraint}
        );
        INSERT INTO member VALUES ('Ann', 1), ('Bob', 2)"
    );
    world.db.execute_unprepared(&schema).await.map(drop)
}

fn member(name: &str, number: i64) -> member::ActiveModel {
    member::ActiveModel { name: Set(name.to_owned()), number: Set(number) }
}

/// The number of a member by each spelling, one by one and together.
async fn numbers(world: &World) -> Result<[Vec<Option<i64>>; 2], DbErr> {
    let names = ["Ann", "ann", "BOB", "eve"].map(str::to_owned);
    let number = |member: Option<member::Model>| member.map(|member| member.number);
    let mut one_by_one = Vec::new();
    for name in names.clone() {
        one_by_one.push(number(member::Entity::find_cached(&world.db, name).await?));
    }
    let together = member::Entity::find_many_cached(&world.db, names).await?;
    Ok([one_by_one, together.into_iter().map(number).collect()])
}

fn both(numbers: [Option<i64>; 4]) -> [Vec<Option<i64>>; 2] {
    [numbers.to_vec(), numbers.to_vec()]
}

/// Two spellings of a key are two objects; both end with the row.
#[tokio::test]
async fn a_row_that_goes_by_another_spelling_ends_there_too() -> Tested {
    let world = World::new().await;
    members(&world, "").await?;
    assert_eq!(numbers(&world).await?, both([Some(1), Some(1), Some(2), None]));
    gcache::clear();
    let names = ["ann", "BOB", "bob"].map(str::to_owned);
    let many = member::Entity::find_many_cached(&world.db, names).await?;
    let many = many.into_iter().flatten().map(|member| member.number).collect::<Vec<_>>();
    assert_eq!(many, [1, 2, 2], "none is overlooked");
    // As a save of a model that replaces nothing does.
    world.db.execute_unprepared("UPDATE member SET number = number + 10").await?;
    member::invalidate_model("Ann");
    member::invalidate_model("Bob");
    assert_eq!(numbers(&world).await?, both([Some(11), Some(11), Some(12), None]));
    Ok(())
}

#[tokio::test]
async fn a_row_that_another_takes_the_place_of_ends() -> Tested {
    let world = World::new().await;
    members(&world, "ON CONFLICT REPLACE").await?;
    assert_eq!(numbers(&world).await?, both([Some(1), Some(1), Some(2), None]));
    member("eve", 1).insert(&world.db).await?;
    assert_eq!(numbers(&world).await?, both([None, None, Some(2), Some(1)]));
    member("eve", 2).update(&world.db).await?;
    assert_eq!(numbers(&world).await?, both([None, None, None, Some(2)]));
    let insert = member::Entity::insert_many([member("Ann", 2)]);
    insert.exec_with_returning_and_invalidate(&world.db).await?;
    assert_eq!(numbers(&world).await?, both([Some(2), Some(2), None, None]));
    transaction(&world.db, async |txn| member("Bob", 2).insert(txn).await).await?;
    assert_eq!(numbers(&world).await?, both([None, None, Some(2), None]));
    ActiveModelTrait::insert(member("eve", 2), &world.db).await?;
    assert_eq!(numbers(&world).await?, both([None, None, None, Some(2)]), "in generic code");
    Ok(())
}

/// SQLite keeps the rows before the one that violates a constraint, if that says so.
#[tokio::test]
async fn rows_before_a_violated_constraint_end() -> Tested {
    let world = World::new().await;
    members(&world, "ON CONFLICT FAIL").await?;
    assert_eq!(numbers(&world).await?, both([Some(1), Some(1), Some(2), None]));
    let insert = member::Entity::insert_many([member("eve", 3), member("joe", 2)]);
    let error = insert.exec_and_invalidate(&world.db).await.expect_err("the number is taken");
    assert!(error.sql_err().is_some(), "{error}");
    assert_eq!(numbers(&world).await?, both([Some(1), Some(1), Some(2), Some(3)]));
    let update = member::Entity::update_many()
        .col_expr(member::Column::Number, Expr::cust("CASE name WHEN 'Ann' THEN 9 ELSE 2 END"));
    let error = update.exec_with_returning_and_invalidate(&world.db).await;
    assert!(error.expect_err("the number is taken").sql_err().is_some());
    assert_eq!(numbers(&world).await?[0], numbers(&world).await?[1]);
    let ann = member::Entity::find_by_id("Ann".to_owned()).one(&world.db).await?;
    let ann = ann.map(|member| member.number);
    assert_eq!(numbers(&world).await?[0][..2], [ann, ann]);
    Ok(())
}

/// The titles of the films 2 and 9.
async fn titles(world: &World) -> Result<[Option<String>; 2], DbErr> {
    let title = |film: film::Model| film.title;
    let old = film::Entity::find_cached(&world.db, 2).await?.map(title);
    Ok([old, film::Entity::find_cached(&world.db, 9).await?.map(title)])
}

#[tokio::test]
async fn a_key_that_is_written_ends_the_old_one() -> Tested {
    let psycho_at_9 = || [None, Some("Psycho".to_owned())];
    let film = |id| film::ActiveModel {
        id: Set(id),
        title: Set("Psycho".to_owned()),
        genre: Set("horror".to_owned()),
        director_id: Set(1),
        votes: Set(0),
    };

    let world = World::new().await;
    titles(&world).await?;
    let update = film::Entity::update_many().col_expr(film::Column::Id, 9.into());
    let update = update.filter(film::Column::Id.eq(2));
    update.exec_with_returning_and_invalidate(&world.db).await?;
    assert_eq!(titles(&world).await?, psycho_at_9());
    drop(world);

    let world = World::new().await;
    titles(&world).await?;
    let with_key =
        OnConflict::column(film::Column::Title).update_column(film::Column::Id).to_owned();
    let upsert = film::Entity::insert(film(9)).on_conflict(with_key);
    upsert.exec_with_returning_and_invalidate(&world.db).await?;
    assert_eq!(titles(&world).await?, psycho_at_9());
    drop(world);

    let world = World::new().await;
    titles(&world).await?;
    let mut replace = film::Entity::insert(film(9));
    replace.query().replace();
    replace.exec_with_returning_and_invalidate(&world.db).await?;
    assert_eq!(titles(&world).await?, psycho_at_9());
    Ok(())
}

/// An upsert that leaves the keys alone still ends no more than the rows that it returns.
#[tokio::test]
async fn an_upsert_that_writes_no_key_ends_its_rows_only() -> Tested {
    let world = World::new().await;
    film::Entity::find_cached(&world.db, 1).await?;
    let votes =
        OnConflict::column(film::Column::Title).update_column(film::Column::Votes).to_owned();
    let film = film::ActiveModel {
        title: Set("Psycho".to_owned()),
        genre: Set("horror".to_owned()),
        director_id: Set(1),
        votes: Set(7),
        ..<film::ActiveModel as ActiveModelTrait>::default()
    };
    film::Entity::insert(film)
        .on_conflict(votes)
        .exec_with_returning_and_invalidate(&world.db)
        .await?;
    world.asked();
    film::Entity::find_cached(&world.db, 1).await?;
    assert_eq!(world.asked(), 0);
    Ok(())
}

#[tokio::test]
async fn links_that_go_with_a_row_end() -> Tested {
    let is_cast = async |world: &World| {
        let casting = casting::Entity::find_cached(&world.db, (2, 2)).await?;
        Ok::<_, DbErr>((
            casting.is_some(),
            casting::Entity::find().cached().count(&world.db).await?,
        ))
    };
    let world = World::new().await;
    assert_eq!(is_cast(&world).await?, (true, 3));
    transaction(&world.db, async |txn| {
        let film = film::Entity::find_by_id(2).one(txn).await?.expect("it is there");
        film.cascade_delete(txn).await
    })
    .await?;
    assert_eq!(is_cast(&world).await?, (false, 2), "by SeaORM's cascade");
    drop(world);

    let world = World::new().await;
    world.db.execute_unprepared(
        "CREATE TRIGGER cascade AFTER DELETE ON film BEGIN DELETE FROM casting WHERE film_id = old.id; END",
    )
    .await?;
    assert_eq!(is_cast(&world).await?, (true, 3));
    psycho().delete(&world.db).await?;
    assert_eq!(is_cast(&world).await?, (false, 2), "by the database");
    world.db.execute_unprepared("INSERT INTO casting VALUES (2, 2, 'Norman')").await?;
    casting::invalidate_model(2, 2);
    for delete in 0..4 {
        world
            .db
            .execute_unprepared("INSERT OR IGNORE INTO film VALUES (2, 'Psycho', 'horror', 1, 0)")
            .await?;
        world
            .db
            .execute_unprepared("INSERT OR IGNORE INTO casting VALUES (2, 2, 'Norman')")
            .await?;
        gcache::clear();
        assert_eq!(is_cast(&world).await?, (true, 3));
        let films = film::Entity::delete_many().filter(film::Column::Id.eq(2));
        let deleted = match delete {
            0 => films.exec_and_invalidate(&world.db).await?.rows_affected,
            1 => films.exec_with_returning_and_invalidate(&world.db).await?.len() as u64,
            2 => film::Entity::delete_by_id(2).exec_and_invalidate(&world.db).await?.rows_affected,
            _ => ActiveModelTrait::delete(psycho(), &world.db).await?.rows_affected,
        };
        assert_eq!(deleted, 1);
        assert_eq!(is_cast(&world).await?, (false, 2), "delete {delete}");
    }
    Ok(())
}
