//! Cached handlers: `#[cache_against]` on an axum handler that returns a `Page`.

mod common;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse, Response};
use axum::{Extension, Router, routing::get};
use common::{Count, head, send, text};
use gcache::{Invalidates, cache_against, invalidate, of};
use gcache_axum::{Page, Unstorable, conditional};
use std::sync::Arc;
use tower::ServiceExt as _;

#[derive(Invalidates)]
#[group(no_helpers)]
struct Movie {
    id: i64,
}

#[derive(Clone, Default)]
struct Db {
    asked: Arc<Count>,
}

enum AppError {
    NoDatabase,
    Unstorable(Unstorable),
}

impl From<Unstorable> for AppError {
    fn from(unstorable: Unstorable) -> Self {
        Self::Unstorable(unstorable)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::NoDatabase => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            Self::Unstorable(response) => response.into_response(),
        }
    }
}

#[cache_against(Movie, key = id, by(id), skip(db))]
async fn movie(Path(id): Path<i64>, State(db): State<Db>) -> Result<Page, AppError> {
    let asked = db.asked.up();
    match id {
        13 => Err(AppError::NoDatabase),
        14 => Ok(Page::of(([(header::SET_COOKIE, "seen=14")], "fourteen")).await?),
        404 => Ok(Page::of((StatusCode::NOT_FOUND, format!("nothing, {asked}"))).await?),
        _ => Ok(Page::of(Html(format!("film {id}, {asked}"))).await?),
    }
}

fn app(route: &str) -> (Router, Db) {
    let db = Db::default();
    let app = Router::new().route(route, get(movie)).layer(conditional()).with_state(db.clone());
    (app, db)
}

#[tokio::test]
async fn a_page_is_rendered_once_until_its_film_changes() {
    let (app, db) = app("/a/{id}");
    assert_eq!(text(&app, "/a/1").await, "film 1, 1");
    assert_eq!(text(&app, "/a/1").await, "film 1, 1");
    assert_eq!(text(&app, "/a/2").await, "film 2, 2");
    invalidate!(Movie(1));
    assert_eq!(text(&app, "/a/1").await, "film 1, 3");
    assert_eq!(text(&app, "/a/2").await, "film 2, 2");
    assert_eq!(db.asked.get(), 3);
    assert!(of(movie).stats().hits >= 2);
}

#[tokio::test]
async fn a_page_is_replayed_whole() {
    let (app, _) = app("/b/{id}");
    let first = send(&app, common::get("/b/404")).await;
    let again = send(&app, common::get("/b/404")).await;
    assert_eq!((first.status, again.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!((first.headers, first.body), (again.headers, again.body));
}

#[tokio::test]
async fn an_error_is_served_and_not_stored() {
    let (app, db) = app("/c/{id}");
    for _ in 0..2 {
        assert_eq!(send(&app, common::get("/c/13")).await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(db.asked.get(), 2);
}

#[tokio::test]
async fn what_cannot_be_stored_is_served_as_it_is() {
    let (app, db) = app("/d/{id}");
    for _ in 0..2 {
        let answer = send(&app, common::get("/d/14")).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "fourteen"));
        assert_eq!(answer.header("set-cookie"), "seen=14");
    }
    assert_eq!(db.asked.get(), 2);
}

#[tokio::test]
async fn a_browser_that_has_the_page_is_told_so() {
    let (app, db) = app("/e/{id}");
    let first = send(&app, common::get("/e/5")).await;
    let etag = first.header("etag");
    assert!(etag.starts_with("W/\"") && etag.len() == 36, "{etag}");
    let opaque = etag.trim_start_matches("W/");
    assert_eq!(first.header("cache-control"), "no-cache");

    let ask = |etags: &str| send(&app, common::get("/e/5").header("if-none-match", etags));
    for etags in [etag.clone(), format!("\"other\", {opaque}"), "*".to_owned()] {
        let answer = ask(&etags).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(answer.header("etag"), etag);
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(answer.header("content-type"), "");
    }
    assert_eq!(ask("\"other\"").await.status, StatusCode::OK);
    assert_eq!(db.asked.get(), 1);

    invalidate!(Movie(5));
    let changed = ask(&etag).await;
    assert_eq!((changed.status, changed.body.as_str()), (StatusCode::OK, "film 5, 2"));
    assert_ne!(changed.header("etag"), etag);
}

#[tokio::test]
async fn an_etag_is_of_the_body_and_of_how_to_read_it() {
    let etag = async |headers: &[(&'static str, &'static str)], body: &'static str| {
        let headers = headers.iter().map(|&(name, value)| (HeaderName::from_static(name), value));
        let headers = AppendHeaders(headers.collect::<Vec<_>>());
        let page = Page::of((headers, body)).await.expect("it can be stored");
        page.headers()["etag"].to_str().expect("text").to_owned()
    };
    let plain = etag(&[], "hello").await;
    // In every process, on every machine.
    assert_eq!(plain, "W/\"6e5cd9e11ca1afd02955224b14cebc60\"");
    assert_eq!(etag(&[("x-rendered-in", "5 ms")], "hello").await, plain);
    let mut etags = vec![plain, etag(&[], "hallo").await];
    for header in [
        ("content-type", "text/html"),
        ("content-encoding", "gzip"),
        ("content-language", "en"),
        ("content-language", "de"),
    ] {
        etags.push(etag(&[header], "hello").await);
    }
    // Lists that would read the same without their lengths.
    etags.push(etag(&[("content-language", "en"), ("content-language", "de")], "hello").await);
    etags.push(etag(&[("content-language", "encontent-languagede")], "hello").await);
    let number = etags.len();
    etags.sort();
    etags.dedup();
    assert_eq!(etags.len(), number, "{etags:?}");
}

#[tokio::test]
async fn no_condition_holds_for_a_page_that_is_not_there() {
    let (app, _) = app("/f/{id}");
    let answer = send(&app, common::get("/f/404").header("if-none-match", "*")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("etag"), "");
}

#[tokio::test]
async fn a_page_that_is_not_there_is_not_unchanged_even_with_an_etag() {
    let gone = || async { (StatusCode::NOT_FOUND, [(header::ETAG, "\"mine\"")], "gone") };
    let app: Router = Router::new().route("/", get(gone)).layer(conditional());
    let answer = send(&app, common::get("/").header("if-none-match", "\"mine\"")).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NOT_FOUND, "gone"));
}

#[tokio::test]
async fn what_is_no_page_keeps_its_cookies() {
    let login = || async {
        let cookies = AppendHeaders([(header::SET_COOKIE, "a=1"), (header::SET_COOKIE, "b=2")]);
        ([(header::ETAG, "\"mine\"")], cookies, Extension(7_u8), "hello")
    };
    let app: Router = Router::new().route("/", get(login)).layer(conditional());
    let request = common::get("/").header("if-none-match", "\"mine\"").body(Body::empty());
    let Ok(answer) = app.oneshot(request.expect("a request")).await;
    assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!(answer.extensions().get(), Some(&7_u8), "for layers outside");
}

#[tokio::test]
async fn what_is_of_one_message_alone_is_not_replayed() {
    let date = "Sat, 29 Oct 1994 19:43:31 GMT";
    let headers = [
        (header::DATE, date),
        (header::CONNECTION, "close, X-Hop"),
        (HeaderName::from_static("x-hop"), "1"),
        (HeaderName::from_static("x-request-id"), "7"),
        (HeaderName::from_static("server-timing"), "db;dur=53"),
        (header::EXPIRES, "Fri, 29 Oct 2094 19:43:31 GMT"),
    ];
    let page = Page::of((headers, "hello")).await.expect("it can be stored");
    let names: Vec<_> = page.headers().keys().map(HeaderName::as_str).collect();
    for name in ["date", "connection", "x-hop", "x-request-id", "server-timing"] {
        assert!(!names.contains(&name), "{name} of {names:?}");
    }
    assert!(names.contains(&"expires"), "{names:?}");
}

#[tokio::test]
async fn head_gets_the_headers_of_the_page() {
    let (app, db) = app("/g/{id}");
    let page = send(&app, common::get("/g/7")).await;
    let answer = head(&app, "/g/7").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(answer.header("etag"), page.header("etag"));
    assert_eq!(answer.header("content-length"), page.body.len().to_string());
    assert_eq!(db.asked.get(), 1);
}

#[tokio::test]
async fn a_page_says_whom_it_is_for() {
    let page = Page::from(Html("hello"));
    let page = page.private().vary(header::COOKIE).vary(HeaderName::from_static("x-tenant"));
    let response = page.vary(header::COOKIE).into_response();
    assert_eq!(response.headers()["cache-control"], "private, no-cache");
    let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
    assert_eq!(vary, ["cookie", "x-tenant"]);
}
