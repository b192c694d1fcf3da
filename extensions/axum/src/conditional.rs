//! Answers without a body: `304 Not Modified` to a condition, and the headers of `GET` to `HEAD`.

use crate::page::{Page, add_vary};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use headers::{ETag, HeaderMapExt as _, IfNoneMatch};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_LOCATION, DATE, ETAG, EXPIRES,
    IF_NONE_MATCH, SET_COOKIE, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use http_body::{Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// The headers of a page that a `304 Not Modified` repeats. No page sets a cookie; a response that is no page may, and
/// its cookie must not be lost.
const REPEATED: [HeaderName; 7] =
    [CACHE_CONTROL, CONTENT_LOCATION, DATE, ETAG, EXPIRES, SET_COOKIE, VARY];

/// The conditions of a request (RFC 9110, preconditions), and whether it wants no body.
#[derive(Clone, Debug)]
pub(crate) struct Preconditions {
    head: bool,
    if_none_match: Option<IfNoneMatch>,
}

impl Preconditions {
    /// Those of a request; `None` where its method is neither `GET` nor `HEAD`.
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Option<Self> {
        let head = match *method {
            Method::GET => false,
            Method::HEAD => true,
            _ => return None,
        };
        let if_none_match = headers.contains_key(IF_NONE_MATCH).then(|| headers.typed_get());
        Some(Self { head, if_none_match: if_none_match.flatten() })
    }

    /// Whether the browser has this response already.
    fn is_unmodified(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        let Some(if_none_match) = &self.if_none_match else { return false };
        let etag = headers.typed_get::<ETag>();
        status.is_success() && etag.is_some_and(|etag| !if_none_match.precondition_passes(&etag))
    }

    /// The answer that is a page, and whether it says that nothing has changed.
    pub(crate) fn answer(&self, page: Page) -> (Response, bool) {
        if self.is_unmodified(page.status(), page.headers()) {
            return (not_modified(page.into_response()), true);
        }
        let response = page.into_response();
        (if self.head { without_body(response) } else { response }, false)
    }
}

/// The answer that takes the place of `response`. Extensions that layers have left in it stay.
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

/// The service that [`Conditional`] puts around another.
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
        let preconditions = Preconditions::of(request.method(), request.headers());
        let response = self.inner.call(request);
        Box::pin(async move {
            let response = response.await?.into_response();
            Ok(match preconditions {
                Some(preconditions)
                    if preconditions.is_unmodified(response.status(), response.headers()) =>
                {
                    not_modified(response)
                }
                _ => response,
            })
        })
    }
}

/// A response that is told apart from one with a body by its body alone.
///
/// A layer outside that packs bodies decides by their length, and takes `Content-Length` away from those that it
/// packs. So the length is there to see, as it would be for `GET`.
pub(crate) fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let length = body.size_hint().exact();
    if let Some(length) = length {
        parts.headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::new(LeftOut(length)))
}

/// A body of which the length alone is there.
struct LeftOut(Option<u64>);

impl HttpBody for LeftOut {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> SizeHint {
        self.0.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
