//! Transactions that see other rows than their pool does, and rows that are not what was set.

use super::common::notes::note::Entity as Note;
use super::{Film, Tested, World, plain, vote};
use gcache_sea_orm::{
    Cacheable as _, CachedEntity as _, by_index, transaction, transaction_with_options,
};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbErr, EntityTrait as _,
    IntoActiveModel as _, IsolationLevel, QueryFilter as _, QuerySelect as _, Select, Set,
    TransactionOptions, TransactionTrait as _,
};

/// Makes notes 1 to 4 of the tenants `a` and `b` by turns, which each sees of its own only.
pub(crate) async fn notes(world: &World) -> Result<(), DbErr> {
    let schema = "
        DROP TABLE IF EXISTS note;
        CREATE TABLE note (id BIGINT PRIMARY KEY, tenant TEXT NOT NULL, text TEXT NOT NULL);
        INSERT INTO note VALUES (1, 'a', 'one'), (2, 'b', 'two'), (3, 'a', 'three'), (4, 'b', 'four');
        ALTER TABLE note ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON note USING (tenant = current_setting('app.tenant', true))";
    let grant = format!("; GRANT SELECT, INSERT, UPDATE, DELETE ON note TO {}", world.role());
    world.db.execute_unprepared(&(schema.to_owned() + &grant)).await.map(drop)
}

pub(crate) async fn a_policy_on_rows_is_obeyed(world: &World) -> Tested {
    notes(world).await?;
    let role = world.role();
    let of_a = world.pool(&[("role", &role), ("app.tenant", "a")]).await?;
    let of_b = world.pool(&[("role", &role), ("app.tenant", "b")]).await?;
    assert!(Note::find_cached(&of_a, 1).await?.is_some());
    assert!(Note::find_cached(&of_b, 1).await?.is_none(), "another pool");
    assert_eq!(Note::find().cached().count(&of_a).await?, 2);
    assert_eq!(Note::find_many_cached(&of_a, [1, 2]).await?.iter().flatten().count(), 1);
    transaction(&of_a, async |txn| {
        txn.execute_unprepared("SET LOCAL app.tenant = 'b'").await?;
        assert_eq!(Note::find_cached(txn, 1).await?, None);
        assert!(Note::find_cached(txn, 2).await?.is_some());
        let many = Note::find_many_cached(txn, [1, 2]).await?;
        assert_eq!(many.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);
        let all = Note::find().cached().all(txn).await?;
        assert!(all.iter().all(|note| note.tenant == "b") && all.len() == 2, "{all:?}");
        assert!(Note::find().cached().one(txn).await?.is_some_and(|note| note.tenant == "b"));
        Ok::<(), DbErr>(())
    })
    .await?;
    // Nor does anybody get what was read there.
    assert_eq!(Note::find_cached(&of_a, 2).await?, None);
    assert!(Note::find_cached(&of_a, 1).await?.is_some());
    of_a.close().await?;
    of_b.close().await?;
    Ok(())
}

pub(crate) async fn a_snapshot_shows_no_row_that_is_newer(world: &World) -> Tested {
    let (old, _) = world.votes(2).await?;
    let look = async |txn: &DatabaseTransaction| {
        let one = Film::find_cached(txn, 2).await?.map(|film| film.votes);
        let many = Film::find_many_cached(txn, [2]).await?.swap_remove(0).map(|film| film.votes);
        let query = Film::find().filter(plain::Column::Id.eq(2_i64)).cached().one(txn).await?;
        Ok::<_, DbErr>([one, many, query.map(|film| film.votes)])
    };
    let options = TransactionOptions {
        isolation_level: Some(IsolationLevel::RepeatableRead),
        ..TransactionOptions::default()
    };
    transaction_with_options(&world.db, options, async |txn| {
        assert_eq!(look(txn).await?, [Some(old); 3]);
        let db = world.db.clone();
        let other = tokio::spawn(async move {
            vote(old + 1).update(&db).await?;
            Film::find().filter(plain::Column::Id.eq(2_i64)).cached().one(&db).await?;
            Film::find_cached(&db, 2).await
        });
        let newer = other.await.expect("it does not panic")?.expect("it is there");
        assert_eq!(newer.votes, old + 1);
        assert_eq!(look(txn).await?, [Some(old); 3], "as old as the snapshot");
        Ok::<(), DbErr>(())
    })
    .await?;
    assert_eq!(world.votes(2).await?, (old + 1, 0));
    Ok(())
}

pub(crate) async fn a_lock_is_asked_for(world: &World) -> Tested {
    type Lock = fn(Select<Film>) -> Select<Film>;
    let locking: [(&str, Lock); 4] = [
        ("FOR UPDATE", Select::lock_exclusive),
        ("FOR SHARE", Select::lock_shared),
        ("FOR NO KEY UPDATE", |films| films.lock(LockType::NoKeyUpdate)),
        ("FOR UPDATE SKIP LOCKED", |films| {
            films.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        }),
    ];
    let is_asked = |clause: &str| {
        let asked = world.asked();
        assert!(asked.len() == 1 && asked[0].ends_with(clause), "{clause}: {asked:?}");
    };
    for (clause, lock) in locking {
        world.asked();
        for _ in 0..2 {
            lock(Film::find()).cached().all(&world.db).await?;
            is_asked(clause);
        }
        transaction(&world.db, async |txn| {
            for _ in 0..2 {
                lock(Film::find()).cached().all(txn).await?;
                is_asked(clause);
            }
            Ok::<(), DbErr>(())
        })
        .await?;
    }
    // One that is locked elsewhere is skipped by who says so, whatever others have cached.
    let skipping = || Film::find().lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let all = skipping().cached().all(&world.db).await?.len();
    let other = world.db.begin().await?;
    Film::find_by_id(1).lock_exclusive().one(&other).await?;
    assert_eq!(skipping().cached().all(&world.db).await?.len(), all - 1);
    other.rollback().await?;
    Ok(())
}

/// Before the row is written, a trigger moves it, whatever was set.
pub(crate) async fn a_trigger_moves_the_row(world: &World) -> Tested {
    let of = async |genre: &str| {
        let films = Film::find().filter(plain::Column::Genre.eq(genre));
        films
            .cached_against(by_index::<plain::Model, _>(|film| &film.genre, genre))
            .count(&world.db)
            .await
    };
    let trigger = "
        CREATE FUNCTION classic() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF new.votes > 1000 THEN new.genre = 'classic'; END IF; RETURN new; END $$;
        CREATE TRIGGER classic BEFORE UPDATE ON film FOR EACH ROW EXECUTE FUNCTION classic()";
    world.db.execute_unprepared(trigger).await?;
    let (thriller, drama) = (of("thriller").await?, of("drama").await?);
    assert_eq!(of("classic").await?, 0);
    let film = Film::find_cached(&world.db, 1).await?.expect("it is there");
    let mut film = film.into_active_model();
    film.votes = Set(1001);
    assert_eq!(film.update(&world.db).await?.genre, "classic");
    assert_eq!((of("thriller").await?, of("classic").await?), (thriller - 1, 1));
    transaction(&world.db, async |txn| {
        let film = Film::find_by_id(4).one(txn).await?.expect("it is there");
        let mut film = film.into_active_model();
        film.votes = Set(1001);
        film.save(txn).await
    })
    .await?;
    assert_eq!((of("drama").await?, of("classic").await?), (drama - 1, 2));
    world.db.execute_unprepared("DROP FUNCTION classic CASCADE").await?;
    Ok(())
}
