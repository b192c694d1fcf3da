//! Saves that others look into, that fail after they have written, or that are dropped: too much ends rather
//! than too little, and it ends after the write.

mod common;

use common::{Control, Slot, World, stop};
use film::Entity as Film;
use gcache::cache_against;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait as _, DatabaseConnection, DbErr,
    EntityTrait as _, FromQueryResult, IntoActiveModel, QuerySelect as _, Set,
};
use std::pin::Pin;

/// Films whose saves can be stopped.
#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
mod film {
    use super::common::Slot;
    use gcache_sea_orm::hooks;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "film")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
        #[group(index)]
        pub genre: String,
        pub director_id: i64,
        pub votes: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!(own_behavior);

    /// Between what the hooks do and the statement.
    pub(crate) static BEFORE: Slot = Slot::new();
    /// Between the statement and what the hooks do.
    pub(crate) static AFTER: Slot = Slot::new();

    #[async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn before_save<C: ConnectionTrait>(
            self,
            db: &C,
            insert: bool,
        ) -> Result<Self, DbErr> {
            let active = hooks::before_save(self, db, insert).await?;
            BEFORE.pass().await;
            Ok(active)
        }

        async fn after_save<C: ConnectionTrait>(
            model: Model,
            db: &C,
            insert: bool,
        ) -> Result<Model, DbErr> {
            AFTER.pass().await;
            let model = hooks::after_save(model, db, insert).await?;
            if model.title == "refused" {
                return Err(DbErr::Custom("too late".to_owned()));
            }
            Ok(model)
        }

        async fn before_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
            let active = hooks::before_delete(self, db).await?;
            BEFORE.pass().await;
            Ok(active)
        }

        async fn after_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
            AFTER.pass().await;
            hooks::after_delete(self, db).await
        }
    }
}

#[derive(Debug, FromQueryResult)]
struct Title {
    title: String,
}

/// Asks for one column, so that it does not matter what is in the others.
#[cache_against(film::Model(id), skip(db))]
async fn title(db: &DatabaseConnection, id: i64) -> Result<Option<String>, DbErr> {
    let query = Film::find_by_id(id).select_only().column(film::Column::Title);
    Ok(query.into_model::<Title>().one(db).await?.map(|film| film.title))
}

#[cache_against(film::Model(genre = genre), skip(db))]
async fn titles(db: &DatabaseConnection, genre: &str) -> Result<Vec<String>, DbErr> {
    use sea_orm::{ColumnTrait as _, QueryFilter as _};
    let query = Film::find().filter(film::Column::Genre.eq(genre));
    let titles =
        query.select_only().column(film::Column::Title).into_model::<Title>().all(db).await?;
    Ok(titles.into_iter().map(|film| film.title).collect())
}

/// What the cache says is what the database says.
async fn check(db: &DatabaseConnection) -> Result<(), DbErr> {
    for id in 1..9 {
        assert_eq!(title(db, id).await?, gcache::bypass_async(title(db, id)).await?, "film {id}");
    }
    for genre in ["horror", "thriller", "drama"] {
        assert_eq!(
            titles(db, genre).await?,
            gcache::bypass_async(titles(db, genre)).await?,
            "{genre}"
        );
    }
    Ok(())
}

type Save<'a> = Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send + 'a>>;

/// Every way to change film 2 or to insert film 5.
fn saves(db: &DatabaseConnection) -> Vec<(&'static str, Save<'_>)> {
    let psycho = || film::ActiveModel { id: Set(2), title: Set("Psycho II".to_owned()), ..new() };
    let moved = move || film::ActiveModel { genre: Set("drama".to_owned()), ..psycho() };
    let frenzy = || film::ActiveModel {
        title: Set("Frenzy".to_owned()),
        genre: Set("thriller".to_owned()),
        director_id: Set(1),
        votes: Set(1),
        ..new()
    };
    vec![
        ("update", Box::pin(async move { psycho().update(db).await.map(drop) })),
        ("move", Box::pin(async move { moved().update(db).await.map(drop) })),
        ("save", Box::pin(async move { moved().save(db).await.map(drop) })),
        (
            "no return",
            Box::pin(async move { moved().update_without_returning(db).await.map(drop) }),
        ),
        ("delete", Box::pin(async move { psycho().delete(db).await.map(drop) })),
        ("insert", Box::pin(async move { frenzy().insert(db).await.map(drop) })),
        ("any save", Box::pin(save_any(moved(), db))),
        ("any insert", Box::pin(save_any(frenzy(), db))),
        (
            "any delete",
            Box::pin(async move { ActiveModelTrait::delete(psycho(), db).await.map(drop) }),
        ),
    ]
}

fn new() -> film::ActiveModel {
    <film::ActiveModel as ActiveModelTrait>::default()
}

/// Code that knows SeaORM's traits only.
async fn save_any<A>(active: A, db: &DatabaseConnection) -> Result<(), DbErr>
where
    A: ActiveModelBehavior + Send,
    <A::Entity as sea_orm::EntityTrait>::Model: IntoActiveModel<A>,
{
    ActiveModelTrait::save(active, db).await.map(drop)
}

/// Begins `save` and leaves it at `slot`.
async fn begin(slot: &Slot, save: &mut Save<'_>) -> Control {
    let (stop, mut control) = stop();
    slot.put(stop);
    tokio::select! {
        biased;
        done = save => panic!("it comes to the stop, and not to {done:?}"),
        () = control.arrived() => control,
    }
}

#[tokio::test]
async fn it_ends_after_the_write() -> Result<(), DbErr> {
    for at in 0..9 {
        let world = World::new().await;
        let (name, mut save) = saves(&world.db).swap_remove(at);
        check(&world.db).await?;
        let control = begin(&film::BEFORE, &mut save).await;
        // Others look at what is about to change.
        check(&world.db).await?;
        control.leave();
        save.await?;
        println!("after: {name}");
        check(&world.db).await?;
    }
    Ok(())
}

/// All but the deletes and updates that return nothing, which have no hook after the write.
#[tokio::test]
async fn dropped_after_the_write_it_ends() -> Result<(), DbErr> {
    for name in ["update", "move", "save", "delete", "insert"] {
        let world = World::new().await;
        let mut saves = saves(&world.db);
        let at = saves.iter().position(|(known, _)| *known == name).expect("it is one of them");
        let (_, mut save) = saves.swap_remove(at);
        check(&world.db).await?;
        let control = begin(&film::AFTER, &mut save).await;
        drop(save);
        drop(control);
        println!("after: {name}");
        check(&world.db).await?;
    }
    Ok(())
}

/// What the database has written and SeaORM cannot read.
const UNREADABLE: &str = "
    DROP TABLE film;
    CREATE TABLE film (
        id INTEGER PRIMARY KEY,
        title TEXT NOT NULL,
        genre TEXT NOT NULL,
        director_id INTEGER NOT NULL,
        votes INTEGER NOT NULL DEFAULT 'many'
    );
    INSERT INTO film (id, title, genre, director_id) VALUES (2, 'Psycho', 'horror', 1);
";

#[tokio::test]
async fn an_error_after_the_write_ends_it() -> Result<(), DbErr> {
    let world = World::new().await;
    world.db.execute_unprepared(UNREADABLE).await?;
    check(&world.db).await?;
    assert_eq!(title(&world.db, 3).await?, None);
    let psycho = film::ActiveModel { id: Set(2), title: Set("Psycho II".to_owned()), ..new() };
    let error = psycho.update(&world.db).await.expect_err("`many` is no number");
    assert!(error.to_string().contains("votes"), "as the database said it: {error}");
    check(&world.db).await?;
    assert_eq!(title(&world.db, 2).await?.as_deref(), Some("Psycho II"));
    let frenzy = film::ActiveModel {
        title: Set("Frenzy".to_owned()),
        genre: Set("horror".to_owned()),
        director_id: Set(1),
        ..new()
    };
    frenzy.insert(&world.db).await.expect_err("`many` is no number");
    check(&world.db).await?;
    assert_eq!(title(&world.db, 3).await?.as_deref(), Some("Frenzy"));
    Ok(())
}

#[tokio::test]
async fn an_error_of_a_later_hook_does_not_keep_it() -> Result<(), DbErr> {
    let world = World::new().await;
    check(&world.db).await?;
    let psycho = film::ActiveModel { id: Set(2), title: Set("refused".to_owned()), ..new() };
    let error = psycho.update(&world.db).await.expect_err("the hook refuses");
    assert_eq!(error, DbErr::Custom("too late".to_owned()));
    check(&world.db).await?;
    assert_eq!(title(&world.db, 2).await?.as_deref(), Some("refused"));
    Ok(())
}
