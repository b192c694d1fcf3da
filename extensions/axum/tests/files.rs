//! A handler that answers conditions itself, and whose pages cannot be stored.

mod common;

use axum::Router;
use axum::http::{Request, StatusCode};
use common::{get as ask, send};
use gcache_axum::{NotStored, pages};
use tower_http::services::ServeDir;

#[tokio::test]
async fn files_are_sent_to_those_who_do_not_have_them() {
    let pages = pages("files").through().build();
    let files = ServeDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let app: Router = Router::new().nest_service("/src", files).layer(pages.clone());
    let first = send(&app, ask("/src/lib.rs")).await;
    assert_eq!((first.status, first.body.is_empty()), (StatusCode::OK, false));
    let since = first.header("last-modified");
    for _ in 0..2 {
        let again = send(&app, ask("/src/lib.rs").header("if-modified-since", &since)).await;
        assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    }
    let head = send(&app, Request::head("/src/lib.rs")).await;
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(head.header("content-length"), first.body.len().to_string());
    assert_eq!((pages.not_stored(NotStored::Streaming), pages.stats().entries), (4, 0));
}
