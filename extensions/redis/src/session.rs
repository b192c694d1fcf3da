//! The thread that drives the connection.

use crate::clock::now;
use crate::machine::{Action, Event, Reply, Request};
use crate::message::Message;
use crate::requests::Connection;
use crate::shared::Shared;
use crate::trouble::Trouble;
use crate::wait::lock;
use redis::{PushInfo, PushKind, Value};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// A request under way, with the connection that it makes or uses.
type Asking = Pin<Box<dyn Future<Output = (Result<Reply, Trouble>, Option<Connection>)>>>;

/// The session of a link, on its thread.
struct Session {
    shared: &'static Shared,
    connection: Option<Connection>,
    asking: Option<Asking>,
    /// The number of the connection, and whether it is gone.
    number: u64,
    gone: Arc<Notify>,
}

/// Drives the connection until the link is closed.
pub(crate) async fn run(shared: &'static Shared) {
    let mut session =
        Session { shared, connection: None, asking: None, number: 0, gone: Arc::default() };
    let mut event = Event::Woken;
    loop {
        for action in shared.step(event) {
            session.act(action);
        }
        shared.notify();
        if shared.is_closed() {
            return;
        }
        let wakes_at = lock(&shared.machine).wakes_at();
        event = session.next(wakes_at).await;
    }
}

impl Session {
    fn act(&mut self, action: Action) {
        match action {
            Action::Ask(Request::Connect { session }) => self.connect(session),
            Action::Ask(request) => self.ask(request),
            Action::Disconnect => {
                (self.asking, self.connection) = (None, None);
                self.gone = Arc::default();
            }
            // Done by `Shared`.
            _ => {}
        }
    }

    fn connect(&mut self, session: u64) {
        self.number = session;
        self.gone = Arc::default();
        let (shared, gone) = (self.shared, Arc::clone(&self.gone));
        let hear = move |push| hear(shared, session, &gone, &push);
        self.asking = Some(Box::pin(async move {
            match shared.requests.connect(hear).await {
                Ok(connection) => {
                    shared.connected(&connection);
                    let server = connection.about().identity.clone();
                    (Ok(Reply::Connected { server }), Some(connection))
                }
                Err(trouble) => (Err(trouble), None),
            }
        }));
    }

    fn ask(&mut self, request: Request) {
        let (shared, connection) = (self.shared, self.connection.clone());
        self.asking = Some(Box::pin(async move {
            let Some(mut connection) = connection else {
                return (Err(Trouble::new("the connection is gone")), None);
            };
            let reply = shared.requests.ask(&mut connection, request).await;
            (reply, Some(connection))
        }));
    }

    /// The next thing that happens to the session.
    async fn next(&mut self, wakes_at: Option<Duration>) -> Event {
        let timer = async {
            match wakes_at {
                Some(at) => tokio::time::sleep(at.saturating_sub(now())).await,
                None => std::future::pending().await,
            }
        };
        let (session, gone) = (self.number, Arc::clone(&self.gone));
        tokio::select! {
            // A reply that is there was sent before the connection was lost.
            biased;
            (reply, connection) = answered(&mut self.asking) => self.replied(reply, connection),
            () = gone.notified() => Event::Disconnected { session },
            () = self.shared.work.notified() => Event::Woken,
            () = timer => Event::Woken,
        }
    }

    fn replied(&mut self, reply: Result<Reply, Trouble>, connection: Option<Connection>) -> Event {
        self.asking = None;
        self.connection = connection;
        match reply {
            Ok(reply) => {
                // A state that was read says that the session works.
                if matches!(reply, Reply::State { .. } | Reply::Told(_)) {
                    self.shared.met(None);
                }
                Event::Reply(reply)
            }
            Err(trouble) => {
                self.shared.met(Some(trouble));
                Event::Reply(Reply::Failed)
            }
        }
    }
}

async fn answered(asking: &mut Option<Asking>) -> (Result<Reply, Trouble>, Option<Connection>) {
    match asking {
        Some(asking) => asking.await,
        None => std::future::pending().await,
    }
}

/// Hears a push, in the order of the wire: it has been done before a later reply is looked at.
fn hear(shared: &'static Shared, session: u64, gone: &Notify, push: &PushInfo) {
    match (&push.kind, push.data.as_slice()) {
        (PushKind::Message | PushKind::SMessage, [_, text]) => {
            let message = match text {
                Value::BulkString(bytes) => Message::read(bytes),
                _ => None,
            };
            // It leaves nothing to be asked.
            // mutant: invalidated_by_another_thread
            shared.step(Event::Message { session, message });
        }
        // The slot has moved to another node.
        (PushKind::Disconnection | PushKind::SUnsubscribe | PushKind::Unsubscribe, _) => {
            gone.notify_one();
        }
        _ => {}
    }
}
