//! Requests at the same time: one renders, and what cannot be stored holds nobody up.

mod common;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing::get};
use common::{Count, text};
use futures::future::join_all;
use gcache::group;
use gcache_axum::{NotStored, pages};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Barrier, Notify};
use tower::ServiceExt as _;

group!(Together);

/// Polls `future` until it waits.
async fn poll_once<F: Future + Unpin>(future: &mut F) {
    let once = std::future::poll_fn(|task| {
        assert!(std::pin::Pin::new(&mut *future).poll(task).is_pending());
        std::task::Poll::Ready(())
    });
    once.await;
}

async fn ask(app: &Router) -> Response {
    let request = Request::get("/").body(Body::empty()).expect("a request");
    let Ok(response) = app.clone().oneshot(request).await;
    response
}

#[tokio::test]
async fn a_page_is_rendered_once_for_all_who_ask_at_once() {
    let (count, go_on) = (Arc::new(Count::new()), Arc::new(Notify::new()));
    let handler = {
        let (count, go_on) = (Arc::clone(&count), Arc::clone(&go_on));
        move || async move {
            let run = count.up();
            go_on.notified().await;
            format!("page {run}")
        }
    };
    let pages = pages("together once").against::<Together>().build();
    let app: Router = Router::new().route("/", get(handler)).layer(pages.clone());
    let mut requests: Vec<_> = (0..10).map(|_| Box::pin(text(&app, "/"))).collect();
    for request in &mut requests {
        poll_once(request).await;
    }
    go_on.notify_one();
    assert!(join_all(requests).await.iter().all(|body| body == "page 1"));
    let stats = pages.stats();
    assert_eq!((count.get(), stats.misses, stats.joined), (1, 1, 9));
}

#[tokio::test]
async fn what_cannot_be_stored_is_rendered_for_each_at_once() {
    const REQUESTS: usize = 10;
    // The first renders alone, since nobody knows yet. Then all meet at the barrier, each rendered for itself, so that
    // the test ends only if none of them waits for another.
    let all = Arc::new(Barrier::new(REQUESTS));
    let (count, go_on) = (Arc::new(Count::new()), Arc::new(Notify::new()));
    let handler = {
        let (count, go_on) = (Arc::clone(&count), Arc::clone(&go_on));
        move || async move {
            let run = count.up();
            if run == 1 {
                go_on.notified().await;
            } else {
                all.wait().await;
            }
            ([(SET_COOKIE, "a=1")], format!("page {run}"))
        }
    };
    let pages = pages("together unstorable").against::<Together>().build();
    let app: Router = Router::new().route("/", get(handler)).layer(pages.clone());
    let mut requests: Vec<_> = (0..REQUESTS).map(|_| Box::pin(text(&app, "/"))).collect();
    for request in &mut requests {
        poll_once(request).await;
    }
    go_on.notify_one();
    let mut bodies = join_all(requests).await;
    bodies.sort();
    bodies.dedup();
    assert_eq!((bodies.len(), count.get()), (REQUESTS, REQUESTS + 1));
    let unstored = (pages.not_stored(NotStored::SetCookie), pages.not_stored(NotStored::Joined));
    assert_eq!(unstored, (1, REQUESTS as u64 - 1));
}

#[tokio::test]
async fn a_visitor_who_leaves_hands_over_to_one_who_waits() {
    let (count, go_on) = (Arc::new(Count::new()), Arc::new(Notify::new()));
    let handler = {
        let (count, go_on) = (Arc::clone(&count), Arc::clone(&go_on));
        move || async move {
            let run = count.up();
            go_on.notified().await;
            format!("page {run}")
        }
    };
    let pages = pages("together leaves").against::<Together>().build();
    let app: Router = Router::new().route("/", get(handler)).layer(pages);
    let mut leaves = Box::pin(text(&app, "/"));
    let mut stays = Box::pin(text(&app, "/"));
    poll_once(&mut leaves).await;
    poll_once(&mut stays).await;
    drop(leaves);
    go_on.notify_one();
    assert_eq!(stays.await, "page 2");
    assert_eq!(text(&app, "/").await, "page 2");
}

#[tokio::test]
async fn a_handler_that_panics_leaves_the_cache_as_it_was() {
    let count = Arc::new(Count::new());
    let handler = move || async move {
        let run = count.up();
        // For everyone, and for the visitor.
        assert!(run > 2, "a panic that the test wants");
        format!("page {run}").into_response()
    };
    let pages = pages("together panics").against::<Together>().whole_for(Duration::ZERO).build();
    let app: Router = Router::new().route("/", get(handler)).layer(pages.clone());
    let panicked = futures::FutureExt::catch_unwind(AssertUnwindSafe(ask(&app))).await;
    assert!(panicked.is_err());
    assert_eq!(pages.not_stored(NotStored::Failed), 1);
    assert_eq!(text(&app, "/").await, "page 3");
    assert_eq!(text(&app, "/").await, "page 3");
}
