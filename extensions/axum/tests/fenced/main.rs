//! Requests that wait for what other processes have invalidated, and receipts in cookies.
#![allow(clippy::await_holding_lock, reason = "tests take turns, each on a runtime of its own")]

#[path = "../common/mod.rs"]
mod common;
mod wire;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header::COOKIE};
use axum::routing::{any, get};
use common::{Answered, Count, send, text};
use gcache::link::NamedGroup;
use gcache::{Invalidates, invalidate_tag};
use gcache_axum::{Fenced, fenced, pages, transactions};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tower::ServiceExt as _;
use wire::{Others, Wire, turn};

/// A handler that answers how often it was asked, and invalidates what the path says.
fn app(layer: Fenced) -> (Router, Arc<Count>) {
    let asked = Arc::new(Count::new());
    let count = Arc::clone(&asked);
    let quiet = async move || count.up().to_string();
    let changes = async || {
        invalidate_tag("fenced: changed");
    };
    let app = Router::new()
        .route("/", any(quiet))
        .route("/change", any(changes))
        .layer(transactions())
        .layer(layer);
    (app, asked)
}

async fn post(app: &Router, path: &str) -> Answered {
    send(app, Request::post(path)).await
}

fn is_plain(answer: &Answered) -> bool {
    let said = ["gcache-fence", "cache-control", "set-cookie"].map(|name| answer.header(name));
    answer.status == StatusCode::OK && said.iter().all(String::is_empty)
}

#[tokio::test]
async fn a_request_waits_for_the_fence() {
    let wire = Wire::new(Others::AreSilent);
    let (app, asked) = app(fenced().within(Duration::from_secs(600)));
    let request = Request::get("/").body(Body::empty()).expect("a request");
    let mut response = Box::pin(app.oneshot(request));
    let polled = std::future::poll_fn(|task| Poll::Ready(response.as_mut().poll(task))).await;
    assert!(polled.is_pending());
    assert_eq!((asked.get(), wire.asked()), (0, vec!["fence".to_owned()]));
    wire.others(Others::Answer);
    assert_eq!(response.await.map(|response| response.status()), Ok(StatusCode::OK));
    assert_eq!((asked.get(), wire.asked()), (1, vec![]));
}

#[tokio::test]
async fn an_answer_after_the_fence_is_as_it_was() {
    let wire = Wire::new(Others::Answer);
    let (app, _) = app(fenced());
    assert!(is_plain(&send(&app, common::get("/")).await));
    assert!(is_plain(&post(&app, "/change").await));
    assert_eq!(wire.asked(), ["fence", "fence"]);
}

#[tokio::test]
async fn an_unreachable_link_is_said_in_the_answer() {
    for others in [Others::AreUnreachable, Others::AreSilent] {
        let _wire = Wire::new(others);
        let (app, asked) = app(fenced().within(Duration::from_millis(1)));
        let answer = send(&app, common::get("/")).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "1"), "{others:?}");
        assert_eq!(answer.header("gcache-fence"), "unreachable");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(asked.get(), 1);
    }
}

#[tokio::test]
async fn an_unreachable_link_is_unavailable_where_the_layer_says_so() {
    for others in [Others::AreUnreachable, Others::AreSilent] {
        let wire = Wire::new(others);
        let (app, asked) = app(fenced().within(Duration::from_millis(1)).or_unavailable());
        let answer = post(&app, "/change").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{others:?}");
        assert_eq!(
            (answer.header("retry-after"), answer.header("cache-control")),
            ("1".to_owned(), "no-store".to_owned())
        );
        assert_eq!((asked.get(), wire.told().len()), (0, 0));
    }
}

#[tokio::test]
async fn a_change_hands_a_receipt_to_the_visitor() {
    let wire = Wire::new(Others::Answer);
    let (app, _) = app(fenced().by_receipt());
    let answer = post(&app, "/change").await;
    let cookie = answer.header("set-cookie");
    let (pair, attributes) = cookie.split_once("; ").expect("a cookie has attributes");
    assert_eq!(attributes, "Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(wire.asked(), ["acknowledged"]);

    // It comes back, and is waited for.
    let request = common::get("/").header(COOKIE, format!("theme=dark; {pair}"));
    assert!(is_plain(&send(&app, request).await));
    assert_eq!(wire.asked(), ["5eed; 7, \"é\""]);
}

#[tokio::test]
async fn who_has_changed_nothing_neither_waits_nor_gets_a_receipt() {
    let wire = Wire::new(Others::AreUnreachable);
    let (app, _) = app(fenced().by_receipt().or_unavailable());
    assert!(is_plain(&send(&app, common::get("/")).await));
    assert!(is_plain(&post(&app, "/").await));
    assert_eq!(wire.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_change_of_another_request_is_no_change_of_this_one() {
    let wire = Wire::new(Others::Answer);
    let asked = Arc::new(Count::new());
    let count = Arc::clone(&asked);
    // Another request changes something while this one is under way.
    let slow = async move || {
        count.up();
        tokio::spawn(async { invalidate_tag("fenced: of another") }).await.expect("it ends");
    };
    let app: Router = Router::new().route("/", any(slow)).layer(fenced().by_receipt());
    assert!(is_plain(&post(&app, "/").await));
    assert_eq!(wire.told().len(), 1);
}

#[tokio::test]
async fn a_change_that_others_cannot_hear_of_is_done_and_said() {
    for others in [Others::AreUnreachable, Others::AreSilent] {
        let wire = Wire::new(others);
        let layer = fenced().by_receipt().or_unavailable().within(Duration::from_millis(1));
        let answer = post(&app(layer).0, "/change").await;
        assert_eq!(answer.status, StatusCode::OK, "{others:?}");
        assert_eq!(answer.header("gcache-fence"), "unreachable");
        assert_eq!(answer.header("set-cookie"), "");
        assert_eq!(wire.told().len(), 1);
    }
}

#[tokio::test]
async fn what_is_no_receipt_is_as_good_as_none() {
    let wire = Wire::new(Others::Answer);
    let (app, _) = app(fenced().by_receipt());
    let long = format!("gcache_seen={}", "a".repeat(257));
    for cookie in ["gcache_seen", "gcache_sees=1", "other=gcache_seen=1", long.as_str()] {
        assert!(is_plain(&send(&app, common::get("/").header(COOKIE, cookie)).await), "{cookie}");
    }
    assert_eq!(wire.asked(), Vec::<String>::new());
    let many = "gcache_seen=1; gcache_seen=2; gcache_seen=3; gcache_seen=4; gcache_seen=5";
    assert!(is_plain(&send(&app, common::get("/").header(COOKIE, many)).await));
    assert_eq!(wire.asked(), ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn a_receipt_that_cannot_be_waited_for_is_said() {
    let wire = Wire::new(Others::AreSilent);
    let request = || common::get("/").header(COOKIE, "gcache_seen=1");
    let layer = fenced().by_receipt().within(Duration::from_millis(1));
    assert_eq!(send(&app(layer.clone()).0, request()).await.header("gcache-fence"), "unreachable");
    let answer = send(&app(layer.or_unavailable()).0, request()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(wire.asked(), ["1", "1"]);
}

#[tokio::test]
async fn the_cookie_is_as_the_layer_says() {
    let _wire = Wire::new(Others::Answer);
    let layer = fenced().cookie("__Host-seen", Duration::from_secs(600));
    let cookie = post(&app(layer).0, "/change").await.header("set-cookie");
    assert!(cookie.starts_with("__Host-seen="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    // Browsers know two such beginnings, in any case. Another name stays one for plain HTTP.
    for (name, secure) in [("__secure-seen", true), ("__seen", false), ("__Host", false)] {
        let layer = fenced().cookie(name, Duration::from_secs(600));
        let cookie = post(&app(layer).0, "/change").await.header("set-cookie");
        assert_eq!(cookie.ends_with("; Secure"), secure, "{cookie}");
    }
}

#[test]
#[should_panic(expected = "\"a b\" is no name of a cookie")]
fn a_name_that_is_no_token_is_refused() {
    drop(fenced().cookie("a b", Duration::from_secs(60)));
}

#[tokio::test]
async fn no_page_cache_stores_what_is_for_one_visitor() {
    let wire = Wire::new(Others::Answer);
    let count = Arc::new(Count::new());
    let asked = Arc::clone(&count);
    // A page that invalidates something when it is read, behind the layer, which is behind the page cache: the wrong
    // way round.
    let changes = async move || {
        invalidate_tag("fenced: changed by a page");
        count.up().to_string()
    };
    let layer = pages("fenced pages").against_tag("fenced: pages").build();
    let app: Router =
        Router::new().route("/", get(changes)).layer(fenced().by_receipt()).layer(layer.clone());
    text(&app, "/").await;
    let before = asked.get();
    assert_ne!(send(&app, common::get("/")).await.header("set-cookie"), "");
    assert_eq!((layer.stats().hits, asked.get() > before), (0, true));

    // Nor what may be older than was asked for.
    wire.others(Others::AreUnreachable);
    let layer = pages("fenced late pages").against_tag("fenced: pages").build();
    let quiet = async || "quiet";
    let app: Router = Router::new().route("/", get(quiet)).layer(fenced()).layer(layer.clone());
    for _ in 0..3 {
        assert_eq!(send(&app, common::get("/")).await.header("gcache-fence"), "unreachable");
    }
    assert_eq!(layer.stats().hits, 0);
}

#[tokio::test]
async fn a_page_inside_is_served_from_the_cache_after_the_wait() {
    let wire = Wire::new(Others::Answer);
    let layer = pages("fenced cached pages").against_tag("fenced: cached pages").build();
    let app: Router =
        Router::new().route("/", get(async || "page")).layer(layer.clone()).layer(fenced());
    for _ in 0..3 {
        assert!(send(&app, common::get("/")).await.header("gcache-fence").is_empty());
    }
    assert_eq!((layer.stats().hits, wire.asked().len()), (2, 3));
}

/// Of one visitor.
#[derive(Invalidates)]
#[group(name = "fenced.session", local)]
#[allow(dead_code, reason = "a group is its fields")]
struct Session {
    id: u64,
}

/// Of all.
#[derive(Invalidates)]
#[group(name = "fenced.book")]
#[allow(dead_code, reason = "a group is its fields")]
struct Book {
    id: u64,
}

#[tokio::test]
async fn what_is_local_is_told_to_nobody() {
    let wire = Wire::new(Others::Answer);
    let app: Router = Router::new()
        .route(
            "/session",
            any(async || {
                invalidate_session(7);
            }),
        )
        .route(
            "/book",
            any(async || {
                invalidate_book(7);
            }),
        )
        .layer(fenced().by_receipt());
    assert!(is_plain(&post(&app, "/session").await));
    assert_eq!(wire.told().len(), 0);
    assert!(!is_plain(&post(&app, "/book").await));
    assert!(wire.told().iter().flatten().all(|group| NamedGroup::model(group) == "fenced.book"));
}

#[test]
fn without_a_link_it_does_nothing() {
    let _turn = turn();
    // No runtime, so no timer.
    futures::executor::block_on(async {
        for layer in [fenced().or_unavailable(), fenced().by_receipt().or_unavailable()] {
            let (app, _) = app(layer);
            let request = common::get("/").header(COOKIE, "gcache_seen=1");
            assert!(is_plain(&send(&app, request).await));
            assert!(is_plain(&post(&app, "/change").await));
        }
    });
}
