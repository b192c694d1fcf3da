//! The service inside is asked whether it is ready on a miss only.

mod common;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use futures::FutureExt as _;
use futures::future::poll_immediate;
use gcache_axum::pages;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::Notify;
use tower::limit::ConcurrencyLimitLayer;
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt as _};

fn request(method: &str, path: &str) -> Request {
    Request::builder().method(method).uri(path).body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn a_hit_waits_for_no_slow_handler() {
    let go_on = Arc::new(Notify::new());
    let handler = {
        let go_on = Arc::clone(&go_on);
        tower::service_fn(move |request: Request| {
            let go_on = Arc::clone(&go_on);
            async move {
                if request.uri().path() == "/slow" {
                    go_on.notified().await;
                }
                Ok::<_, Infallible>(Response::new(Body::from("a page")))
            }
        })
    };
    let service = ServiceBuilder::new()
        .layer(pages("ready").through().build())
        .layer(ConcurrencyLimitLayer::new(1))
        .service(handler);
    let ask = |path: &str| service.clone().oneshot(request("GET", path));
    ask("/").await.expect("no service fails");
    let mut slow = Box::pin(ask("/slow"));
    assert!(poll_immediate(&mut slow).await.is_none());
    assert!(ask("/").now_or_never().is_some(), "a page that is there waits for nobody");
    let mut other = Box::pin(ask("/other"));
    assert!(poll_immediate(&mut other).await.is_none(), "a page that is not there waits its turn");
    go_on.notify_one();
    slow.await.expect("no service fails");
    other.await.expect("no service fails");
}

/// A service that answers if the very one that is called was found ready, once.
struct Strict {
    is_ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { is_ready: false }
    }
}

impl Service<Request> for Strict {
    type Response = Response;
    type Error = Infallible;
    type Future = futures::future::Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called without having been found ready");
        let mut response = Response::new(Body::from("a page"));
        if request.uri().path() == "/fails" {
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        }
        futures::future::ready(Ok(response))
    }
}

#[tokio::test]
async fn what_is_called_is_what_was_found_ready() {
    let mut service = pages("ready strict").through().build().layer(Strict { is_ready: false });
    for (method, path) in
        [("GET", "/"), ("GET", "/"), ("POST", "/"), ("GET", "/fails"), ("GET", "/fails")]
    {
        let service: &mut _ = &mut service;
        let called = service.ready().await.expect("no service fails").call(request(method, path));
        let answer: Pin<Box<dyn Future<Output = _> + Send>> = called;
        assert!(answer.await.is_ok(), "{method} {path}");
    }
}
