//! A process that is killed between the commit and the invalidation, and the one that comes after it.
//!
//! Each of them is this test once more, with its part in the environment. Their links end in their output.

use crate::common::World;
use crate::common::entities::film;
use crate::process::{Process, part, say};
use crate::wire::{Others, Wire};
use crate::{Outcome, vote};
use gcache::cache_against;
use gcache::link::NamedGroup;
use gcache_sea_orm::{outbox, transaction};
use sea_orm::{ConnectionTrait, Database, DbErr, EntityTrait as _};

/// The database of a process.
const DATABASE: &str = "GCACHE_OUTBOX_DATABASE";

/// The test that the other processes are.
const A_PART: &str = "crash::a_part";

#[cache_against(film::Model(id), skip(db))]
async fn votes(db: &impl ConnectionTrait, id: i64) -> Result<i64, DbErr> {
    Ok(film::Entity::find_by_id(id).one(db).await?.expect("it is there").votes)
}

/// Not a test, but what the other processes do.
#[tokio::test]
async fn a_part() -> Outcome {
    let Some(part) = part() else { return Ok(()) };
    let db = Database::connect(std::env::var(DATABASE)?).await?;
    if part == "killed" {
        // The database has committed, and nobody hears of it.
        let _wire = Wire::with(Others::Answer, |_| {
            say("committed");
            loop {
                std::thread::park();
            }
        });
        outbox::open(&db).await?;
        transaction(&db, async |txn| vote(txn, 1).await).await?;
    } else {
        let _wire = Wire::with(Others::Answer, |groups| {
            groups.iter().for_each(|group| say(&serde_json::to_string(group).expect("JSON")));
        });
        outbox::open(&db).await?;
        say("open");
    }
    Ok(())
}

#[tokio::test]
async fn a_process_killed_after_the_commit_leaves_nothing_stale_once_another_starts() -> Outcome {
    let world = World::new().await;
    let wire = Wire::new(Others::Answer);
    let database = world.url();
    let environment = [(DATABASE, database.as_str())];
    assert_eq!(votes(&world.db, 1).await?, 0);

    let mut killed = Process::start(A_PART, "killed", &environment)?;
    assert_eq!(killed.hear()?.as_deref(), Some("committed"));
    killed.kill()?;
    assert_eq!(votes(&world.db, 1).await?, 0, "it has told nobody");

    let mut restarted = Process::start(A_PART, "restarted", &environment)?;
    let mut heard = 0;
    loop {
        match restarted.hear()?.as_deref() {
            Some("open") => break,
            Some(group) => {
                wire.hear(&serde_json::from_str::<NamedGroup>(group)?);
                heard += 1;
            }
            None => return Err("it has ended before it was open".into()),
        }
    }
    assert!(heard > 0);
    assert_eq!(votes(&world.db, 1).await?, 7);
    assert_eq!(crate::rows(&world.db).await?.len(), 0);
    Ok(())
}
