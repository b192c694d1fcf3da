//! The connection for values: a second one, to the same server process as the link's.
//!
//! Not the link's own: a value of a megabyte would hold up the messages and the fence that the promise rests on.

use super::scripts::channel;
use super::waiting::Waiting;
use crate::requests::ask_about;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, PushInfo, PushKind, RedisResult, Value};
use std::sync::Arc;
use std::time::Duration;

/// The link's state, as values need it.
pub trait LinkView: Send + Sync + 'static {
    /// The session; none while the link is distrusted.
    fn session(&self) -> Option<Session>;

    /// Waits until others can hear of all that this process has invalidated until now, and says whether they can.
    fn told(&self) -> gcache::link::BoxFuture<'_, bool>;
}

/// A trusted session of the link.
#[derive(Clone, Debug)]
pub struct Session {
    /// The incarnation of the namespace's state.
    pub incarnation: Arc<str>,
    /// Up to which number everything is invalidated here.
    pub heard: u64,
    /// Which server process it is with.
    pub server: Arc<str>,
    /// How to reach that.
    pub client: Arc<redis::Client>,
}

/// Opens a connection for `session`, whose messages wake those who wait; none if another server process answers.
pub(super) async fn connect(
    session: &Session,
    namespace: &str,
    waiting: Arc<Waiting>,
) -> RedisResult<Option<MultiplexedConnection>> {
    let woken = Arc::clone(&waiting);
    let hear = move |push: PushInfo| -> Result<(), std::convert::Infallible> {
        match (push.kind, &push.data[..]) {
            (PushKind::Message, [_, Value::BulkString(lease)]) => {
                woken.wake(&String::from_utf8_lossy(lease));
            }
            (PushKind::Disconnection, _) => woken.wake_all(),
            _ => {}
        }
        Ok(())
    };
    // Each request has a budget of its own.
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(Duration::from_secs(1)))
        .set_response_timeout(None)
        .set_push_sender(hear);
    let mut connection =
        session.client.get_multiplexed_async_connection_with_config(&config).await?;
    // Values that another primary has may rest on invalidations that it has not heard of.
    match ask_about(&mut connection, "").await {
        Ok(about) if about.identity.as_ref() == Some(&session.server) => {}
        _ => return Ok(None),
    }
    connection.subscribe(channel(namespace)).await?;
    Ok(Some(connection))
}
