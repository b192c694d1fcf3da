//! The run of one program, from a world in which nothing is cached to the audit of what is left.

use super::ask::ask_and_compare;
use super::cx::{Cx, Gates, Planned};
use super::group::TAGS;
use super::link;
use super::perform::{Company, perform};
use super::program::{Mode, Program};
use super::query::Key;
use super::service::{self, Feed, Photo, User};
use super::trace::Trace;
use super::world::World;
use super::{tasks, threads};
use futures::FutureExt as _;
use gcache::{Invalidates as _, invalidate_tag};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What came of a program.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) violation: Option<String>,
    /// What happened, a line for each event, if it was asked for.
    pub(crate) lines: Vec<String>,
    pub(crate) calls: u64,
    pub(crate) runs: u64,
}

/// A trace that the actors of a program share.
pub(crate) type Shared = Arc<Mutex<Trace>>;

/// Caches, the switch and the clearing of all are the process's, so one program runs at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs are numbered through all programs: what one leaves is known in the next for what it is.
static NEXT_RUN: AtomicU64 = AtomicU64::new(1);

/// Runs `program`.
pub(crate) fn run(program: &Program, with_lines: bool) -> Outcome {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    forget_everything();
    let world = World::new(&program.rows, program.users, program.front);
    let exact = program.mode != Mode::Threads;
    let auditor = program.actors.len();
    let first_run = NEXT_RUN.load(Ordering::SeqCst);
    let mut trace = Trace::new(world, auditor + 1, first_run, exact);
    trace.lines = with_lines.then(Vec::new);
    let trace = Arc::new(Mutex::new(trace));
    match program.mode {
        Mode::Alone => alone(program, &trace),
        Mode::Tasks => tasks::run(program, &trace),
        Mode::Threads => threads::run(program, &trace),
    }
    gcache::set_enabled(true);
    audit(&trace, auditor);
    let mut trace = lock(&trace);
    NEXT_RUN.store(trace.next_run(), Ordering::SeqCst);
    Outcome {
        violation: trace.violation.take(),
        lines: trace.lines.take().unwrap_or_default(),
        calls: trace.calls,
        runs: trace.next_run() - first_run,
    }
}

pub(crate) fn lock(trace: &Shared) -> std::sync::MutexGuard<'_, Trace> {
    trace.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends all that an earlier program has cached, in two ways: one of them may be what is broken.
fn forget_everything() {
    gcache::set_enabled(true);
    // A value that is computed in doubt has a deadline, and hits look at it anew each time: what is to be
    // judged here is what they do without. Doubts are what `leavers` is about.
    gcache::set_doubt(Duration::ZERO);
    Photo::invalidate_all();
    User::invalidate_all();
    Feed::invalidate_all();
    service::invalidate_rates();
    for tag in 0..TAGS {
        invalidate_tag(service::tag(tag));
    }
    gcache::clear();
    link::begin();
}

/// Carries out the operations of the only actor.
fn alone(program: &Program, trace: &Shared) {
    let cx = Cx::new(0, Arc::clone(trace), Gates::Open);
    for op in program.actors.iter().flatten() {
        catch(&cx, || cx.now(perform(&cx, Company::Alone, op)));
        if lock(trace).violation.is_some() {
            return;
        }
    }
}

/// Asks once more for all that was asked for, when everybody has gone: what is left must be right.
fn audit(trace: &Shared, auditor: usize) {
    let keys: Vec<Key> = {
        let mut trace = lock(trace);
        trace.enabled = true;
        trace.step += 1;
        let mut keys: Vec<Key> = trace.used.iter().copied().collect();
        keys.sort_by_key(|key| format!("{key:?}"));
        keys
    };
    let cx = Cx::new(auditor, Arc::clone(trace), Gates::Open);
    link::trust(&cx);
    for key in keys {
        if lock(trace).violation.is_some() {
            return;
        }
        catch(&cx, || ask_and_compare(&cx, key.how, key.query).now_or_never());
    }
}

/// Runs `work`, of which only a planned panic may come.
pub(crate) fn catch<R>(cx: &Cx, work: impl FnOnce() -> R) -> Option<R> {
    let result = catch_unwind(AssertUnwindSafe(work));
    result.map_err(|panic| note_panic(cx, &*panic)).ok()
}

fn note_panic(cx: &Cx, panic: &(dyn Any + Send)) {
    if panic.is::<Planned>() {
        return;
    }
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a message");
    cx.trace().violate(cx.actor, &format!("panics: {text}"));
}

#[cfg(test)]
mod tests {
    use super::super::change::{Known, Row};
    use super::super::link::{Change, Event};
    use super::super::op::Op;
    use super::super::world::Write;
    use super::*;
    use crate::oracle::query::{How, Query};

    const PHOTO: Row = Row { id: 0, user: 1, album: 1 };
    const PAGE: Key = Key { query: Query::Page(0), how: How::Sync };

    /// What is found where a program asks for a page, `between` happens, and it asks again.
    fn found(between: impl FnOnce(&Cx)) -> Option<String> {
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        forget_everything();
        let world = World::new(&[PHOTO], 0, 0);
        let first_run = NEXT_RUN.load(Ordering::SeqCst);
        let trace = Arc::new(Mutex::new(Trace::new(world, 2, first_run, true)));
        let cx = Cx::new(0, Arc::clone(&trace), Gates::Open);
        let ask = || cx.now(ask_and_compare(&cx, PAGE.how, PAGE.query));
        ask();
        between(&cx);
        ask();
        let mut trace = lock(&trace);
        NEXT_RUN.store(trace.next_run(), Ordering::SeqCst);
        trace.violation.take()
    }

    fn write(cx: &Cx) -> super::super::world::Written {
        let trace = &mut *cx.trace();
        let moved = Write::Photo(PHOTO.id, Some(Row { user: 2, ..PHOTO }));
        let written = trace.world.write(&mut trace.actors[cx.actor].connection, moved);
        written.expect("there is no transaction")
    }

    #[test]
    fn nothing_is_found_where_nothing_is_wrong() {
        assert_eq!(found(|_| ()), None);
        let invalidate = Op::Invalidate(Known::Key(0));
        assert_eq!(found(|cx| cx.now(perform(cx, Company::Alone, &invalidate))), None);
    }

    /// For the oracle it is as if gcache had lost an invalidation.
    #[test]
    fn a_change_that_nobody_reports_is_found() {
        let violation = found(|cx| {
            write(cx);
        });
        let violation = violation.expect("the second answer is old");
        assert!(violation.contains("not what the uncached function gives"), "{violation}");
        let violation = found(|cx| {
            let written = write(cx);
            cx.trace().settle(written.groups, written.stamp);
        });
        let violation = violation.expect("the second answer is old");
        assert!(violation.contains("read Photo(0) at write 0"), "{violation}");
        let violation = found(|cx| {
            let groups = Known::Row(PHOTO).ends();
            let moment = cx.trace().invalidation_begins(cx.actor, groups);
            cx.trace().invalidation_returned(groups, moment);
        });
        let violation = violation.expect("the second answer is of before the invalidation");
        assert!(violation.contains("began before an invalidation of"), "{violation}");
    }

    fn on_link(cx: &Cx, events: &[Event]) {
        for event in events {
            cx.now(perform(cx, Company::Alone, &Op::Link(*event)));
        }
    }

    const CHANGED: Event = Event::Change {
        change: Change::Photo { id: 0, to: Some(Row { user: 2, ..PHOTO }) },
        heard: false,
    };

    #[test]
    fn a_change_of_another_process_may_be_missed_for_the_bound() {
        let seen = |cx: &Cx| on_link(cx, &[CHANGED]);
        assert_eq!(found(seen), None, "a trusted link hears it");
        let missed = |cx: &Cx| on_link(cx, &[Event::Distrust, CHANGED]);
        assert_eq!(found(missed), None);
        let over = |cx: &Cx| {
            on_link(cx, &[Event::Distrust]);
            cx.now(ask_and_compare(cx, PAGE.how, PAGE.query));
            on_link(cx, &[CHANGED]);
            cx.now(perform(cx, Company::Alone, &Op::Expire));
        };
        assert_eq!(found(over), None);
        let trusted = |cx: &Cx| on_link(cx, &[Event::Distrust, CHANGED, Event::Trust]);
        assert_eq!(found(trusted), None);
    }

    /// For the oracle it is as if gcache had gone on to trust the link.
    #[test]
    fn a_value_that_is_older_than_the_bound_is_found() {
        let violation = found(|cx| {
            cx.trace().is_link_trusted = false;
            on_link(cx, &[CHANGED]);
            cx.now(perform(cx, Company::Alone, &Op::Expire));
        });
        let violation = violation.expect("the second answer is old");
        assert!(violation.contains("began before an invalidation of"), "{violation}");
    }

    /// For the oracle it is as if gcache had ended too much.
    #[test]
    fn an_end_that_nothing_called_for_is_found() {
        let violation = found(|_| {
            service::invalidate_photo(0);
        });
        let violation = violation.expect("the second call computes");
        assert!(violation.contains("nothing has ended the entry"), "{violation}");
    }
}
