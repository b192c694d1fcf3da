//! One transaction scope per request.

mod common;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{StatusCode, request::Builder};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use common::{Count, send};
use gcache::{Transaction, cache_against, group, invalidate_tag};
use gcache_axum::{RolledBack, Transactions, pages, transactions};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;
use tower::ServiceExt as _;

group!(Shelf: String);

static COUNT: Count = Count::new();

#[cache_against(Shelf(name))]
fn shelf(name: &str) -> usize {
    COUNT.up()
}

/// What a handler does in between, as the path says.
async fn change(Path((name, outcome)): Path<(String, String)>) -> Response {
    let held = invalidate_shelf(&name).is_deferred();
    // Nothing that is computed here is stored.
    assert_eq!(held, shelf(&name) != shelf(&name));
    match outcome.as_str() {
        "done" => if held { "held" } else { "at once" }.into_response(),
        "failed" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "rolled_back" => (StatusCode::CONFLICT, RolledBack, "conflict").into_response(),
        // A part of the work has its own transaction, which is committed; another is rolled back.
        "in_part" => {
            let part = Transaction::begin();
            part.enter(|| invalidate_shelf("part"));
            part.commit();
            (StatusCode::CONFLICT, RolledBack, "").into_response()
        }
        "panics" => panic!("a panic that the test wants"),
        "waits" => std::future::pending().await,
        other => unreachable!("{other}"),
    }
}

fn app(layer: Transactions) -> Router {
    Router::new().route("/{name}/{outcome}", any(change)).layer(layer)
}

fn post(path: &str) -> Builder {
    Request::post(path)
}

#[tokio::test]
async fn invalidations_happen_when_the_response_is_made() {
    let app = app(transactions());
    let before = shelf("done");
    let answer = send(&app, post("/done/done")).await;
    assert_eq!(answer.body, "held");
    assert_ne!(shelf("done"), before);
}

#[tokio::test]
async fn an_error_status_invalidates_too() {
    let app = app(transactions());
    let before = shelf("failed");
    send(&app, post("/failed/failed")).await;
    assert_ne!(shelf("failed"), before);
}

#[tokio::test]
async fn a_rollback_that_is_told_forgets_the_invalidations() {
    let app = app(transactions());
    let before = shelf("told");
    let answer = send(&app, post("/told/rolled_back")).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::CONFLICT, "conflict"));
    assert_eq!(shelf("told"), before);
}

#[tokio::test]
async fn a_rollback_that_is_told_keeps_what_was_committed_by_itself() {
    let app = app(transactions());
    let before = (shelf("in part"), shelf("part"));
    send(&app, post("/in%20part/in_part")).await;
    assert_eq!(shelf("in part"), before.0);
    assert_ne!(shelf("part"), before.1);
}

#[tokio::test]
async fn a_program_can_say_which_responses_are_rollbacks() {
    let app = app(transactions().roll_back_if(|response| response.status().is_server_error()));
    let before = shelf("program");
    send(&app, post("/program/failed")).await;
    assert_eq!(shelf("program"), before);
    send(&app, post("/program/done")).await;
    assert_ne!(shelf("program"), before);
}

#[tokio::test]
async fn a_panic_invalidates() {
    let app = app(transactions());
    let before = shelf("panics");
    let request = post("/panics/panics").body(Body::empty()).expect("a request");
    let response = AssertUnwindSafe(app.oneshot(request));
    assert!(futures::FutureExt::catch_unwind(response).await.is_err());
    assert_ne!(shelf("panics"), before);
}

#[tokio::test]
async fn a_service_that_fails_invalidates() {
    let fails = tower::service_fn(async |_: Request| {
        invalidate_shelf("fails");
        Err::<Response, _>("no service")
    });
    let before = shelf("fails");
    let service = tower_layer::Layer::layer(&transactions(), fails);
    let failed = service.oneshot(post("/").body(Body::empty()).expect("a request")).await;
    assert_eq!(failed.err(), Some("no service"));
    assert_ne!(shelf("fails"), before);
}

/// Sends a request, and leaves once it waits.
async fn leave(app: Router, path: &str) {
    let request = post(path).body(Body::empty()).expect("a request");
    let mut response = Box::pin(app.oneshot(request));
    std::future::poll_fn(|task| {
        assert!(response.as_mut().poll(task).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn a_visitor_who_leaves_changes_nothing() {
    // A row, and a statement on it that the database finishes when it is told to.
    let row = Arc::new(AtomicUsize::new(1));
    let (begun, go_on) = (Arc::new(Count::new()), Arc::new(Notify::new()));
    let handler = {
        let (row, begun, go_on) = (Arc::clone(&row), Arc::clone(&begun), Arc::clone(&go_on));
        async move || {
            begun.up();
            go_on.notified().await;
            row.store(2, Ordering::SeqCst);
            invalidate_tag("transactions: leaves");
        }
    };
    let pages = pages("transactions leaves").against_tag("transactions: leaves").build();
    let read = {
        let row = Arc::clone(&row);
        async move || row.load(Ordering::SeqCst).to_string()
    };
    let app: Router = Router::new()
        .route("/", get(read).layer(pages))
        .route("/", axum::routing::post(handler).layer(transactions()));
    assert_eq!(common::text(&app, "/").await, "1");
    leave(app.clone(), "/").await;
    assert_eq!(begun.get(), 1);
    // Nothing is written yet, and nothing has ended.
    assert_eq!(common::text(&app, "/").await, "1");
    go_on.notify_one();
    gcache::finish::idle().await;
    assert_eq!(common::text(&app, "/").await, "2");
}

#[tokio::test]
async fn what_goes_on_alone_is_held_back_until_it_is_done() {
    static GO_ON: Notify = Notify::const_new();
    let handler = async || {
        invalidate_shelf("alone");
        GO_ON.notified().await;
        (StatusCode::CONFLICT, RolledBack, "")
    };
    let app: Router = Router::new().route("/", axum::routing::post(handler)).layer(transactions());
    let before = shelf("alone");
    leave(app, "/").await;
    assert_eq!(shelf("alone"), before, "held back while it is under way");
    GO_ON.notify_one();
    gcache::finish::idle().await;
    assert_eq!(shelf("alone"), before, "it says what became of it, as to one who waits");
}

#[test]
fn a_request_that_cannot_go_on_invalidates() {
    let app = app(transactions());
    let before = shelf("leaves");
    // No runtime, so no task.
    futures::executor::block_on(leave(app, "/leaves/waits"));
    assert_ne!(shelf("leaves"), before);
}

#[tokio::test]
async fn requests_that_change_nothing_have_no_transaction() {
    let app = app(transactions());
    assert_eq!(send(&app, common::get("/get/done")).await.body, "at once");
}

#[tokio::test]
async fn pages_are_stored_inside_of_the_layer_and_outside_of_it() {
    let read = || async { COUNT.up().to_string() };
    let pages = pages("transactions pages").against_tag("transactions: pages").build();
    let inside: Router =
        Router::new().route("/in", any(read)).layer(pages.clone()).layer(transactions());
    let outside: Router = Router::new().route("/out", any(read)).layer(transactions()).layer(pages);
    for (app, path) in [(inside, "/in"), (outside, "/out")] {
        let first = common::text(&app, path).await;
        assert_eq!(common::text(&app, path).await, first, "{path}");
        assert_ne!(send(&app, post(path)).await.body, first, "{path}");
        invalidate_tag("transactions: pages");
        assert_ne!(common::text(&app, path).await, first, "{path}");
    }
}
