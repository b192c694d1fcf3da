//! A process that is killed between the commit and the invalidation, and the one that comes after it.
//!
//! Each of them is this test once more, with its part in the environment. Their links end in their output.

use crate::common::World;
use crate::common::entities::film;
use crate::wire::{Others, Wire};
use crate::{Outcome, vote};
use gcache::cache_against;
use gcache::link::NamedGroup;
use gcache_sea_orm::{outbox, transaction};
use sea_orm::{ConnectionTrait, Database, DbErr, EntityTrait as _};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The part of a process, and its database.
const PART: &str = "GCACHE_OUTBOX_PART";
const DATABASE: &str = "GCACHE_OUTBOX_DATABASE";

/// What a line of a process begins with, among those of the test that it is.
const SAYS: &str = "outbox says ";

#[cache_against(film::Model(id), skip(db))]
async fn votes(db: &impl ConnectionTrait, id: i64) -> Result<i64, DbErr> {
    Ok(film::Entity::find_by_id(id).one(db).await?.expect("it is there").votes)
}

fn say(what: &str) {
    // The harness writes the name of a test without an end of the line.
    let mut output = std::io::stdout().lock();
    writeln!(output, "\n{SAYS}{what}").and_then(|()| output.flush()).expect("the test reads it");
}

/// Another process with a part.
struct Process {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(part: &str, database: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--exact", "crash::a_part", "--nocapture"])
            .env(PART, part)
            .env(DATABASE, database)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("it has an output")?);
        Ok(Self { child, output })
    }

    /// What it says next; `None` at its end.
    fn hear(&mut self) -> Result<Option<String>, Box<dyn std::error::Error>> {
        let mut line = String::new();
        while self.output.read_line(&mut line)? > 0 {
            if let Some(said) = line.trim_end().strip_prefix(SAYS) {
                return Ok(Some(said.to_owned()));
            }
            line.clear();
        }
        Ok(None)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be over.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Not a test, but what the other processes do.
#[tokio::test]
async fn a_part() -> Outcome {
    let Ok(part) = std::env::var(PART) else { return Ok(()) };
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
    assert_eq!(votes(&world.db, 1).await?, 0);

    let mut killed = Process::start("killed", &database)?;
    assert_eq!(killed.hear()?.as_deref(), Some("committed"));
    killed.child.kill()?;
    killed.child.wait()?;
    assert_eq!(votes(&world.db, 1).await?, 0, "it has told nobody");

    let mut restarted = Process::start("restarted", &database)?;
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
