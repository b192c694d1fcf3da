//! Hooks of the program's own, and what becomes of those that do not call ours.

mod common;

use common::World;
use gcache_sea_orm::{Cacheable as _, CachedEntity, Error, by_index};
use sea_orm::{
    ActiveModelTrait, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, Set,
};

/// An entity of the table `film`: some of its columns, the options of `cached_entity!`, and hooks.
macro_rules! film_entity {
    ($(#[$doc:meta])* $name:ident { $($columns:tt)* } [$($options:tt)*] $($hooks:tt)*) => {
        $(#[$doc])*
        #[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
        mod $name {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
            #[sea_orm(table_name = "film")]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i64,
                $($columns)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            gcache_sea_orm::cached_entity!($($options)*);

            $($hooks)*
        }
    };
}

film_entity! {
    film {
        pub title: String,
        #[group(index)]
        pub genre: String,
        pub votes: i64,
    }
    [own_behavior, capacity = 50]

    use gcache_sea_orm::hooks;
    use sea_orm::{ActiveValue, Set};

    #[async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        /// Films are filed under what they turn out to be.
        async fn before_save<C: ConnectionTrait>(
            mut self,
            db: &C,
            insert: bool,
        ) -> Result<Self, DbErr> {
            if let ActiveValue::Set(votes) = self.votes
                && votes > 1_000
            {
                self.genre = Set("classic".to_owned());
            }
            hooks::before_save(self, db, insert).await
        }

        async fn after_save<C: ConnectionTrait>(
            model: Model,
            db: &C,
            insert: bool,
        ) -> Result<Model, DbErr> {
            hooks::after_save(model, db, insert).await
        }

        async fn before_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
            hooks::before_delete(self, db).await
        }

        async fn after_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
            hooks::after_delete(self, db).await
        }
    }
}

film_entity! {
    /// The same, with hooks that have forgotten ours.
    forgetful {
        pub title: String,
        #[group(index)]
        pub genre: String,
    }
    [own_behavior]

    impl ActiveModelBehavior for ActiveModel {}
}

film_entity! {
    /// The same, with hooks that remember ours when it is over.
    late {
        #[group(index)]
        pub genre: String,
    }
    [own_behavior]

    use gcache_sea_orm::hooks;

    #[async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn after_save<C: ConnectionTrait>(
            model: Model,
            db: &C,
            insert: bool,
        ) -> Result<Model, DbErr> {
            hooks::after_save(model, db, insert).await
        }
    }
}

film_entity! {
    /// The same, with hooks that have forgotten ours, and fail when the row is written.
    failing {
        pub title: String,
    }
    [own_behavior]

    #[async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn after_save<C: ConnectionTrait>(
            model: Model,
            db: &C,
            _insert: bool,
        ) -> Result<Model, DbErr> {
            db.execute_unprepared("INSERT INTO director VALUES (1, 'there is one')").await?;
            Ok(model)
        }
    }
}

film_entity! {
    /// The key of the model is not the primary key of the table.
    by_votes {
        #[group(key)]
        pub votes: i64,
    }
    []
}

#[tokio::test]
async fn what_a_hook_changes_counts() -> Result<(), DbErr> {
    let world = World::new().await;
    let of = async |genre: &str| {
        let films = film::Entity::find().filter(film::Column::Genre.eq(genre));
        let group = by_index::<film::Model, _>(|film| &film.genre, genre);
        films.cached_against(group).count(&world.db).await
    };
    assert_eq!((of("horror").await?, of("classic").await?), (2, 0));
    let psycho = film::Entity::find_cached(&world.db, 2).await?.expect("it is there");
    let mut psycho = psycho.into_active_model();
    psycho.votes = Set(5_000);
    let psycho = psycho.update(&world.db).await?;
    assert_eq!(psycho.genre, "classic");
    assert_eq!((of("horror").await?, of("classic").await?), (1, 1));
    let psycho = film::Entity::find_cached(&world.db, 2).await?.expect("it is there");
    psycho.delete(&world.db).await?;
    assert_eq!((of("horror").await?, of("classic").await?), (1, 0));
    Ok(())
}

#[tokio::test]
async fn hooks_that_do_not_call_ours_cost_exactness_only() -> Result<(), DbErr> {
    let world = World::new().await;
    let of = async |genre: &str| {
        let films = forgetful::Entity::find().filter(forgetful::Column::Genre.eq(genre));
        let group = by_index::<forgetful::Model, _>(|film| &film.genre, genre);
        films.cached_against(group).count(&world.db).await
    };
    let new = || <forgetful::ActiveModel as ActiveModelTrait>::default();
    assert_eq!((of("horror").await?, of("drama").await?), (2, 1));
    forgetful::Entity::find_cached(&world.db, 2).await?;
    let psycho = forgetful::ActiveModel {
        id: Set(2),
        title: Set("Psycho II".to_owned()),
        genre: Set("drama".to_owned()),
    };
    psycho.update(&world.db).await?;
    assert_eq!((of("horror").await?, of("drama").await?), (1, 2));
    let psycho = forgetful::Entity::find_cached(&world.db, 2).await?.expect("it is there");
    assert_eq!(psycho.title, "Psycho II");
    psycho.delete(&world.db).await?;
    assert_eq!((of("horror").await?, of("drama").await?), (1, 1));
    assert_eq!(forgetful::Entity::find_cached(&world.db, 2).await?, None);
    let again = forgetful::ActiveModel { id: Set(3), title: Set("Shining".to_owned()), ..new() };
    again.save(&world.db).await?;
    let shining = forgetful::Entity::find_cached(&world.db, 3).await?.expect("it is there");
    assert_eq!(shining.title, "Shining");
    Ok(())
}

#[tokio::test]
async fn a_hook_before_that_does_not_call_ours_costs_exactness_only() -> Result<(), DbErr> {
    let world = World::new().await;
    let of = async |genre: &str| {
        let films = late::Entity::find().filter(late::Column::Genre.eq(genre));
        let group = by_index::<late::Model, _>(|film| &film.genre, genre);
        films.cached_against(group).count(&world.db).await
    };
    assert_eq!((of("horror").await?, of("drama").await?), (2, 1));
    let psycho = late::ActiveModel { id: Set(2), genre: Set("drama".to_owned()) };
    psycho.update(&world.db).await?;
    assert_eq!((of("horror").await?, of("drama").await?), (1, 2));
    Ok(())
}

/// The error says that nothing was written, and means another statement.
#[tokio::test]
async fn a_violated_constraint_of_such_a_hook_does_not_keep_the_row() -> Result<(), DbErr> {
    let world = World::new().await;
    let title = async |id: i64| {
        let film = failing::Entity::find_cached(&world.db, id).await?;
        Ok::<_, DbErr>(film.expect("it is there").title)
    };
    assert_eq!(title(2).await?, "Psycho");
    let psycho = failing::ActiveModel { id: Set(2), title: Set("Psycho II".to_owned()) };
    let error = psycho.update(&world.db).await.expect_err("the hook fails");
    assert!(matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))));
    assert_eq!(title(2).await?, "Psycho II");
    Ok(())
}

#[tokio::test]
async fn a_model_with_another_key_is_refused() -> Result<(), DbErr> {
    let world = World::new().await;
    let refused = |error: DbErr| {
        let refusal = Error::of(&error);
        assert!(
            matches!(refusal, Some(Error::KeyIsNotPrimaryKey { .. })),
            "another error: {error}"
        );
    };
    refused(by_votes::Entity::find_cached(&world.db, 1).await.expect_err("by key"));
    refused(by_votes::Entity::find_many_cached(&world.db, [1]).await.expect_err("by keys"));
    refused(by_votes::Entity::find().cached().count(&world.db).await.expect_err("a query"));
    let film = by_votes::ActiveModel { id: Set(1), votes: Set(1) };
    refused(film.update(&world.db).await.expect_err("a save"));
    assert_eq!((film::Entity::CAPACITY, by_votes::Entity::CAPACITY), (50, 10_000));
    Ok(())
}
