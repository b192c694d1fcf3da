//! Programs of several tasks on one thread, polled by hand: a seed says who is polled next, so that
//! every interleaving of gates can be had, and had again.

use super::cx::{Cx, Gates};
use super::perform::{Company, perform};
use super::program::{Program, Turn, What};
use super::run::{Shared, catch, lock};
use futures::task::noop_waker_ref;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Context;

/// After so many rounds in which nothing happens, nothing will.
const ROUNDS: usize = 8;

/// One task.
struct Task<'a> {
    cx: &'a Cx,
    panics: &'a AtomicBool,
    ops: std::slice::Iter<'a, super::op::Op>,
    current: Option<Pin<Box<dyn Future<Output = ()> + 'a>>>,
}

/// Runs the actors of `program` as tasks.
pub(crate) fn run(program: &Program, trace: &Shared) {
    let panics: Vec<Arc<AtomicBool>> = program.actors.iter().map(|_| Arc::default()).collect();
    let cxs: Vec<Cx> = panics
        .iter()
        .enumerate()
        .map(|(actor, panics)| Cx::new(actor, Arc::clone(trace), Gates::Task(Arc::clone(panics))))
        .collect();
    let mut tasks: Vec<Task<'_>> = cxs
        .iter()
        .zip(&panics)
        .zip(&program.actors)
        .map(|((cx, panics), ops)| Task { cx, panics, ops: ops.iter(), current: None })
        .collect();
    for Turn { actor, what } in &program.schedule {
        tasks[*actor].turn(*what);
        if lock(trace).violation.is_some() {
            return;
        }
    }
    finish(&mut tasks, trace);
}

/// Polls all in turn until all are done.
fn finish(tasks: &mut [Task<'_>], trace: &Shared) {
    let mut idle = 0;
    while tasks.iter().any(|task| !task.is_done()) {
        let before = lock(trace).now();
        for task in &mut *tasks {
            task.turn(What::GoesOn);
        }
        let trace = &mut *lock(trace);
        idle = if trace.now() == before { idle + 1 } else { 0 };
        if idle == ROUNDS {
            let stuck = tasks.iter().position(|task| !task.is_done()).unwrap_or_default();
            trace.violate(stuck, "waits for ever");
        }
        if trace.violation.is_some() {
            return;
        }
    }
}

impl Task<'_> {
    fn is_done(&self) -> bool {
        self.current.is_none() && self.ops.len() == 0
    }

    fn turn(&mut self, what: What) {
        let (cx, actor) = (self.cx, self.cx.actor);
        cx.trace().step += 1;
        match what {
            What::GoesOn => {}
            What::Panics => self.panics.store(self.current.is_some(), Ordering::SeqCst),
            What::IsDropped => {
                if let Some(dropped) = self.current.take() {
                    cx.trace().say(actor, || "is dropped".to_owned());
                    catch(cx, || drop(dropped));
                }
                return;
            }
        }
        if self.current.is_none() {
            let Some(op) = self.ops.next() else { return };
            self.current = Some(perform(cx, Company::Others, op));
        }
        if let Some(current) = &mut self.current {
            let poll =
                catch(cx, || current.as_mut().poll(&mut Context::from_waker(noop_waker_ref())));
            if poll.is_none_or(|poll| poll.is_ready()) {
                self.current = None;
                self.panics.store(false, Ordering::SeqCst);
            } else {
                cx.trace().end_step(actor);
            }
        }
    }
}
