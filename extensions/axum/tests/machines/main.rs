//! Requests on two machines that a Redis or Valkey links: `bash .ci/redis cargo test -p gcache-axum`.
//!
//! This process is one of them, behind a network that holds back what the server says. The other is this program once more.
#![allow(clippy::await_holding_lock, reason = "tests take turns, each on a runtime of its own")]

#[path = "../common/mod.rs"]
mod common;
mod other;
#[allow(dead_code, unreachable_pub, reason = "the checker of the links uses all of it")]
#[path = "../../../../verify/machines/src/proxy.rs"]
mod proxy;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{COOKIE, HeaderValue};
use axum::routing::get;
use common::{Answered, send};
use gcache::{Invalidates, cache_against, link};
use gcache_axum::{Fenced, fenced, transactions};
use other::Other;
use proxy::{Fault, Proxy};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};
use tower::ServiceExt as _;

/// How long a request waits in the tests of a server that is away.
const PATIENCE: Duration = Duration::from_millis(200);

/// After this a step has failed. Not a delay: nothing waits so long that works.
const STEP: Duration = Duration::from_secs(30);

/// Longer than any test: without a fence and a receipt, this machine would hear of nothing that is held back.
const BOUND: Duration = Duration::from_secs(120);

/// A book, whose edition is a number in a file: the database of both machines.
#[derive(Invalidates)]
#[group(name = "machines.book")]
#[allow(dead_code, reason = "a group is its fields")]
struct Book {
    id: u64,
}

#[cache_against(Book(id), skip(file))]
fn edition(id: u64, file: &Path) -> u64 {
    std::fs::read_to_string(file).map_or(0, |text| text.parse().expect("a number"))
}

/// Shows the edition, and makes a new one.
fn routes(file: PathBuf) -> Router {
    let shown = file.clone();
    let show = async move || edition(7, &shown).to_string();
    let change = async move || {
        let next = std::fs::read_to_string(&file).map_or(0, |text| text.parse().unwrap_or(0)) + 1;
        std::fs::write(&file, next.to_string()).expect("the file is ours");
        invalidate_book(7);
        next.to_string()
    };
    Router::new().route("/book", get(show).post(change)).layer(transactions())
}

fn redis() -> String {
    std::env::var("GCACHE_REDIS").expect("a server: `bash .ci/redis cargo test -p gcache-axum`")
}

/// Links this process by the server at `url`.
fn start_link(url: &str) {
    let link = gcache_redis::connect(url).namespace("axum-machines").bounded(BOUND);
    // Longer than requests wait.
    let link = link.patience(STEP).start().expect("it is the only link");
    link.ready_blocking(STEP).expect("the server is there");
}

/// Both machines, for one test at a time.
struct World {
    network: &'static Proxy,
    other: &'static Other,
    routes: Router,
    _turn: MutexGuard<'static, ()>,
}

impl World {
    fn new() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        static BOTH: OnceLock<(Proxy, Other, PathBuf)> = OnceLock::new();
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let (network, other, file) = BOTH.get_or_init(|| {
            let redis = redis();
            let server = redis.trim_start_matches("redis://").trim_end_matches('/');
            let network = Proxy::start(server.parse().expect("an address"), 1).expect("a port");
            start_link(&format!("redis://{}/", network.address()));
            let name = format!("gcache-axum-machines-{}", std::process::id());
            let file = std::env::temp_dir().join(name);
            (network, Other::start(&file), file)
        });
        network.set(Fault::None);
        Self { network, other, routes: routes(file.clone()), _turn: turn }
    }

    fn app(&self, layer: Fenced) -> Router {
        self.routes.clone().layer(layer)
    }

    /// What this machine shows to somebody who waits for nothing.
    async fn shown(&self) -> u64 {
        number(&send(&self.routes, common::get("/book")).await)
    }

    /// The edition that is shown here, once all that was told has been heard.
    async fn settled(&self) -> u64 {
        link::fence().await.expect("the server is there");
        self.shown().await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.network.set(Fault::None);
    }
}

fn number(answer: &Answered) -> u64 {
    answer.body.parse().unwrap_or_else(|_| panic!("{answer:?}"))
}

/// Polls a request once, which waits.
async fn waits<T>(request: &mut Pin<Box<impl Future<Output = T>>>) {
    let polled = std::future::poll_fn(|task| Poll::Ready(request.as_mut().poll(task))).await;
    assert!(polled.is_pending(), "it waits for the server");
}

#[tokio::test]
async fn a_fenced_request_sees_what_the_other_machine_has_changed() {
    let world = World::new();
    let app = world.app(fenced().within(STEP));
    let before = world.settled().await;
    world.network.set(Fault::HoldReplies);
    let (new, _) = world.other.change();
    assert_eq!((world.shown().await, new), (before, before + 1), "nobody has heard of it here");
    let mut request = Box::pin(send(&app, common::get("/book")));
    waits(&mut request).await;
    world.network.set(Fault::None);
    let answer = request.await;
    assert_eq!((number(&answer), answer.header("gcache-fence")), (new, String::new()));

    for _ in 0..100 {
        let (new, _) = world.other.change();
        assert_eq!(number(&send(&app, common::get("/book")).await), new);
    }
}

#[tokio::test]
async fn visitors_see_their_own_changes_by_the_cookie_and_others_do_not_wait() {
    let world = World::new();
    let app = world.app(fenced().by_receipt().within(STEP));
    let before = world.settled().await;
    world.network.set(Fault::HoldReplies);
    let (new, cookie) = world.other.change();
    let stranger = send(&app, common::get("/book")).await;
    assert_eq!(number(&stranger), before);
    let mut request = Box::pin(send(&app, common::get("/book").header(COOKIE, &cookie)));
    waits(&mut request).await;
    world.network.set(Fault::None);
    assert_eq!(number(&request.await), new);
    // Once it has been heard of nothing is asked, so nothing can be missing.
    world.network.set(Fault::Hold);
    assert_eq!(number(&send(&app, common::get("/book").header(COOKIE, &cookie)).await), new);
}

#[tokio::test]
async fn a_server_that_is_away_costs_a_request_its_patience() {
    let world = World::new();
    let before = world.settled().await;
    world.network.set(Fault::Hold);
    let (new, cookie) = world.other.change();
    assert_eq!(world.other.shown(), new);
    for (layer, cookie) in [(fenced(), None), (fenced().by_receipt(), Some(&cookie))] {
        let layer = layer.within(PATIENCE);
        let request = || {
            let request = common::get("/book");
            if let Some(cookie) = cookie { request.header(COOKIE, cookie) } else { request }
        };
        let began = Instant::now();
        let answer = send(&world.app(layer.clone()), request()).await;
        assert_eq!((answer.status, number(&answer)), (StatusCode::OK, before));
        let said = ["gcache-fence", "cache-control"].map(|name| answer.header(name));
        assert_eq!(said, ["unreachable", "no-store"]);
        let answer = send(&world.app(layer.or_unavailable()), request()).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        let took = began.elapsed();
        assert!(took >= 2 * PATIENCE && took < STEP, "{took:?}");
    }

    // What is changed meanwhile is done, and told when the server is back.
    let app = world.app(fenced().by_receipt().within(PATIENCE).or_unavailable());
    let changed = send(&app, Request::post("/book")).await;
    assert_eq!((changed.status, number(&changed)), (StatusCode::OK, new + 1));
    let said = ["gcache-fence", "set-cookie"].map(|name| changed.header(name));
    assert_eq!(said, ["unreachable", ""]);
    assert_eq!(world.other.shown(), new, "nobody has told it");
    world.network.set(Fault::None);
    // Messages are told in order.
    link::acknowledged(invalidate_book(8)).await.expect("the server is back");
    assert_eq!(world.other.shown(), new + 1);
}

#[tokio::test]
async fn a_request_that_is_dropped_while_it_waits_leaves_nothing_behind() {
    let world = World::new();
    let app = world.app(fenced().by_receipt().within(STEP));
    let before = world.settled().await;
    assert_eq!(world.other.shown(), before);
    world.network.set(Fault::Hold);
    // One that has changed something, and waits for its receipt.
    let request = Request::post("/book").body(Body::empty()).expect("a request");
    let mut dropped = Box::pin(app.clone().oneshot(request));
    waits(&mut dropped).await;
    assert_eq!(world.shown().await, before + 1);
    drop(dropped);
    // One that waits for a fence, and has not been answered.
    let strict = world.app(fenced().within(STEP));
    let mut dropped = Box::pin(send(&strict, common::get("/book")));
    waits(&mut dropped).await;
    drop(dropped);
    world.network.set(Fault::None);
    assert_eq!(number(&send(&strict, common::get("/book")).await), before + 1);
    link::acknowledged(invalidate_book(8)).await.expect("the server is back");
    assert_eq!(world.other.shown(), before + 1, "it was told all the same");
}

#[tokio::test]
async fn a_cookie_that_is_no_receipt_is_no_reason_to_refuse() {
    let world = World::new();
    let app = world.app(fenced().by_receipt().within(STEP).or_unavailable());
    let (new, cookie) = world.other.change();
    let value = cookie.strip_prefix("gcache_seen=").expect("its name");
    let (life, number_of) = value.rsplit_once('-').expect("a life and a number");
    let bad = [
        String::new(),
        "-".to_owned(),
        "1".to_owned(),
        "%00%ff%zz".to_owned(),
        "-1".to_owned(),
        format!("{life}-"),
        format!("{life}--{number_of}"),
        format!("{life}-+{number_of}"),
        format!("{life}-99999999999999999999999"),
        format!("{life}-1e9"),
        format!("another-{number_of}"),
        format!("{}-1", "a".repeat(250)),
    ];
    for bad in bad {
        let request = common::get("/book").header(COOKIE, format!("gcache_seen={bad}"));
        let answer = send(&app, request).await;
        assert_eq!((answer.status, number(&answer)), (StatusCode::OK, new), "{bad:?}");
        assert_eq!(answer.header("gcache-fence"), "", "{bad:?}");
    }
    let bytes = HeaderValue::from_bytes(b"gcache_seen=\xff\xfe-1").expect("a header may have them");
    let answer = send(&app, common::get("/book").header(COOKIE, bytes)).await;
    assert_eq!(answer.status, StatusCode::OK);

    // One that nobody has been given is not reached: it may be of a server that has lost it.
    let made_up = format!("gcache_seen={life}-18446744073709551615");
    let answer = send(&app, common::get("/book").header(COOKIE, made_up)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}
