//! A link whose other end is the test.

use gcache::link::{
    BoxFuture, Covers, Handle, Link, NamedGroup, Receipt, Transport, Unreachable, link,
};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// What the others answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    Answer,
    AreUnreachable,
    AreSilent,
}

/// What the link does where something is to be told.
type Publish = Box<dyn Fn(Vec<NamedGroup>) + Send + Sync>;

struct Shared {
    publish: Publish,
    others: watch::Sender<Others>,
}

impl Transport for Shared {
    fn publish(&self, _: u64, groups: Vec<NamedGroup>) {
        (self.publish)(groups);
    }

    fn acknowledged(&self, _: u64) -> BoxFuture<'_, Result<Receipt, Unreachable>> {
        let mut others = self.others.subscribe();
        Box::pin(async move {
            let answer = others.wait_for(|others| *others != Others::AreSilent).await;
            match *answer.map_err(|_| Unreachable)? {
                Others::Answer => Ok(Receipt::new("")),
                _ => Err(Unreachable),
            }
        })
    }

    fn fence(&self) -> BoxFuture<'_, Result<(), Unreachable>> {
        unreachable!("no test asks for a fence")
    }

    fn caught_up(&self, _: &Receipt) -> BoxFuture<'_, Result<(), Unreachable>> {
        unreachable!("no test has a receipt")
    }
}

/// A link of this process.
pub(crate) struct Wire {
    shared: &'static Shared,
    /// There until the wire is dropped.
    handle: Option<Handle>,
}

impl Wire {
    pub(crate) fn new(publish: impl Fn(Vec<NamedGroup>) + Send + Sync + 'static) -> Self {
        let others = watch::channel(Others::Answer).0;
        let shared: &'static Shared =
            Box::leak(Box::new(Shared { publish: Box::new(publish), others }));
        let bound = Duration::from_mins(10);
        let link = Link { name: "wire", bound, covers: Covers::All, transport: Some(shared) };
        let handle = gcache_link(link);
        handle.trust();
        Self { shared, handle: Some(handle) }
    }

    pub(crate) fn others(&self, others: Others) {
        self.shared.others.send_replace(others);
    }

    /// Hears what another process has told.
    pub(crate) fn hear(&self, group: &NamedGroup) {
        self.handle.as_ref().expect("it is linked").invalidate(group);
    }
}

fn gcache_link(asked: Link) -> Handle {
    link(asked).expect("it is the only one")
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.handle.take().into_iter().for_each(Handle::unlink);
    }
}

/// A list that a link writes, and the test reads.
#[derive(Default)]
pub(crate) struct Told(Mutex<Vec<Vec<NamedGroup>>>);

impl Told {
    fn lock(&self) -> MutexGuard<'_, Vec<Vec<NamedGroup>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, groups: Vec<NamedGroup>) {
        self.lock().push(groups);
    }

    /// The messages since the last time, as JSON.
    pub(crate) fn take(&self) -> Vec<String> {
        let told = std::mem::take(&mut *self.lock());
        let json = |groups| serde_json::to_string(&groups).expect("names are JSON");
        told.into_iter().map(json).collect()
    }
}
