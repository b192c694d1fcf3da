//! What is never stored, is served as it is, and is counted by its reason.

mod common;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, HeaderMap};
use axum::http::{StatusCode, request::Builder};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::any};
use common::{Count, get, head, send, send_with};
use futures::stream;
use gcache::group;
use gcache_axum::{NotStored, Page, Pages, PagesBuilder, pages};
use http_body::Frame;
use http_body_util::StreamBody;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::ServiceExt as _;

group!(Never);

/// A router of one handler behind a layer, and how often the handler ran.
fn app(
    builder: PagesBuilder,
    response: impl Fn(usize) -> Response + Clone + Send + Sync + 'static,
) -> (Router, Pages, Arc<Count>) {
    let pages = builder.against::<Never>().build();
    let count = Arc::new(Count::new());
    let runs = Arc::clone(&count);
    let handler = move || async move { response(runs.up()) };
    (Router::new().route("/", any(handler)).layer(pages.clone()), pages, count)
}

fn plain(run: usize) -> Response {
    format!("page {run}").into_response()
}

/// Two requests are both served by the handler and counted.
async fn is_not_looked_up(request: impl Fn() -> Builder, reason: NotStored) {
    let (app, pages, count) = app(pages(format!("never {reason:?}")), plain);
    assert_eq!(send(&app, get("/")).await.body, "page 1");
    assert_eq!(send(&app, request()).await.body, "page 2", "{reason:?}");
    assert_eq!(send(&app, request()).await.body, "page 3", "{reason:?}");
    assert_eq!((pages.not_stored(reason), count.get()), (2, 3), "{reason:?}");
    assert_eq!(send(&app, get("/")).await.body, "page 1", "{reason:?}");
}

#[tokio::test]
async fn requests_that_are_not_looked_up() {
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        is_not_looked_up(|| Request::builder().method(method).uri("/"), NotStored::Method).await;
    }
    is_not_looked_up(|| get("/").header("authorization", "Basic eA=="), NotStored::Authorization)
        .await;
    for (name, value) in [
        ("range", "bytes=0-1"),
        ("if-match", "\"x\""),
        ("if-unmodified-since", "Sat, 29 Oct 1994 19:43:31 GMT"),
    ] {
        is_not_looked_up(|| get("/").header(name, value), NotStored::Condition).await;
    }
    is_not_looked_up(|| get("/").header("upgrade", "websocket"), NotStored::Upgrade).await;
}

#[tokio::test]
async fn a_request_with_a_body_is_not_looked_up() {
    let (app, pages, _) = app(pages("never body"), plain);
    send(&app, get("/")).await;
    let request = get("/").body(Body::from("films of 1927")).expect("a request");
    assert_eq!(send_with(&app, request).await.body, "page 2");
    assert_eq!(pages.not_stored(NotStored::RequestBody), 1);
}

#[tokio::test]
async fn pages_that_vary_on_authorization_are_stored_and_private() {
    let (app, _, count) = app(pages("never authorized").vary_header(AUTHORIZATION), plain);
    let ask = |name: &str| send(&app, get("/").header("authorization", name));
    let ann = ask("ann").await;
    assert_eq!(
        (ann.body.as_str(), ann.header("cache-control").as_str()),
        ("page 1", "private, no-cache")
    );
    assert_eq!(ask("ben").await.body, "page 2");
    assert_eq!(ask("ann").await.body, "page 1");
    assert_eq!(count.get(), 2);
}

/// A response is served twice by the handler, as it is, and counted. The first is rendered once more, for what the page
/// may look like to everyone.
async fn is_not_stored(
    builder: PagesBuilder,
    response: impl Fn() -> Response + Clone + Send + Sync + 'static,
    reason: NotStored,
) {
    let expected = response();
    let (expected, body) = expected.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.ok();
    let (app, pages, count) = app(builder, move |_| response());
    for _ in 0..2 {
        let request = get("/").body(Body::empty()).expect("a request");
        let Ok(served) = app.clone().oneshot(request).await;
        assert_eq!(served.status(), expected.status, "{reason:?}");
        for (name, value) in &expected.headers {
            assert_eq!(served.headers().get(name), Some(value), "{reason:?}");
        }
        assert!(!served.headers().contains_key("etag"), "{reason:?}");
        let served = axum::body::to_bytes(served.into_body(), usize::MAX).await.ok();
        assert_eq!(served, body, "{reason:?}");
    }
    assert_eq!((pages.not_stored(reason), count.get()), (2, 3), "{reason:?}");
    let stats = pages.stats();
    assert_eq!((stats.entries, stats.unstored), (0, 2), "{reason:?}");
    // And a `HEAD` of it has no body.
    assert_eq!(head(&app, "/").await.body, "");
}

fn with(name: &'static str, value: &'static str) -> impl Fn() -> Response + Clone {
    move || ([(name, value)], "a page").into_response()
}

#[tokio::test]
async fn statuses_that_are_not_stored() {
    for status in [201, 204, 206, 302, 303, 307, 400, 401, 403, 405, 429, 500, 503] {
        let status = StatusCode::from_u16(status).expect("a status");
        is_not_stored(pages("never status"), move || status.into_response(), NotStored::Status)
            .await;
    }
}

#[tokio::test]
async fn statuses_that_are_stored() {
    for status in [200, 203, 301, 404, 410] {
        let status = StatusCode::from_u16(status).expect("a status");
        let (app, _, count) = app(pages("never but"), move |_| (status, "a page").into_response());
        for _ in 0..2 {
            let answer = send(&app, get("/")).await;
            assert_eq!((answer.status, answer.body.as_str()), (status, "a page"));
        }
        assert_eq!(count.get(), 1, "{status}");
    }
}

#[tokio::test]
async fn headers_that_keep_a_response_from_being_stored() {
    for name in ["set-cookie", "clear-site-data", "authentication-info"] {
        is_not_stored(pages("never"), with(name, "a=1"), NotStored::SetCookie).await;
    }
    for value in [
        "no-store",
        "Private",
        "max-age=5, NO-STORE",
        "private=\"x-user\"",
        "a,private , b",
        "no-cache=\"x-user\"",
        "max-age=0",
        "must-revalidate, Max-Age = 000",
        "max-age=\"0\"",
        "max-age=-1",
        "max-age=soon",
        "max-age",
        "max-age=60, s-maxage=0",
    ] {
        is_not_stored(pages("never"), with("cache-control", value), NotStored::CacheControl).await;
    }
    for value in ["0", "Sat, 29 Oct 1994 19:43:31 GMT", "soon"] {
        is_not_stored(pages("never"), with("expires", value), NotStored::CacheControl).await;
    }
    for value in ["*", "origin", "accept-language, origin"] {
        let builder = pages("never").vary_header(ACCEPT_LANGUAGE);
        is_not_stored(builder, with("vary", value), NotStored::Vary).await;
    }
}

#[tokio::test]
async fn headers_that_do_not() {
    let builder = || pages("never but").vary_header(ACCEPT_LANGUAGE);
    for (name, value) in [
        ("cache-control", "max-age=60, public"),
        ("cache-control", "no-cache, x-private"),
        ("cache-control", "max-age=0, s-maxage=60"),
        ("cache-control", "max-age=010"),
        ("expires", "Fri, 29 Oct 2094 19:43:31 GMT"),
        ("vary", "Accept-Language"),
        ("etag", "W/\"mine\""),
    ] {
        let (app, _, count) = app(builder(), move |_| with(name, value)());
        for _ in 0..2 {
            assert_eq!(send(&app, get("/")).await.header(name), value, "{name}");
        }
        assert_eq!(count.get(), 1, "{name}: {value}");
    }
}

#[tokio::test]
async fn what_is_of_one_response_is_told_to_who_gets_it() {
    let names = ["x-request-id", "server-timing", "traceparent", "x-correlation-id", "age"];
    let response = move |run: usize| {
        let mut response = plain(run);
        for name in names {
            let value = run.to_string().parse().expect("a value");
            response.headers_mut().append(name, value);
        }
        response
    };
    let (app, _, _) = app(pages("never own").whole_for(Duration::ZERO), response);
    let first = send(&app, get("/")).await;
    let again = send(&app, get("/")).await;
    let same = send(&app, get("/").header("if-none-match", first.header("etag"))).await;
    let (whole, other) =
        (send(&app, get("/").header("range", "bytes=0-1")).await, send(&app, get("/?2")).await);
    for name in names {
        let told = [&first, &again, &same, &whole, &other].map(|answer| answer.header(name));
        assert_eq!(told, ["1", "", "", "2", "3"], "{name}");
    }
}

#[tokio::test]
async fn bodies_above_the_limit_are_not_stored() {
    let large = || "x".repeat(101).into_response();
    is_not_stored(pages("never").body_limit(100), large, NotStored::TooLarge).await;
    let (app, _, count) =
        app(pages("never but").body_limit(100), |_| "x".repeat(100).into_response());
    send(&app, get("/")).await;
    send(&app, get("/")).await;
    assert_eq!(count.get(), 1);
}

#[tokio::test]
async fn streaming_bodies_are_not_stored() {
    let streaming = || {
        let parts = ["one ", "two ", "three"].map(Ok::<_, String>);
        Body::from_stream(stream::iter(parts)).into_response()
    };
    is_not_stored(pages("never"), streaming, NotStored::Streaming).await;
}

/// A body that says its length and then does as it likes.
struct Says<B> {
    length: u64,
    body: B,
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for Says<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(task)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.length)
    }
}

type Piece = Result<Frame<Bytes>, String>;

fn frames(frames: Vec<Piece>) -> Response {
    let body = StreamBody::new(stream::iter(frames));
    Body::new(Says { length: 8, body }).into_response()
}

#[expect(clippy::unnecessary_wraps, reason = "other pieces are errors")]
fn data(text: &'static str) -> Piece {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

#[tokio::test]
async fn a_body_in_several_pieces_is_stored() {
    let (app, _, count) =
        app(pages("never but"), |_| frames(vec![data("one "), data("two "), data("")]));
    for _ in 0..2 {
        assert_eq!(send(&app, get("/")).await.body, "one two ");
    }
    assert_eq!(count.get(), 1);
}

#[tokio::test]
async fn a_body_that_fails_is_passed_on_up_to_where_it_failed() {
    let fails = || frames(vec![data("one "), data("two "), Err("the disk is gone".to_owned())]);
    is_not_stored(pages("never"), fails, NotStored::BodyFailed).await;

    let unstorable = Page::of(fails()).await.expect_err("fails");
    let mut body = unstorable.into_response().into_body().into_data_stream();
    let mut pieces = Vec::new();
    while let Some(piece) = futures::StreamExt::next(&mut body).await {
        pieces.push(piece.map_err(|error| error.to_string()));
    }
    let piece = |text: &'static str| Ok(Bytes::from_static(text.as_bytes()));
    assert_eq!(pieces, [piece("one "), piece("two "), Err("the disk is gone".to_owned())]);
}

#[tokio::test]
async fn a_body_with_trailers_is_not_stored_and_keeps_them() {
    let trailers = || {
        let trailers = HeaderMap::from_iter([(AUTHORIZATION, "x".parse().expect("a value"))]);
        frames(vec![data("one "), data("two "), Ok(Frame::trailers(trailers))])
    };
    is_not_stored(pages("never"), trailers, NotStored::Streaming).await;

    let unstorable = Page::of(trailers()).await.expect_err("has trailers");
    assert_eq!(unstorable.reason(), NotStored::Streaming);
    let body = unstorable.into_response().into_body();
    let collected = http_body_util::BodyExt::collect(body).await.expect("a body");
    assert_eq!(collected.trailers().map(HeaderMap::len), Some(1));
    assert_eq!(collected.to_bytes(), "one two ");
}
