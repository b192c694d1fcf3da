//! What several test files share.
#![allow(dead_code, reason = "each test file uses some of it")]

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, StatusCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use tower::ServiceExt as _;

/// Counts how often bodies ran.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    pub(crate) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Adds one and returns the number of this run, from 1.
    pub(crate) fn up(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answered {
    /// The values of a header, joined.
    pub(crate) fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).into_iter();
        values.map(|value| value.to_str().expect("text")).collect::<Vec<_>>().join(", ")
    }
}

pub(crate) fn get(path: &str) -> Builder {
    Request::get(path)
}

/// Sends a request without a body into `app`.
pub(crate) async fn send(app: &Router, request: Builder) -> Answered {
    send_with(app, request.body(Body::empty()).expect("a request")).await
}

pub(crate) async fn send_with(app: &Router, request: Request) -> Answered {
    let Ok(response) = app.clone().oneshot(request).await;
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    let body = String::from_utf8(body.to_vec()).expect("text");
    Answered { status: parts.status, headers: parts.headers, body }
}

/// The body of the page at `path`.
pub(crate) async fn text(app: &Router, path: &str) -> String {
    send(app, get(path)).await.body
}

pub(crate) async fn head(app: &Router, path: &str) -> Answered {
    send(app, Request::builder().method(Method::HEAD).uri(path)).await
}
