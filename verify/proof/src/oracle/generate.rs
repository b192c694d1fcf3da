//! Programs by chance: few keys, few functions, much conflict.

use super::change::{Known, Row};
use super::group::{ALBUMS, FEEDS, Group, PHOTOS, TAGS, USERS};
use super::link::{Change, Event};
use super::op::{By, Op, TxEnd, TxKind, Way};
use super::program::{Mode, Program, Turn, What};
use super::query::{How, Key, Query};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

/// The program of a seed, in the given mode or in one that the seed says.
pub(crate) fn generate(seed: u64, mode: Option<Mode>) -> Program {
    let mut rng = StdRng::seed_from_u64(seed);
    // Drawn in any case, so that the rest does not depend on it. Threads are slow.
    let drawn = match rng.random_range(0..20) {
        0..8 => Mode::Alone,
        8..19 => Mode::Tasks,
        _ => Mode::Threads,
    };
    let is_linked = seed.is_multiple_of(4);
    Draw::new(rng, mode.unwrap_or(drawn), is_linked).program()
}

/// What a program draws from.
struct Draw {
    rng: StdRng,
    mode: Mode,
    /// Whether another process changes the same world.
    is_linked: bool,
    /// What it asks for.
    keys: Vec<Key>,
    /// The photos that it changes most.
    photos: [u32; 2],
}

impl Draw {
    fn new(mut rng: StdRng, mode: Mode, is_linked: bool) -> Self {
        let photos = [rng.random_range(0..PHOTOS), rng.random_range(0..PHOTOS)];
        let mut draw = Self { rng, mode, is_linked, keys: Vec::new(), photos };
        let count = draw.rng.random_range(1..=4);
        draw.keys = (0..count).map(|_| draw.any_key()).collect();
        draw
    }

    fn program(mut self) -> Program {
        let rows = (0..PHOTOS)
            .filter(|_| self.chance(0.7))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|id| Row { id, user: self.user(), album: self.album() })
            .collect();
        let (users, front) = (self.rng.random_range(0..8), self.rng.random_range(0..16));
        let actors = match self.mode {
            Mode::Alone => vec![self.ops(4..=24, 0)],
            Mode::Tasks | Mode::Threads => {
                (0..self.rng.random_range(2..=3)).map(|_| self.ops(1..=5, 0)).collect::<Vec<_>>()
            }
        };
        let schedule = self.schedule(actors.len());
        Program { mode: self.mode, rows, users, front, actors, schedule }
    }

    fn schedule(&mut self, actors: usize) -> Vec<Turn> {
        if self.mode == Mode::Alone {
            return Vec::new();
        }
        let turns = self.rng.random_range(0..60);
        let stays = self.rng.random_range(0.0..0.9);
        let mut actor = 0;
        let mut turn = || {
            if !self.chance(stays) {
                actor = self.rng.random_range(0..actors);
            }
            let what = match self.rng.random_range(0..100) {
                0..3 => What::IsDropped,
                3 => What::Panics,
                _ => What::GoesOn,
            };
            Turn { actor, what }
        };
        (0..turns).map(|_| turn()).collect()
    }

    fn ops(&mut self, count: std::ops::RangeInclusive<usize>, depth: usize) -> Vec<Op> {
        let count = self.rng.random_range(count);
        (0..count).map(|_| self.op(depth)).collect()
    }

    fn op(&mut self, depth: usize) -> Op {
        if self.is_linked && self.chance(0.25) {
            return self.on_link();
        }
        match self.rng.random_range(0..1000) {
            0..520 => Op::Ask(self.key()),
            520..540 => {
                Op::Bypass(self.key(), if self.chance(0.5) { Way::Option } else { Way::Scope })
            }
            540..680 => self.moved(),
            680..710 => Op::Insert { id: self.photo(), user: self.user(), album: self.album() },
            710..740 => Op::Delete { id: self.photo(), by_key: self.chance(0.3) },
            740..775 => Op::Bulk(self.bulk()),
            775..780 => Op::MoveAll,
            780..810 => Op::User { id: self.user(), there: self.chance(0.6) },
            810..825 => Op::Front(self.rng.random_range(0..16)),
            825..860 => Op::Content(self.content()),
            860..910 => Op::Invalidate(self.known()),
            910..915 => Op::Spoil { id: self.photo(), user: self.user() },
            915..935 => Op::Clear(self.chance(0.8).then(|| self.key())),
            935..950 => Op::Enable(self.chance(0.5)),
            950..953 => Op::Expire,
            953..957 => Op::Noise(self.rng.random_range(60..140)),
            // Rarely, since it takes as long as many programs.
            957 if self.chance(0.1) => Op::Outlive(self.lasting()),
            958..970 if depth == 0 => self.scope(),
            _ if depth < 2 => self.transaction(depth),
            _ => Op::Ask(self.key()),
        }
    }

    fn transaction(&mut self, depth: usize) -> Op {
        let (how, end) = (self.how(), self.end());
        Op::Transaction { kind: TxKind::Database, how, ops: self.ops(1..=4, depth + 1), end }
    }

    /// A scope, as it is around a request: transactions, what is asked beside them, and groups that are
    /// invalidated for no change.
    fn scope(&mut self) -> Op {
        let (how, end) = (self.how(), self.end());
        let mut op = || match self.rng.random_range(0..10) {
            0..4 => self.transaction(0),
            4 => Op::Invalidate(self.known()),
            _ => Op::Ask(self.key()),
        };
        let ops = (0..4).map(|_| op()).collect();
        Op::Transaction { kind: TxKind::Scope, how, ops, end }
    }

    fn on_link(&mut self) -> Op {
        Op::Link(match self.rng.random_range(0..10) {
            0..6 => Event::Change { change: self.by_others(), heard: self.chance(0.4) },
            6..8 => Event::Distrust,
            8 => Event::Trust,
            // Beyond the bound.
            _ => return Op::Expire,
        })
    }

    fn by_others(&mut self) -> Change {
        let id = self.photo();
        let to = Row { id, user: self.user(), album: self.album() };
        let to = self.chance(0.8).then_some(to);
        match self.rng.random_range(0..8) {
            0..4 => Change::Photo { id, to },
            4..6 => Change::Row { id, to },
            6 => match self.content() {
                Group::Rates => Change::Content(Group::Tag(1)),
                group => Change::Content(group),
            },
            _ => match self.known() {
                Known::Rates => Change::Nothing(Known::AllPhotos),
                known => Change::Nothing(known),
            },
        }
    }

    fn how(&mut self) -> How {
        if self.chance(0.3) { How::Sync } else { How::Async }
    }

    fn end(&mut self) -> TxEnd {
        match self.rng.random_range(0..5) {
            0..2 => TxEnd::Commit,
            2..4 => TxEnd::Rollback,
            _ => TxEnd::Drop { committed: self.chance(0.5) },
        }
    }

    fn moved(&mut self) -> Op {
        let by = [By::Method, By::SyncMethod, By::Edit, By::Edit, By::Method, By::Key, By::Rows];
        let by = *by.choose(&mut self.rng).unwrap_or(&By::Method);
        Op::Move { id: self.photo(), user: self.user(), album: self.album(), by }
    }

    fn bulk(&mut self) -> Known {
        match self.rng.random_range(0..7) {
            0..3 => Known::OfUser(self.user()),
            3..5 => Known::InAlbum(self.album()),
            5 => Known::OfUserInAlbum(self.user(), self.album()),
            _ => Known::AllPhotos,
        }
    }

    fn content(&mut self) -> Group {
        match self.rng.random_range(0..4) {
            0 => Group::Feed(self.rng.random_range(0..FEEDS)),
            1 => Group::Tag(self.rng.random_range(1..TAGS)),
            _ => Group::Rates,
        }
    }

    fn known(&mut self) -> Known {
        match self.rng.random_range(0..16) {
            0..3 => Known::Row(Row { id: self.photo(), user: self.user(), album: self.album() }),
            3..5 => Known::Key(self.photo()),
            5..9 => self.bulk(),
            9..11 => Known::User(self.user()),
            11 => Known::AllUsers,
            12 => Known::Feed(self.rng.random_range(0..FEEDS)),
            13 => Known::AllFeeds,
            14 => Known::Rates,
            _ => Known::Tag(self.rng.random_range(0..TAGS)),
        }
    }

    /// Mostly one of the few that the program is about; where others of the same function may be in its
    /// way, any of them.
    fn key(&mut self) -> Key {
        let known = self.keys.choose(&mut self.rng).copied();
        let other = self.chance(0.1).then(|| self.any_key());
        let key = other.or(known).unwrap_or(Key { query: Query::Everything, how: How::Sync });
        let query = match key.query {
            Query::Tiny(_) => Query::Tiny(self.rng.random_range(0..PHOTOS)),
            Query::Heavy(_) => Query::Heavy(self.rng.random_range(0..PHOTOS)),
            Query::Choosy(_) => Query::Choosy(self.rng.random_range(0..PHOTOS)),
            Query::Idle(_) => Query::Idle(self.rng.random_range(0..PHOTOS)),
            other => other,
        };
        Key { query, ..key }
    }

    fn lasting(&mut self) -> Key {
        let how = if self.mode == Mode::Threads { How::Sync } else { How::Async };
        Key { query: Query::Lasting(self.photo()), how }
    }

    fn any_key(&mut self) -> Key {
        let argument = if self.chance(0.7) { self.photo() } else { self.rng.random_range(0..12) };
        let query = *Query::each(argument).choose(&mut self.rng).unwrap_or(&Query::Everything);
        let sync = match self.mode {
            Mode::Alone => 0.5,
            Mode::Tasks => 0.15,
            Mode::Threads => 1.0,
        };
        Key { query, how: if self.chance(sync) { How::Sync } else { How::Async } }
    }

    fn photo(&mut self) -> u32 {
        if self.chance(0.8) {
            self.photos[usize::from(self.chance(0.3))]
        } else {
            self.rng.random_range(0..PHOTOS)
        }
    }

    fn user(&mut self) -> u32 {
        if self.chance(0.4) { 0 } else { self.rng.random_range(0..USERS) }
    }

    fn album(&mut self) -> u32 {
        self.rng.random_range(0..ALBUMS)
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.rng.random_bool(probability)
    }
}
