//! What runs on this thread: the cached body that is running, and how calls are to behave.
//!
//! A frame belongs to one computation. It is current on a thread while that thread polls or runs the body. So the frame
//! learns of each call that the body makes, across awaits and executor threads, and of none that another task makes.

use crate::clock::Timestamp;
use crate::generations::{
    Deadline, Dependencies, DependencySet, Generations, Node, PendingInvalidations,
};
use crate::sync::{Arc, Mutex, Weak, thread_local};
use crate::thread;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::time::Instant;

/// What a running body has been found to depend on.
///
/// In one allocation with the flight `F` whose leader runs the body, if one does: a frame whose flight is of any type
/// is a frame as any other.
#[derive(Debug)]
pub(crate) struct Frame<F: ?Sized = dyn Any + Send + Sync> {
    /// The body that was running when this one began. It may end before this one: what it began may be handed on, from
    /// body to body without end.
    parent: Option<Weak<Frame>>,
    /// Other bodies that poll this one: a future may be begun outside of the body that awaits it.
    others: Mutex<Vec<Weak<Frame>>>,
    found: Mutex<DependencySet>,
    pub(crate) flight: F,
}

/// What a body was found to depend on.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) dependencies: Dependencies,
    /// Whether something that it learned to depend on was invalidated after it began.
    pub(crate) outdated: bool,
    /// The earliest deadline of the cached values that it used, and of its doubts.
    pub(crate) deadline: Deadline,
    /// When it began.
    pub(crate) since: Timestamp,
}

impl<F> Frame<F> {
    /// A frame for a body that is about to begin, under the generations that `collect` takes.
    pub(crate) fn new(flight: F, collect: &dyn Fn(&mut DependencySet)) -> Arc<Self> {
        let (parent, found) = begin(collect);
        Arc::new(Self { parent, others: Mutex::default(), found, flight })
    }
}

/// The body that is running here, and what another depends on that is about to begin, under the generations that
/// `collect` takes.
fn begin(collect: &dyn Fn(&mut DependencySet)) -> (Option<Weak<Frame>>, Mutex<DependencySet>) {
    let mut found = DependencySet::new();
    collect(&mut found);
    found.body_begins();
    (with_context(|context| context.frame.as_ref().map(Arc::downgrade)), Mutex::new(found))
}

impl<F: ?Sized> Frame<F> {
    /// Tells frames apart, whatever their flight is.
    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// When the body began.
    pub(crate) fn since(&self) -> Timestamp {
        self.found.lock().since()
    }

    /// An empty set, for late dependencies.
    pub(crate) fn late(&self) -> DependencySet {
        self.found.lock().late()
    }

    /// Notes something that the body depends on.
    pub(crate) fn note(&self, note: impl FnOnce(&mut DependencySet)) {
        note(&mut self.found.lock());
    }

    /// Notes the use of a cached value, which may be `outdated`.
    pub(crate) fn note_use(
        &self,
        dependencies: &Dependencies,
        deadline: Option<&Deadline>,
        outdated: bool,
    ) {
        let node = dependencies.node();
        let mut found = self.found.lock();
        found.list(node);
        if outdated {
            found.taint();
        }
        if let Some(deadline) = deadline {
            // mutant: doubt-not-inherited
            // mutant: nested-deadline-lost
            found.inherit(*deadline);
        }
    }

    /// Whether all that was found so far still lives, and what was in doubt may still be used.
    pub(crate) fn is_alive(&self) -> bool {
        let found = self.found.lock();
        // mutant: doubtful-flight-joined
        !found.is_tainted() && found.are_alive() && found.deadline().is_given_now()
    }

    /// What was found so far, if other processes may have the value.
    pub(crate) fn shareable(&self) -> Option<(Generations, Vec<Arc<Node>>)> {
        self.found.lock().shareable()
    }

    /// Until when the value may be kept, as far as is known.
    pub(crate) fn kept(&self) -> Option<Instant> {
        self.found.lock().deadline().kept()
    }

    /// What was found, once the body has returned. The frame keeps it, for those who would join.
    pub(crate) fn findings(&self) -> Findings {
        let is_used = self.parent.is_some() || !self.others.lock().is_empty();
        let mut found = self.found.lock();
        Findings {
            dependencies: found.dependencies(is_used),
            outdated: found.is_tainted(),
            deadline: found.deadline(),
            since: found.since(),
        }
    }

    /// Tells the bodies that wait for this one what it was found to depend on.
    pub(crate) fn tell_callers(&self) {
        let callers = self.callers();
        if callers.is_empty() {
            return;
        }
        let (node, deadline, tainted_since) = {
            let mut found = self.found.lock();
            (found.node(), found.deadline(), found.tainted_since())
        };
        for caller in callers {
            let mut found = caller.found.lock();
            found.list(&node);
            found.take_over(deadline, tainted_since);
        }
    }

    /// The bodies that wait for this one.
    fn callers(&self) -> Vec<Arc<Frame>> {
        let others = self.others.lock();
        self.parent.iter().chain(others.iter()).filter_map(Weak::upgrade).collect()
    }
}

impl Frame {
    /// Notes that the body that is running here waits for this one.
    fn note_caller(self: &Arc<Self>, here: &Arc<Self>) {
        let is_here = |known: &Weak<Self>| std::ptr::addr_eq(known.as_ptr(), Arc::as_ptr(here));
        if self.parent.as_ref().is_some_and(is_here) || Arc::ptr_eq(self, here) {
            return;
        }
        let mut others = self.others.lock();
        // A caller of a caller as well: the one between may have ended, and told what it had found until then.
        if !others.iter().any(is_here) {
            others.retain(|other| other.strong_count() > 0);
            others.push(Arc::downgrade(here));
        }
    }

    /// This frame and those whose bodies wait for it.
    pub(crate) fn chain(self: &Arc<Self>) -> Vec<Arc<Self>> {
        let mut chain = vec![Arc::clone(self)];
        let mut next = 0;
        while let Some(frame) = chain.get(next) {
            for caller in frame.callers() {
                if !chain.iter().any(|known| Arc::ptr_eq(known, &caller)) {
                    chain.push(caller);
                }
            }
            next += 1;
        }
        chain
    }
}

/// How cached calls on this thread are to behave.
#[derive(Clone, Debug, Default)]
struct Context {
    frame: Option<Arc<Frame>>,
    transaction: Option<Arc<PendingInvalidations>>,
    bypass: bool,
    /// Whether a body is running here that merely wakes what is polled.
    passing: bool,
}

/// What a context asks of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// No more than a lookup.
    Default,
    /// To note in the frame of a body what the lookup finds.
    Body,
    /// More than that.
    Special,
}

impl Context {
    fn kind(&self) -> Kind {
        match self {
            Self { transaction: Some(_), .. } | Self { bypass: true, .. } => Kind::Special,
            Self { frame: Some(_), .. } => Kind::Body,
            Self { .. } => Kind::Default,
        }
    }
}

thread_local! {
    /// Has no destructor, so that it can be read at any time in a thread's life.
    static KIND: Cell<Kind> = const { Cell::new(Kind::Default) };

    /// Has no destructor, so that a transaction defers and a body learns what it depends on at any time
    /// in a thread's life. Outside of all scopes there is nothing in it to drop.
    static CONTEXT: RefCell<ManuallyDrop<Context>> = const {
        RefCell::new(ManuallyDrop::new(Context { frame: None, transaction: None, bypass: false, passing: false }))
    };
}

/// Whether nothing on this thread asks for more than a plain lookup.
#[inline]
pub(crate) fn is_default() -> bool {
    KIND.with(Cell::get) == Kind::Default
}

/// Whether a body runs on this thread, and no transaction and no bypass asks for more than a lookup.
#[inline]
pub(crate) fn is_body() -> bool {
    KIND.with(Cell::get) == Kind::Body
}

/// The frame of the body that is running here.
pub(crate) fn current() -> Option<Arc<Frame>> {
    with_context(|context| context.frame.clone())
}

/// Shows the frame of the body that is running here, if there is one, to `note`.
pub(crate) fn with_frame(note: impl FnOnce(&Frame)) {
    with_context(|context| context.frame.as_deref().map(note));
}

/// The transaction that defers invalidations here.
pub(crate) fn transaction() -> Option<Arc<PendingInvalidations>> {
    let is_special = KIND.with(Cell::get) == Kind::Special;
    if is_special { with_context(|context| context.transaction.clone()) } else { None }
}

/// Whether calls are to compute without reading or storing.
pub(crate) fn is_bypassed() -> bool {
    with_context(|context| context.bypass)
}

/// Whether a body is running here that merely wakes what is polled: it does not wait for that.
pub(crate) fn is_passing() -> bool {
    with_context(|context| context.passing)
}

/// Whether generations can be taken and entries stored: not in a destructor at the end of a thread.
pub(crate) fn is_available() -> bool {
    !thread::is_ending()
}

fn with_context<R>(read: impl FnOnce(&Context) -> R) -> R {
    CONTEXT.with(|context| read(&context.borrow()))
}

/// Makes `frame` current until the scope is dropped.
pub(crate) fn enter(frame: &Arc<Frame>) -> Scope {
    // A future may be begun outside of the transaction that it is awaited in, or before the end of
    // the thread that goes on with it, where what it calls takes no generations.
    if transaction().is_some() || !is_available() {
        frame.note(DependencySet::taint);
    }
    if let Some(here) = current() {
        frame.note_caller(&here);
    }
    Scope::new(|context| context.frame = Some(Arc::clone(frame)))
}

/// Defers invalidations in `transaction` until the scope is dropped. A body that is running here may come to depend on
/// what is never committed, so its value is not kept.
pub(crate) fn enter_transaction(transaction: &Arc<PendingInvalidations>) -> Scope {
    // mutant: entered-body-stored
    with_frame(|frame| frame.note(DependencySet::taint));
    Scope::new(|context| context.transaction = Some(Arc::clone(transaction)))
}

/// Defers no invalidations until the scope is dropped. A body that is running here stays as it is: what the
/// transaction did to it is done.
pub(crate) fn leave_transaction() -> Scope {
    Scope::new(|context| context.transaction = None)
}

/// Makes calls bypass the cache until the scope is dropped.
pub(crate) fn enter_bypass() -> Scope {
    Scope::new(|context| context.bypass = true)
}

/// Runs code of another task, such as its waker, that happens to be called here, until the scope is dropped: it is in
/// no transaction and no bypass, and what it uses is no dependency of the body that is running here. If it waits, so
/// does that body.
pub(crate) fn leave_all() -> Scope {
    let frame = current().map(|_| Frame::new((), &|_| ()) as Arc<Frame>);
    let passing = frame.is_some();
    Scope::new(|context| *context = Context { frame, passing, ..Context::default() })
}

/// Puts the context back as it was, when dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Scope {
    before: Context,
    kind: Kind,
}

impl Scope {
    fn new(change: impl FnOnce(&mut Context)) -> Self {
        let mut inside = with_context(Context::clone);
        change(&mut inside);
        let kind = KIND.with(|kind| kind.replace(inside.kind()));
        Self { before: replace(inside), kind }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        KIND.with(|kind| kind.set(self.kind));
        // What is replaced is dropped outside of the cell, since a frame may own user values.
        drop(replace(std::mem::take(&mut self.before)));
    }
}

fn replace(context: Context) -> Context {
    let new = ManuallyDrop::new(context);
    ManuallyDrop::into_inner(CONTEXT.with(|cell| cell.replace(new)))
}
