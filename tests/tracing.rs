//! `#[tracing::instrument]` above an attribute is about its bodies, below it about its calls.

use async_trait::async_trait;
use futures::FutureExt as _;
use gcache::{Invalidates, cache_against, group, invalidates};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// How many spans of each name there were, and inside of which an event was.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    names: Vec<&'static str>,
    entered: Vec<u64>,
    /// The span around each event.
    events: Vec<&'static str>,
}

impl Subscriber for Seen {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut state = self.0.lock().unwrap();
        state.names.push(span.metadata().name());
        Id::from_u64(state.names.len() as u64)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        let mut state = self.0.lock().unwrap();
        let within = state
            .entered
            .last()
            .map_or("none", |span| state.names[usize::try_from(*span).unwrap() - 1]);
        state.events.push(within);
    }

    fn enter(&self, span: &Id) {
        self.0.lock().unwrap().entered.push(span.into_u64());
    }

    fn exit(&self, _: &Id) {
        self.0.lock().unwrap().entered.pop();
    }
}

/// The spans that `work` makes, by name, and the span around each event.
fn spans(work: impl FnOnce()) -> (BTreeMap<&'static str, usize>, Vec<&'static str>) {
    let seen = Seen::default();
    tracing::subscriber::with_default(seen.clone(), work);
    let state = std::mem::take(&mut *seen.0.lock().unwrap());
    let mut counts = BTreeMap::new();
    for name in state.names {
        *counts.entry(name).or_default() += 1;
    }
    (counts, state.events)
}

fn now<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("nothing is waited for")
}

group!(Book: u64);

#[tracing::instrument]
#[cache_against(Book(id))]
async fn async_above(id: u64) -> u64 {
    tracing::info!("computing");
    id
}

#[cache_against(Book(id))]
#[tracing::instrument]
async fn async_below(id: u64) -> u64 {
    tracing::info!("computing");
    id
}

#[tracing::instrument]
#[cache_against(Book(id))]
fn sync_above(id: u64) -> u64 {
    tracing::info!("computing");
    id
}

#[cache_against(Book(id))]
#[tracing::instrument]
fn sync_below(id: u64) -> u64 {
    tracing::info!("computing");
    id
}

#[async_trait]
trait Books {
    async fn trait_above(&self, id: u64) -> u64;
    async fn trait_below(&self, id: u64) -> u64;
}

struct Shop;

#[async_trait]
impl Books for Shop {
    #[tracing::instrument(skip(self))]
    #[cache_against(Book(id), skip(self))]
    async fn trait_above(&self, id: u64) -> u64 {
        tracing::info!("computing");
        id
    }

    #[cache_against(Book(id), skip(self))]
    #[tracing::instrument(skip(self))]
    async fn trait_below(&self, id: u64) -> u64 {
        tracing::info!("computing");
        id
    }
}

type Call = fn(u64) -> u64;

#[test]
fn a_span_is_made_for_bodies_above_and_for_calls_below() {
    let calls: [(&str, Call, usize); 6] = [
        ("sync_above", sync_above, 1),
        ("sync_below", sync_below, 3),
        ("async_above", |id| now(async_above(id)), 1),
        ("async_below", |id| now(async_below(id)), 3),
        ("trait_above", |id| now(Shop.trait_above(id)), 1),
        ("trait_below", |id| now(Shop.trait_below(id)), 3),
    ];
    for (name, call, expected) in calls {
        let (spans, events) = spans(|| (0..3).for_each(|_| assert_eq!(call(7), 7)));
        assert_eq!(spans, BTreeMap::from([(name, expected)]));
        assert_eq!(events, [name], "the body is inside, and runs once");
    }
}

#[derive(Debug, Invalidates)]
struct Photo {
    id: u64,
    #[group(index)]
    user: u64,
}

#[cache_against(Photo(user = user))]
fn list(user: u64) -> u64 {
    tracing::info!("computing");
    user
}

impl Photo {
    #[tracing::instrument]
    #[invalidates]
    fn above(&mut self, user: u64) {
        self.user = user;
    }

    #[invalidates]
    #[tracing::instrument]
    async fn below(&mut self, user: u64) {
        self.user = user;
    }
}

#[test]
fn changes_invalidate_above_and_below() {
    let mut photo = Photo { id: 1, user: 1 };
    let computed =
        |photo: &Photo| spans(|| assert_eq!((list(1), list(2), photo.id), (1, 2, 1))).1.len();
    assert_eq!((computed(&photo), computed(&photo)), (2, 0));
    let (spans_above, _) = spans(|| photo.above(2));
    assert_eq!((spans_above, computed(&photo)), (BTreeMap::from([("above", 1)]), 2));
    let (spans_below, _) = spans(|| now(photo.below(1)));
    assert_eq!((spans_below, computed(&photo)), (BTreeMap::from([("below", 1)]), 2));
}
