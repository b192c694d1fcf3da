//! A future that is dropped in the middle leaves its statement to the database, which finishes it. What it may
//! have changed ends at once, and is in doubt until the database is surely done.

mod common;

use common::{Database, in_doubt, is_fresh_at_last, poll_once};
use gcache::{cache_against, group, invalidates, stats};

/// How often the group `name` was left in doubt.
fn doubts(name: &str) -> u64 {
    let stats = stats();
    let group = stats.groups.iter().find(|group| group.name.ends_with(name));
    group.map_or(0, |group| group.doubts)
}

/// Drops `write` while the database is at it; somebody reads before the database is done. In the end
/// everyone reads what is there.
fn leave<W: Future>(database: &'static Database, write: W, read: impl Fn() -> u64) {
    in_doubt();
    assert_eq!(read(), 0);
    let mut write = Box::pin(write);
    poll_once(&mut write);
    drop(write);
    assert_eq!(read(), 0, "the database is not done");
    database.finish();
    is_fresh_at_last(|| read() == 1);
}

#[test]
fn groups_named_at_entry() {
    group!(Named: u64);
    static DATABASE: Database = Database::new();
    #[cache_against(Named(1))]
    fn read() -> u64 {
        DATABASE.read()
    }
    #[invalidates(Named(id))]
    async fn write(id: u64) {
        DATABASE.write(1).await;
    }
    leave(&DATABASE, write(1), read);
    assert_eq!(doubts("::Named"), 1);
}
