//! Notes of tenants, and what is asked of them at random: each answer from the cache is compared with what the
//! same connection says without it.

use gcache_sea_orm::{
    Cacheable as _, CachedEntity as _, Connection, ExecAndInvalidate as _, by_index, transaction,
};
use note::Entity as Note;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait as _, PaginatorTrait,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Set, TransactionError,
    TransactionTrait,
};
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

#[allow(unused_qualifications, unreachable_pub, reason = "SeaORM's derives have them")]
pub(crate) mod note {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, gcache::Invalidates)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        #[group(index)]
        pub tenant: String,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    gcache_sea_orm::cached_entity!();
}

/// Numbers at random, the same for the same seed.
pub(crate) struct Random(u64);

impl Random {
    /// Begins with the seed `GCACHE_SEED`, or one at random, and prints it.
    pub(crate) fn new() -> Self {
        let seed = number("GCACHE_SEED").unwrap_or_else(|| RandomState::new().hash_one(0) >> 16);
        println!("GCACHE_SEED={seed}");
        Self(seed)
    }

    /// A number below `end`. (`SplitMix64`.)
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub(crate) fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    fn id(&mut self) -> i64 {
        i64::try_from(1 + self.below(6)).expect("it is small")
    }

    pub(crate) fn tenant(&mut self) -> &'static str {
        if self.one_in(2) { "a" } else { "b" }
    }
}

/// How long to go on: `GCACHE_SECONDS`, or for so many rounds.
pub(crate) struct Rounds {
    until: Option<Instant>,
    left: u64,
}

impl Rounds {
    pub(crate) fn new(rounds: u64) -> Self {
        let until = number("GCACHE_SECONDS").map(|time| Instant::now() + Duration::from_secs(time));
        Self { until, left: rounds }
    }

    pub(crate) fn goes_on(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.until.map_or(self.left > 0, |until| Instant::now() < until)
    }
}

fn number(variable: &str) -> Option<u64> {
    let set = std::env::var(variable).ok()?;
    Some(set.parse().unwrap_or_else(|_| panic!("{variable} is a number, not `{set}`")))
}

/// Asks for something of the notes through `db`, with the cache and without.
async fn ask<C: Connection>(db: &C, random: &mut Random) {
    let notes = || Note::find().order_by_asc(note::Column::Id);
    let tenant = random.tenant();
    let of_tenant = || notes().filter(note::Column::Tenant.eq(tenant));
    let group = || by_index::<note::Model, _>(|note| &note.tenant, tenant);
    let all = async |notes: Select<Note>| notes.all(db).await;
    match random.below(7) {
        0 => {
            let id = random.id();
            let cached = Note::find_cached(db, id).await;
            assert_eq!(cached, Note::find_by_id(id).one(db).await, "by key");
        }
        1 => {
            let ids = [random.id(), random.id(), random.id()];
            let cached = Note::find_many_cached(db, ids).await;
            let asked = all(notes().filter(note::Column::Id.is_in(ids))).await;
            let at = |id: &i64| asked.as_ref().ok()?.iter().find(|note| note.id == *id).cloned();
            match cached {
                Ok(cached) => assert_eq!(cached, ids.iter().map(at).collect::<Vec<_>>(), "by keys"),
                Err(error) => assert_eq!(Err(error), asked, "by keys"),
            }
        }
        2 => assert_eq!(notes().cached().all(db).await.map(|all| all.to_vec()), all(notes()).await),
        3 => {
            let cached = of_tenant().cached_against(group()).all(db).await;
            assert_eq!(cached.map(|all| all.to_vec()), all(of_tenant()).await, "by index");
        }
        4 => assert_eq!(of_tenant().cached().one(db).await, of_tenant().one(db).await, "one"),
        5 => {
            let cached = of_tenant().cached_against(group()).count(db).await;
            let asked = PaginatorTrait::count(of_tenant(), db).await;
            assert_eq!(cached, asked, "count");
        }
        _ => {
            let cached = notes().lock_shared().cached().all(db).await;
            assert_eq!(cached.map(|all| all.to_vec()), all(notes().lock_shared()).await, "locking");
        }
    }
}

/// Changes something through `db`, if it may.
async fn write<C: ConnectionTrait>(db: &C, random: &mut Random) -> Result<(), DbErr> {
    let (id, tenant) = (random.id(), random.tenant().to_owned());
    let text = random.below(1_000).to_string();
    let new = <note::ActiveModel as sea_orm::ActiveModelTrait>::default();
    let note = note::ActiveModel { id: Set(id), ..new.clone() };
    match random.below(6) {
        0 => {
            let note = note::ActiveModel { tenant: Set(tenant), text: Set(text), ..note };
            note.insert(db).await.map(drop)
        }
        1 => note::ActiveModel { text: Set(text), ..note }.update(db).await.map(drop),
        2 => note::ActiveModel { tenant: Set(tenant), ..note }.update(db).await.map(drop),
        3 => note.delete(db).await.map(drop),
        4 => match Note::find_by_id(id).one(db).await? {
            Some(found) => {
                let note = note::ActiveModel { text: Set(text), ..found.into() };
                note.save(db).await.map(drop)
            }
            None => Ok(()),
        },
        _ => {
            let texts = Note::update_many().col_expr(note::Column::Text, text.into());
            let texts = texts.filter(note::Column::Tenant.eq(tenant));
            texts.exec_and_invalidate(db).await.map(drop)
        }
    }
}

/// Asks and changes some things through `db`.
pub(crate) async fn turn<C: Connection>(db: &C, random: &mut Random) -> Result<(), DbErr> {
    for _ in 0..=random.below(4) {
        if random.one_in(4) {
            write(db, random).await?;
        } else {
            ask(db, random).await;
        }
    }
    Ok(())
}

/// How many of the answers came from the cache so far.
pub(crate) fn hits() -> u64 {
    let functions = gcache::stats().functions;
    let of_notes = functions.iter().filter(|(name, _)| name.contains("notes::note"));
    of_notes.map(|(_, stats)| stats.hits).sum()
}

/// Does so inside of a transaction that begins with `begin`, and takes it back at times.
pub(crate) async fn transact<C>(db: &C, begin: Option<String>, random: &mut Random)
where
    C: TransactionTrait<Transaction: Connection + 'static>,
{
    // An error takes it back: of a write that is refused, for example.
    let done: Result<(), TransactionError<DbErr>> = transaction(db, async |txn| {
        if let Some(begin) = begin {
            txn.execute_unprepared(&begin).await?;
        }
        turn(txn, random).await?;
        if random.one_in(3) { Err(DbErr::Custom("taken back".to_owned())) } else { Ok(()) }
    })
    .await;
    drop(done);
}

/// Asks inside of a transaction that gcache does not know of, which has changed all notes and takes that back.
pub(crate) async fn look_unknown(
    db: &DatabaseConnection,
    random: &mut Random,
) -> Result<(), DbErr> {
    let txn = db.begin().await?;
    txn.execute_unprepared("UPDATE note SET text = 'never'").await?;
    for _ in 0..=random.below(3) {
        ask(&txn, random).await;
    }
    txn.rollback().await
}
