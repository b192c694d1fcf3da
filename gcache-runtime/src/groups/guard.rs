//! Guards around the bodies of functions that change rows.

use super::model::Row;
use super::{Groups, Invalidates, Invalidation, Rows, Visitor};
use crate::catch_drop::run_in_drop;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// How far a body has come.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// It waits for something. Dropped now, it is left in the middle, and what it waits for goes on.
    waits: bool,
}

impl Body {
    /// Whether its future has begun and neither returned nor panicked. Of a body that is no future: never.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.waits
    }

    /// Polls the body's `future`.
    pub(crate) fn poll<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        task: &mut Context<'_>,
    ) -> Poll<F::Output> {
        // A panic passes by what follows: the body is over then.
        self.waits = false;
        let polled = future.poll(task);
        // mutant: dropped-body-no-doubt
        self.waits = polled.is_pending();
        polled
    }
}

/// Invalidates groups when a body is left: by [`finish`](Self::finish) once it has returned `R`, or what it has
/// changed; else by its drop.
pub struct Guard<R, G> {
    /// Those that are known at entry.
    groups: G,
    /// Invalidates what may have changed where the body did not return.
    left: fn(&G, &mut Invalidation),
    finished: bool,
    body: Body,
    rows: PhantomData<fn(&R)>,
}

impl Guard<(), ()> {
    /// Around a body of which the groups that it changes are known at entry: they are invalidated when it is left.
    pub fn leaving<G: Groups>(groups: G) -> Guard<(), G> {
        Guard::new(groups, G::invalidate_in)
    }

    /// The same, for the groups of a row as it is at entry.
    pub fn leaving_row<M: Invalidates>(row: &M) -> Guard<(), Row<M, M::RowValues>> {
        Self::leaving(Row::of(row))
    }

    /// Around a body that changes `row`: the groups of before and after are invalidated. A body that does not return may
    /// have changed anything, so then the whole model is invalidated.
    pub fn change<M: Invalidates>(row: &M) -> Guard<M, Row<M, M::RowValues>> {
        Guard::new(Row::of(row), |_, it| M::accept_unknown(&mut Visitor::Invalidate(it)))
    }

    /// Around a body that returns new rows: their groups are invalidated, or, where nothing is returned, the models whose
    /// rows there might have been.
    pub fn insert<R: Rows>() -> Guard<R, ()> {
        Guard::new((), |(), it| R::accept_unknown(&mut Visitor::Invalidate(it)))
    }
}

impl<R, G> Guard<R, G> {
    fn new(groups: G, left: fn(&G, &mut Invalidation)) -> Self {
        Self { groups, left, finished: false, body: Body::default(), rows: PhantomData }
    }

    /// Invalidates the groups that were known at entry, and those of `rows` as they are now.
    pub fn finish(mut self, rows: &R)
    where
        R: Groups,
        G: Groups,
    {
        // mutant: new-row-forgotten
        // mutant: old-row-forgotten
        Invalidation::run(|invalidation| (&self.groups, rows).invalidate_in(invalidation));
        self.finished = true;
    }

    /// Runs a body that is a future, and notes how far it has come.
    pub fn watch<F: Future>(&mut self, mut future: Pin<&mut F>) -> impl Future<Output = F::Output> {
        let body = &mut self.body;
        poll_fn(move |task| body.poll(future.as_mut(), task))
    }
}

impl<R, G> Drop for Guard<R, G> {
    fn drop(&mut self) {
        let Self { groups, left, .. } = self;
        if !self.finished {
            // mutant: panic-invalidates-nothing
            run_in_drop(|| {
                Invalidation::run_after(self.body.is_unfinished(), |it| left(groups, it));
            });
        }
    }
}
