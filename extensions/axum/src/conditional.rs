//! Conditional requests: has it changed since I asked?

use crate::head::without_body;
use crate::page::{Page, add_vary};
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use headers::{ETag, HeaderMapExt as _, IfNoneMatch};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_LOCATION, DATE, ETAG, EXPIRES, IF_NONE_MATCH,
    SET_COOKIE, VARY,
};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// What of a page's headers a `304 Not Modified` repeats. No page sets a cookie; what is no page may, and that
/// must not be lost.
const REPEATED: [HeaderName; 7] =
    [CACHE_CONTROL, CONTENT_LOCATION, DATE, ETAG, EXPIRES, SET_COOKIE, VARY];

/// What a request asks for beside the page itself.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    head: bool,
    if_none_match: Option<IfNoneMatch>,
}

impl Wish {
    /// What `headers` and `method` ask for; `None` where the method is neither `GET` nor `HEAD`.
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Option<Self> {
        let head = match *method {
            Method::GET => false,
            Method::HEAD => true,
            _ => return None,
        };
        let if_none_match = headers.contains_key(IF_NONE_MATCH).then(|| headers.typed_get());
        Some(Self { head, if_none_match: if_none_match.flatten() })
    }

    /// Whether the one who asks has this already.
    fn is_met(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        let Some(if_none_match) = &self.if_none_match else { return false };
        let etag = headers.typed_get::<ETag>();
        status.is_success() && etag.is_some_and(|etag| !if_none_match.precondition_passes(&etag))
    }

    /// The answer that is a page, and whether it says that nothing has changed.
    pub(crate) fn answer(&self, page: Page) -> (Response, bool) {
        if self.is_met(page.status(), page.headers()) {
            return (not_modified(page.into_response()), true);
        }
        let response = page.into_response();
        (if self.head { without_body(response) } else { response }, false)
    }
}

/// The answer that has no need to be `response`. What layers have left among its extensions stays.
fn not_modified(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    let headers = std::mem::take(&mut parts.headers);
    for name in &REPEATED {
        for value in headers.get_all(name) {
            parts.headers.append(name, value.clone());
        }
    }
    // A layer outside that packs bodies adds it to the response with a body, and does not look at one without.
    add_vary(&mut parts.headers, ACCEPT_ENCODING);
    parts.status = StatusCode::NOT_MODIFIED;
    Response::from_parts(parts, Body::empty())
}

/// Answers `If-None-Match`: where a response of status 200 has the `ETag` that the request names, the
/// browser gets `304 Not Modified` instead, without the body.
///
/// For cached handlers, which return a [`Page`] and see no conditions; [`pages`](crate::pages()) do
/// it themselves. A handler that is no cached one and sets an `ETag` is served, too, though it has run
/// then.
///
/// ```
/// use axum::{Router, routing::get};
/// use gcache_axum::conditional;
///
/// let app: Router = Router::new().route("/", get(|| async { "hello" })).layer(conditional());
/// ```
pub fn conditional() -> Conditional {
    Conditional(())
}

/// The layer made by [`conditional`].
#[derive(Clone, Copy, Debug)]
pub struct Conditional(());

impl<S> Layer<S> for Conditional {
    type Service = ConditionalService<S>;

    fn layer(&self, inner: S) -> ConditionalService<S> {
        ConditionalService { inner }
    }
}

/// What [`Conditional`] puts around a service.
#[derive(Clone, Debug)]
pub struct ConditionalService<S> {
    inner: S,
}

impl<S> Service<Request> for ConditionalService<S>
where
    S: Service<Request>,
    S::Response: IntoResponse,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let wish = Wish::of(request.method(), request.headers());
        let response = self.inner.call(request);
        Box::pin(async move {
            let response = response.await?.into_response();
            Ok(match wish {
                Some(wish) if wish.is_met(response.status(), response.headers()) => {
                    not_modified(response)
                }
                _ => response,
            })
        })
    }
}
