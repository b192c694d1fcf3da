//! Connections that check permissions: a hit is no way around the check.

mod common;

use common::World;
use common::entities::film::{self, Entity as Film};
use gcache_sea_orm::{Cacheable as _, CachedEntity as _, Connection, SharedReads, transaction};
use sea_orm::rbac::{RbacContext, RbacUserId};
use sea_orm::{
    DbErr, EntityTrait as _, PaginatorTrait as _, QuerySelect as _, RestrictedConnection,
};

const MAY_READ: RbacUserId = RbacUserId(1);
const MAY_NOT: RbacUserId = RbacUserId(2);

/// Films that the user 1 may read, and the user 2 may not.
async fn restrict(world: &World) -> Result<[RestrictedConnection; 2], DbErr> {
    let db = &world.db;
    sea_orm::rbac::schema::create_tables(
        db,
        sea_orm::rbac::schema::RbacCreateTablesParams::default(),
    )
    .await?;
    let mut context = RbacContext::load(db).await?;
    context.add_tables(db, &["film", "actor"]).await?;
    context.add_crud_permissions(db).await?;
    context.add_roles(db, &["reader", "stranger"]).await?;
    context.assign_user_role(db, &[(1, "reader"), (2, "stranger")]).await?;
    context.add_role_permissions(db, "reader", &["select", "update"], &["film"]).await?;
    context.add_role_permissions(db, "stranger", &["select"], &["actor"]).await?;
    db.load_rbac().await?;
    Ok([db.restricted_for(MAY_READ)?, db.restricted_for(MAY_NOT)?])
}

/// Every cached read, by what it is.
async fn reads(db: &impl Connection) -> Vec<(&'static str, Result<usize, DbErr>)> {
    let count = |count: u64| usize::try_from(count).expect("there are few films");
    vec![
        ("by key", Film::find_cached(db, 1).await.map(|film| film.iter().count())),
        ("no row", Film::find_cached(db, 99).await.map(|film| film.iter().count())),
        ("by keys", Film::find_many_cached(db, [1, 2]).await.map(|films| films.len())),
        ("all", Film::find().cached().all(db).await.map(|films| films.len())),
        ("one", Film::find().cached().one(db).await.map(|film| film.iter().count())),
        ("limited", Film::find().limit(1).cached().all(db).await.map(|films| films.len())),
    ]
    .into_iter()
    .chain([("count", Film::find().count(db).await.map(count))])
    .collect()
}

fn are_allowed(reads: &[(&str, Result<usize, DbErr>)]) {
    for (what, read) in reads {
        assert!(read.is_ok(), "{what}: {read:?}");
    }
}

fn are_denied(reads: &[(&str, Result<usize, DbErr>)]) {
    for (what, read) in reads {
        assert!(matches!(read, Err(DbErr::AccessDenied { .. })), "{what}: {read:?}");
    }
}

#[tokio::test]
async fn a_hit_passes_the_check_that_a_statement_does() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::new().await;
    let [reader, stranger] = restrict(&world).await?;
    are_denied(&reads(&stranger).await);
    are_allowed(&reads(&reader).await);
    are_denied(&reads(&stranger).await);
    are_allowed(&reads(&world.db).await);
    are_denied(&reads(&stranger).await);
    transaction(&stranger, async |txn| {
        are_denied(&reads(txn).await);
        Ok::<(), DbErr>(())
    })
    .await?;
    transaction(&reader, async |txn| {
        are_allowed(&reads(txn).await);
        Ok::<(), DbErr>(())
    })
    .await?;
    transaction(&world.db, async |txn| {
        are_allowed(&reads(&SharedReads::new(&world.db, txn)).await);
        Ok::<(), DbErr>(())
    })
    .await?;
    Ok(())
}

/// A right that is taken away is gone at once.
#[tokio::test]
async fn a_right_that_is_taken_away_is_gone() -> Result<(), DbErr> {
    let world = World::new().await;
    let [reader, _] = restrict(&world).await?;
    are_allowed(&reads(&reader).await);
    let mut context = RbacContext::load(&world.db).await?;
    context.remove_role_permissions(&world.db, "reader", &["select"], &["film"]).await?;
    world.db.load_rbac().await?;
    are_denied(&reads(&reader).await);
    Ok(())
}

/// What is written through such a connection ends what others have cached.
#[tokio::test]
async fn a_write_ends_what_is_cached_of_the_pool() -> Result<(), DbErr> {
    let world = World::new().await;
    let [reader, stranger] = restrict(&world).await?;
    let votes =
        async || Ok::<_, DbErr>(Film::find_cached(&world.db, 2).await?.expect("it is there").votes);
    let vote = |votes| film::ActiveModel {
        id: sea_orm::Set(2),
        votes: sea_orm::Set(votes),
        ..<film::ActiveModel as sea_orm::ActiveModelTrait>::default()
    };
    assert_eq!(votes().await?, 0);
    vote(1).update(&reader).await?;
    assert_eq!(votes().await?, 1);
    let mut film: film::ActiveModel =
        Film::find_by_id(2).one(&world.db).await?.expect("it is there").into();
    film.votes = sea_orm::Set(2);
    film.update(&stranger).await.expect_err("may not write");
    world.asked();
    assert_eq!((votes().await?, world.asked()), (1, 0), "nothing was written");
    Ok(())
}
