//! Pages: complete responses that can be kept and sent again.

use crate::collect::{NotCollected, collect};
use crate::not_stored::NotStored;
use crate::rules::{check_response, items};
use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG,
    TRANSFER_ENCODING, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::fmt;
use std::sync::Arc;

/// A complete response, which can be cloned and sent again: status, headers and body. A clone copies
/// nothing.
///
/// A cached handler returns it. A response that may not be stored cannot become one: see [`Page::of`].
///
/// A page of status 200 or 203 has a weak `ETag`, unless it came with one: the first half of the BLAKE3 hash of its
/// body and of the headers that say how to read it (`Content-Type`, `-Encoding`, `-Language`). It is the
/// same in every process. It is weak since a layer outside may pack the body, and leave the `ETag` as it is.
///
/// A page that says nothing else says `Cache-Control: no-cache`: keep it, and ask each time whether it is still true, since
/// an invalidation may come at any time. The layer [`conditional`](crate::conditional()) answers that question.
///
/// ```
/// use axum::extract::{Path, State};
/// use axum::response::{Html, Result};
/// use axum::{Router, routing::get};
/// use gcache::{Invalidates, cache_against};
/// use gcache_axum::{Page, conditional};
///
/// #[derive(Clone)]
/// struct Db;
///
/// #[derive(Invalidates)]
/// struct Movie {
///     id: i64,
/// }
///
/// #[cache_against(Movie, key = id, by(id), skip(db))]
/// async fn movie(Path(id): Path<i64>, State(db): State<Db>) -> Result<Page> {
///     // .. ask `db` ..
///     Ok(Page::of(Html(format!("<h1>Film {id}</h1>"))).await?)
/// }
///
/// let app: Router = Router::new()
///     .route("/film/{id}", get(movie))
///     .layer(conditional())
///     .with_state(Db);
/// ```
#[derive(Clone)]
pub struct Page(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Headers of one connection.
const OF_CONNECTION: [HeaderName; 2] = [CONNECTION, TRANSFER_ENCODING];

/// Headers of one response: when and how it was made, and the name that it goes by in logs.
static OF_RESPONSE: [HeaderName; 14] = [
    HeaderName::from_static("age"),
    HeaderName::from_static("date"),
    HeaderName::from_static("server-timing"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("traceresponse"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-amzn-requestid"),
    HeaderName::from_static("x-amzn-trace-id"),
    HeaderName::from_static("x-b3-traceid"),
    HeaderName::from_static("x-cloud-trace-context"),
    HeaderName::from_static("x-correlation-id"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-response-time"),
    HeaderName::from_static("x-runtime"),
];

/// Takes the headers of this one response out of `headers`: they are for its receiver alone.
pub(crate) fn take_own(headers: &mut HeaderMap) -> HeaderMap {
    let mut own = HeaderMap::new();
    for name in &OF_RESPONSE {
        own.extend(headers.get_all(name).iter().map(|value| (name.clone(), value.clone())));
        headers.remove(name);
    }
    own
}

/// Makes `headers` name `name` in `Vary`.
pub(crate) fn add_vary(headers: &mut HeaderMap, name: HeaderName) {
    let is_name = |item: String| item == "*" || item.eq_ignore_ascii_case(name.as_str());
    if !items(headers, &VARY).any(is_name) {
        headers.append(VARY, name.into());
    }
}

impl Page {
    /// The largest body that [`Page::of`] takes, in bytes: 1 MiB.
    pub const LIMIT: usize = 1 << 20;

    /// The page of a handler's response: [`Html`], `Json`, a tuple with a
    /// status or headers, or a [`Response`]. The extensions of a response are not kept, nor are headers that are of one
    /// response alone, such as `Date` and `X-Request-Id`.
    ///
    /// ```
    /// # fn main() -> Result<(), gcache_axum::Unstorable> {
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// use axum::http::StatusCode;
    /// use gcache_axum::{Page, NotStored};
    ///
    /// let gone = Page::of((StatusCode::GONE, "no such film any more")).await?;
    /// assert_eq!(gone.status(), StatusCode::GONE);
    ///
    /// let broken = (StatusCode::INTERNAL_SERVER_ERROR, "no database");
    /// assert_eq!(Page::of(broken).await.unwrap_err().reason(), NotStored::Status);
    /// # Ok(()) })
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unstorable`], which is a response itself and loses nothing, where the status is none of 200,
    /// 203, 301, 404 and 410; where the response has `Set-Cookie`, `Clear-Site-Data`, `Vary: *`, or `Cache-Control`
    /// with `no-store`, `private` or `max-age=0`; where the body is larger than [`Page::LIMIT`], does not say its
    /// length beforehand, ends with trailers, or fails.
    pub async fn of(response: impl IntoResponse) -> Result<Self, Unstorable> {
        Self::of_up_to(response, Self::LIMIT).await
    }

    /// The same, with a limit of its own for the body, in bytes.
    ///
    /// # Errors
    ///
    /// As [`Page::of`].
    pub async fn of_up_to(response: impl IntoResponse, limit: usize) -> Result<Self, Unstorable> {
        Self::varied(response.into_response(), limit, None).await
    }

    /// The page of a response that varies on no other headers than `varied`, where that is known.
    pub(crate) async fn varied(
        response: Response,
        limit: usize,
        varied: Option<&[HeaderName]>,
    ) -> Result<Self, Unstorable> {
        if let Err(reason) = check_response(response.status(), response.headers(), varied) {
            return Err(Unstorable::new(response, reason));
        }
        let (parts, body) = response.into_parts();
        match collect(body, limit).await {
            Ok(body) => Ok(Self::new(parts.status, parts.headers, body)),
            Err(NotCollected { body, reason }) => {
                Err(Unstorable::new(Response::from_parts(parts, body), reason))
            }
        }
    }

    fn new(status: StatusCode, mut headers: HeaderMap, body: Bytes) -> Self {
        // `Connection` names further headers of its kind.
        let of_connection: Vec<String> = items(&headers, &CONNECTION).collect();
        of_connection.iter().for_each(|name| drop(headers.remove(name)));
        OF_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
        take_own(&mut headers);
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
        if matches!(status.as_u16(), 200 | 203) && !headers.contains_key(ETAG) {
            let etag = etag(&headers, &body);
            headers.insert(ETAG, etag);
        }
        Self(Arc::new(Inner { status, headers, body }))
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// The page for one visitor alone: it says `private, no-cache` where it said nothing of its own, so no proxy keeps
    /// it. For pages whose memo key holds the visitor.
    pub fn private(mut self) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        if inner.headers.get(CACHE_CONTROL).is_some_and(|value| value == "no-cache") {
            inner.headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        }
        self
    }

    /// The page with `name` in its `Vary`: it looks different for different values of that request
    /// header, which a cached handler has in its memo key.
    pub fn vary(mut self, name: HeaderName) -> Self {
        add_vary(&mut Arc::make_mut(&mut self.0).headers, name);
        self
    }

    /// About how many bytes it takes to keep it, for `max_weight` with `weigh = Page::weight`.
    pub fn weight(&self) -> usize {
        let Inner { status: _, headers, body } = &*self.0;
        let values = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        // A map has room for more headers than it has.
        let room = headers.capacity().max(headers.len()) * HEADER;
        size_of::<Inner>() + room + values.sum::<usize>() + body.len()
    }
}

/// The bytes that a header takes in a map, beside its name and value.
const HEADER: usize = size_of::<(HeaderName, HeaderValue)>() + 40;

/// A weak `ETag`: 128 bits of BLAKE3, as 32 hexadecimal digits.
fn etag(headers: &HeaderMap, body: &Bytes) -> HeaderValue {
    let mut hasher = blake3::Hasher::new();
    for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE] {
        for value in headers.get_all(&name) {
            hasher.update(name.as_str().as_bytes());
            // Lengths first, so that no two lists of values read the same.
            hasher.update(&(value.len() as u64).to_le_bytes());
            hasher.update(value.as_bytes());
        }
    }
    hasher.update(b"body");
    hasher.update(body);
    let hash = hasher.finalize().to_hex();
    HeaderValue::try_from(format!("W/\"{}\"", &hash[..32])).expect("digits and quotes are visible")
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.0.body.clone()));
        *response.status_mut() = self.0.status;
        *response.headers_mut() = Arc::unwrap_or_clone(self.0).headers;
        response
    }
}

/// HTML that is there already, however long, as a page of status 200.
impl<T: Into<Bytes>> From<Html<T>> for Page {
    fn from(Html(html): Html<T>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        Self::new(StatusCode::OK, headers, html.into())
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("status", &self.status())
            .field("headers", self.headers())
            .field("body", &format_args!("{} bytes", self.body().len()))
            .finish()
    }
}

/// A response that may not be stored. It is a response itself, as good as it was, so that a handler
/// that returns it as its error serves it and stores nothing.
#[derive(Debug)]
pub struct Unstorable(Box<(Response, NotStored)>);

impl Unstorable {
    fn new(response: Response, reason: NotStored) -> Self {
        Self(Box::new((response, reason)))
    }

    /// Why it may not be stored.
    pub fn reason(&self) -> NotStored {
        self.0.1
    }
}

impl IntoResponse for Unstorable {
    fn into_response(self) -> Response {
        self.0.0
    }
}

impl fmt::Display for Unstorable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a page that cannot be stored: {}", self.reason())
    }
}

impl std::error::Error for Unstorable {}
