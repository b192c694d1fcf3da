//! A layer outside of `pages` packs bodies.

mod common;

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Router, http::Request};
use common::{Answered, get as ask, send};
use gcache::cache_against;
use gcache_axum::{Page, conditional, pages};
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;

const LONG: &str =
    "a page that is long enough for a layer to pack it, and to be smaller after that";

#[cache_against("packed")]
async fn page() -> Page {
    Page::from(axum::response::Html(LONG))
}

/// By each way of caching, and by each way of putting a layer around another.
fn apps() -> [(&'static str, Router); 3] {
    let packs = || CompressionLayer::new().gzip(true);
    let plain = get(async || LONG);
    let pages = |name: &str| pages(name).through().build();
    [
        (
            "two layers",
            Router::new().route("/", plain.clone()).layer(pages("packed")).layer(packs()),
        ),
        (
            "one layer of two",
            Router::new()
                .route("/", plain)
                .layer(ServiceBuilder::new().layer(packs()).layer(pages("packed together"))),
        ),
        ("conditional", Router::new().route("/", get(page)).layer(conditional()).layer(packs())),
    ]
}

async fn packed(app: &Router, etag: Option<&str>) -> Answered {
    let request = ask("/").header("accept-encoding", "gzip");
    let request =
        etag.into_iter().fold(request, |request, etag| request.header("if-none-match", etag));
    let Ok(response) = tower::ServiceExt::oneshot(
        app.clone(),
        request.body(axum::body::Body::empty()).expect("a request"),
    )
    .await;
    let (parts, _) = response.into_parts();
    Answered { status: parts.status, headers: parts.headers, body: String::new() }
}

#[tokio::test]
async fn an_etag_that_two_bodies_share_is_weak() {
    for (how, app) in apps() {
        let (plain, packed) = (send(&app, ask("/")).await, packed(&app, None).await);
        assert_eq!(
            (plain.body.as_str(), packed.header("content-encoding").as_str()),
            (LONG, "gzip")
        );
        let (etag, other) = (plain.header("etag"), packed.header("etag"));
        assert!(etag != other || etag.starts_with("W/"), "{how}: {etag} and {other}");
    }
}

#[tokio::test]
async fn nothing_has_changed_says_what_the_page_varies_on() {
    for (how, app) in apps() {
        let page = packed(&app, None).await;
        let same = packed(&app, Some(&page.header("etag"))).await;
        assert_eq!(same.status, StatusCode::NOT_MODIFIED, "{how}");
        for name in ["vary", "etag", "cache-control"] {
            assert_eq!(same.header(name), page.header(name), "{how}: {name}");
        }
        assert_eq!(same.header("content-encoding"), "", "{how}");
    }
}

#[tokio::test]
async fn head_says_what_get_would() {
    for (how, app) in apps() {
        let headers = async |method: &str, encoding: &str| {
            let request =
                Request::builder().method(method).uri("/").header("accept-encoding", encoding);
            let request = request.body(axum::body::Body::empty()).expect("a request");
            let Ok(response) = tower::ServiceExt::oneshot(app.clone(), request).await;
            response.into_parts().0.headers
        };
        for encoding in ["gzip", "identity"] {
            let get = headers("GET", encoding).await;
            assert_eq!(headers("HEAD", encoding).await, get, "{how}: {encoding}");
            assert_eq!(get.contains_key("content-length"), encoding == "identity");
        }
    }
}
