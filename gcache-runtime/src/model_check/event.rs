//! Stands in for `event-listener`: what waits for a flight, thread or task.

use shuttle::sync::{Arc, Condvar, Mutex};
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
        self.listeners.lock().expect("not poisoned").push(Arc::clone(&heard));
        EventListener(heard)
    }

    /// Tells all who listen; the runtime never tells fewer.
    pub(crate) fn notify(&self, listeners: usize) {
        assert_eq!(listeners, usize::MAX, "the model tells all or none");
        let listening = std::mem::take(&mut *self.listeners.lock().expect("not poisoned"));
        for heard in listening {
            let waker = {
                let mut state = heard.state.lock().expect("not poisoned");
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
        let state = self.0.state.lock().expect("not poisoned");
        drop(self.0.told.wait_while(state, |state| !state.happened));
    }
}

impl Future for EventListener {
    type Output = ();

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.state.lock().expect("not poisoned");
        if state.happened {
            return Poll::Ready(());
        }
        state.waker = Some(task.waker().clone());
        Poll::Pending
    }
}
