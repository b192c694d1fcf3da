//! Stands in for `event-listener`: what waits for a flight, thread or task.

use crate::sync::{Arc, Mutex};
use shuttle::sync::{Condvar, PoisonError};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Something that happens once or more, and that listeners are told of.
#[derive(Debug, Default)]
pub(crate) struct Event {
    listeners: Mutex<Vec<Arc<Heard>>>,
}

/// Waits for the event: as a future, or with [`Listener::wait`].
#[derive(Debug)]
pub(crate) struct EventListener(Arc<Heard>);

/// What one listener has heard.
#[derive(Debug, Default)]
struct Heard {
    state: Mutex<State>,
    told: Condvar,
}

#[derive(Debug, Default)]
struct State {
    happened: bool,
    waker: Option<Waker>,
}

impl Event {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Listens from here on.
    pub(crate) fn listen(&self) -> EventListener {
        let heard = Arc::new(Heard::default());
        self.listeners.lock().push(Arc::clone(&heard));
        EventListener(heard)
    }

    /// Tells all who listen; the runtime never tells fewer.
    pub(crate) fn notify(&self, _all: usize) {
        let listening = std::mem::take(&mut *self.listeners.lock());
        for heard in listening {
            let waker = {
                let mut state = heard.state.lock();
                state.happened = true;
                state.waker.take()
            };
            heard.told.notify_all();
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

/// Waits as a thread does.
pub(crate) trait Listener {
    /// Returns once the event has happened.
    fn wait(self);
}

impl Listener for EventListener {
    fn wait(self) {
        let state = self.0.state.lock();
        let told = self.0.told.wait_while(state, |state| !state.happened);
        drop(told.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Future for EventListener {
    type Output = ();

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.state.lock();
        if state.happened {
            return Poll::Ready(());
        }
        state.waker = Some(task.waker().clone());
        Poll::Pending
    }
}
