//! Another process, and the link to it: what it changes, whether that is heard, and whether the link is trusted.
//!
//! What is heard must be seen at once. While the link is distrusted a change may be missed: then no call that begins more
//! than the bound after it may show what was before. When the link is trusted again, everything must be seen.

use super::change::{Known, Row};
use super::cx::Cx;
use super::group::{Group, Groups};
use super::query::BRIEF;
use super::record::Moment;
use super::report::invalidation;
use super::service::photo_named;
use super::trace::Trace;
use super::world::{Connection, Write, Written};
use gcache::Transaction;
use gcache::link::{Covers, Handle, Link, NamedGroup, link};
use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// For how long a value may be used that was computed in distrust: what an operation that lets time pass waits for.
const BOUND: Duration = BRIEF;

/// Who locks the rows that another process changes.
const OTHERS: usize = usize::MAX;

static LINK: LazyLock<Handle> = LazyLock::new(|| {
    let this = Link { name: "oracle", bound: BOUND, covers: Covers::All, transport: None };
    link(this).expect("it is the only one")
});

/// What happens on the link, one after the other.
static EVENTS: Mutex<()> = Mutex::new(());

/// What happens on the link.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// Another process changes something. A trusted link hears it.
    Change { change: Change, heard: bool },
    /// Something may be missed from here on.
    Distrust,
    /// All that was missed is known to have been, and nothing is from here on.
    Trust,
}

/// What another process changes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// Moves, inserts or deletes a photo, and names the groups of its rows.
    Photo { id: u32, to: Option<Row> },
    /// The same, and names the row, since it knows of no index.
    Row { id: u32, to: Option<Row> },
    /// What a feed or a tag shows.
    Content(Group),
    /// Nothing, and invalidates it.
    Nothing(Known),
}

/// A change that this process has not heard of.
#[derive(Debug)]
pub(crate) struct Missed {
    groups: Groups,
    written: Option<Written>,
    moment: Moment,
    acknowledged: Instant,
}

/// All that the link covers: what is not local.
fn covered() -> Groups {
    Groups::of(Group::all().filter(|group| group.is_shared()))
}

/// Has the link be trusted, as each program begins. What an earlier one has left is invalidated.
pub(crate) fn begin() {
    LINK.invalidate_all();
    LINK.trust();
}

/// Lets `event` happen.
pub(crate) async fn happen(cx: &Cx, event: Event) {
    cx.gate().await;
    let _one_at_a_time = EVENTS.lock().unwrap_or_else(PoisonError::into_inner);
    match event {
        Event::Change { change, heard } => changed(cx, change, heard),
        Event::Distrust => distrust(cx),
        Event::Trust => trust(cx),
    }
}

fn changed(cx: &Cx, change: Change, heard: bool) {
    let mut trace = cx.trace();
    let heard = heard || trace.is_link_trusted;
    let Some((known, written)) = trace.others_write(change) else { return };
    let groups = known.iter().fold(Groups::NONE, |groups, known| groups.and(known.ends()));
    let how = if heard { "" } else { ", unheard" };
    trace.say(cx.actor, || format!("another process: {change}{how}"));
    if !heard {
        let (moment, acknowledged) = (trace.moment(), Instant::now());
        return trace.missed.push(Missed { groups, written, moment, acknowledged });
    }
    let moment = trace.others_invalidate(groups);
    drop(trace);
    change.names(&known).iter().for_each(|group| LINK.invalidate(group));
    let mut trace = cx.trace();
    trace.invalidation_returned(groups, moment);
    written.into_iter().for_each(|written| trace.settle(written.groups, written.stamp));
}

fn distrust(cx: &Cx) {
    let mut trace = cx.trace();
    if !std::mem::take(&mut trace.is_link_trusted) {
        return;
    }
    trace.say(cx.actor, || "the link is distrusted".to_owned());
    let moment = trace.others_invalidate(covered());
    drop(trace);
    LINK.distrust();
    cx.trace().invalidation_returned(covered(), moment);
}

/// What was missed has been noticed, as by a count that does not match.
pub(crate) fn trust(cx: &Cx) {
    let mut trace = cx.trace();
    trace.say(cx.actor, || "the link is trusted".to_owned());
    let missed = std::mem::take(&mut trace.missed);
    if !missed.is_empty() {
        let moment = trace.others_invalidate(covered());
        drop(trace);
        LINK.invalidate_all();
        trace = cx.trace();
        trace.invalidation_returned(covered(), moment);
        missed.into_iter().for_each(|missed| trace.must_see(&missed));
    }
    drop(trace);
    LINK.trust();
    cx.trace().is_link_trusted = true;
}

impl Trace {
    /// The groups of what another process has changed, and the change; none where the row is locked.
    fn others_write(&mut self, change: Change) -> Option<(Vec<Known>, Option<Written>)> {
        let (rows, write, known) = match change {
            Change::Photo { id, to } => {
                let before = self.world.data(&Connection::default()).photo(id);
                let known = before.into_iter().chain(to).map(Known::Row).collect();
                (Groups::of([Group::Photo(id)]), Some(Write::Photo(id, to)), known)
            }
            Change::Row { id, to } => {
                let write = Write::Photo(id, to);
                (Groups::of([Group::Photo(id)]), Some(write), vec![Known::Key(id)])
            }
            Change::Content(group) => {
                let known = match group {
                    Group::Feed(reader) => Known::Feed(reader),
                    Group::Tag(tag) => Known::Tag(tag),
                    _ => return None,
                };
                (Groups::of([group]), Some(Write::Content(group)), vec![known])
            }
            Change::Nothing(known) => (Groups::NONE, None, vec![known]),
        };
        let free = self.world.lock(OTHERS, rows);
        self.world.unlock(OTHERS);
        let mut connection = Connection::default();
        free.then(|| (known, write.and_then(|write| self.world.write(&mut connection, write))))
    }

    /// Groups end that others have invalidated, inside of a transaction, too.
    fn others_invalidate(&mut self, groups: Groups) -> Moment {
        let moment = self.moment();
        groups.numbers().for_each(|number| self.begun.invalidations[number] = moment);
        moment
    }

    /// From here on everybody must see what was missed.
    fn must_see(&mut self, missed: &Missed) {
        for number in missed.groups.numbers() {
            let begun = &mut self.begun.invalidations[number];
            *begun = missed.moment.max(*begun);
        }
        self.invalidation_returned(missed.groups, missed.moment);
        let written = missed.written.as_ref();
        written.into_iter().for_each(|written| self.settle(written.groups, written.stamp));
    }

    /// A call begins: it must see what was acknowledged more than the bound ago.
    pub(crate) fn keep_the_bound(&mut self) {
        let now = Instant::now();
        let is_over = |missed: &Missed| now > missed.acknowledged + BOUND;
        let over: Vec<Missed> = self.missed.extract_if(.., |missed| is_over(missed)).collect();
        over.iter().for_each(|missed| self.must_see(missed));
    }
}

/// Until when a value of a run that `began` may be used, if it was computed in distrust.
pub(crate) fn deadline(began: Instant) -> Instant {
    began + BOUND
}

impl Change {
    /// What the other process tells: what this one would, or the row.
    fn names(self, known: &[Known]) -> Vec<NamedGroup> {
        if let Self::Row { id, .. } = self {
            return vec![photo_named("row", id)];
        }
        let told = Transaction::begin();
        told.enter(|| {
            for known in known {
                invalidation(*known);
            }
        });
        let names = told.named_groups();
        told.rollback();
        names
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, to, how) = match self {
            Self::Photo { id, to } => (id, to, ""),
            Self::Row { id, to } => (id, to, ", known by its row"),
            Self::Content(group) => return write!(f, "change {group}"),
            Self::Nothing(known) => return write!(f, "invalidate {known:?}"),
        };
        match to {
            Some(Row { user, album, .. }) => {
                write!(f, "put photo {id} of user {user} in album {album}{how}")
            }
            None => write!(f, "delete photo {id}{how}"),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change { change, heard: true } => write!(f, "another process: {change}"),
            Self::Change { change, heard: false } => {
                write!(f, "another process: {change}, unheard if the link is distrusted")
            }
            Self::Distrust => write!(f, "distrust the link"),
            Self::Trust => write!(f, "trust the link"),
        }
    }
}
