//! The table `gcache_outbox`.

use gcache::Invalidated;
use gcache::link::{self, NamedGroup, Unreachable};
use sea_orm::sea_query::{ColumnDef, Expr, ExprTrait as _, Query, Table};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, PoisonError, RwLock};

const TABLE: &str = "gcache_outbox";
const ID: &str = "id";
const INVALIDATED: &str = "invalidated";

/// How many rows are read, or deleted, by one statement.
const ROWS: usize = 500;

/// How many groups a row names. One more, and it names everything.
const GROUPS: usize = 10_000;

/// The databases of this process that have an outbox.
static OPEN: RwLock<Vec<DatabaseConnection>> = RwLock::new(Vec::new());

/// Whether transactions write rows: there is an outbox, and somebody to tell.
pub(super) fn is_open() -> bool {
    let is_open = !OPEN.read().unwrap_or_else(PoisonError::into_inner).is_empty();
    is_open && link::is_linked()
}

/// Opens the outbox of a database: makes the table `gcache_outbox` if it is missing, and [replays](replay) what others have
/// left there. From now on each [`transaction`](crate::transaction) of this process writes there what it invalidates.
///
/// To be called once, at the start, after the link was made. Returns how many rows were replayed. A program that may make no
/// tables finds one that a migration has made: `id VARCHAR(64) PRIMARY KEY`, `invalidated TEXT`, neither of them null.
///
/// # Errors
///
/// The database's; and as [`replay`].
pub async fn open(db: &DatabaseConnection) -> Result<usize, DbErr> {
    // `IF NOT EXISTS` is refused to who may make no tables, also where there is one.
    if look(db, 0).await.is_err() {
        let made = make(db).await;
        // PostgreSQL lets one of several processes make it at a time, and the others fail.
        if look(db, 0).await.is_err() {
            made?;
        }
    }
    OPEN.write().unwrap_or_else(PoisonError::into_inner).push(db.clone());
    replay(db).await
}

async fn make(db: &DatabaseConnection) -> Result<(), DbErr> {
    let text = |name: &str| ColumnDef::new(name.to_owned()).not_null().to_owned();
    let table = Table::create()
        .table(TABLE)
        .if_not_exists()
        .col(text(ID).string_len(64).primary_key())
        .col(text(INVALIDATED).text())
        .to_owned();
    db.execute(&table).await.map(drop)
}

/// Reads so many rows.
async fn look(db: &DatabaseConnection, rows: usize) -> Result<Vec<QueryResult>, DbErr> {
    let rows = Query::select().columns([ID, INVALIDATED]).from(TABLE).limit(rows as u64).to_owned();
    db.query_all(&rows).await
}

/// Invalidates what is in the outbox, here and in the other processes, and deletes it once they can hear of it. Returns how many
/// rows that were.
///
/// Rows of transactions that are being told just now are among them: they are told twice, which does no harm. Without a
/// link nobody could be told, so nothing is done.
///
/// # Errors
///
/// The database's. [`DbErr::Custom`] if the others cannot be reached: the rows stay.
pub async fn replay(db: &DatabaseConnection) -> Result<usize, DbErr> {
    let mut replayed = 0;
    while link::is_linked() {
        let rows = look(db, ROWS).await?;
        if rows.is_empty() {
            break;
        }
        let mut ids = Vec::new();
        let mut groups = Vec::new();
        for row in rows {
            ids.push(row.try_get::<String>("", ID)?.into_boxed_str());
            groups.extend(read(&row.try_get::<String>("", INVALIDATED)?));
        }
        if !groups.is_empty() && !is_told(link::invalidate(&groups)).await {
            return Err(DbErr::Custom(Unreachable.to_string()));
        }
        delete(db, &ids).await?;
        replayed += ids.len();
    }
    Ok(replayed)
}

/// Waits until others can hear of an invalidation. Not where nobody was told, since the link is gone meanwhile.
pub(super) async fn is_told(invalidated: Invalidated) -> bool {
    matches!(link::acknowledged(invalidated).await, Ok(Some(_)))
}

/// The groups of a row. What cannot be read may have been any group.
fn read(json: &str) -> Vec<NamedGroup> {
    serde_json::from_str(json).unwrap_or_else(|_| vec![NamedGroup::all()])
}

/// Writes a row, and returns its id.
pub(super) async fn insert(
    db: &impl ConnectionTrait,
    groups: &[NamedGroup],
) -> Result<Box<str>, DbErr> {
    let all = [NamedGroup::all()];
    let groups = if groups.len() > GROUPS { &all } else { groups };
    let groups = serde_json::to_string(groups).map_err(|error| DbErr::Json(error.to_string()))?;
    let id = new_id();
    let row = Query::insert()
        .into_table(TABLE)
        .columns([ID, INVALIDATED])
        .values_panic([id.as_str().into(), groups.into()])
        .to_owned();
    db.execute(&row).await?;
    Ok(id.into_boxed_str())
}

/// Deletes rows, in whichever of the databases they are. Where one fails they stay, until they are replayed.
pub(super) async fn delete_anywhere(ids: &[Box<str>]) {
    let open = OPEN.read().unwrap_or_else(PoisonError::into_inner).clone();
    for db in open {
        let _ = delete(&db, ids).await;
    }
}

async fn delete(db: &DatabaseConnection, ids: &[Box<str>]) -> Result<(), DbErr> {
    for ids in ids.chunks(ROWS) {
        let ids = ids.iter().map(|id| &**id);
        let rows = Query::delete().from_table(TABLE).and_where(Expr::col(ID).is_in(ids)).to_owned();
        db.execute(&rows).await?;
    }
    Ok(())
}

/// An id that no other row has, of any process.
fn new_id() -> String {
    /// Random, once for a process.
    static PROCESS: LazyLock<[u64; 2]> =
        LazyLock::new(|| [(); 2].map(|()| RandomState::new().build_hasher().finish()));
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let [first, second] = *PROCESS;
    format!("{first:016x}{second:016x}-{:x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_everything() {
        for json in ["", "no JSON", "{}", "7", r#"["shop.book"]"#, "[7]"] {
            assert_eq!(read(json), [NamedGroup::all()], "{json}");
        }
        assert_eq!(read("[]"), []);
        assert_eq!(read(r#"[["shop.book", "*"]]"#), [NamedGroup::everything_of("shop.book")]);
    }

    #[test]
    fn ids_differ() {
        assert_ne!(new_id(), new_id());
        assert!(new_id().len() <= 64);
    }
}
