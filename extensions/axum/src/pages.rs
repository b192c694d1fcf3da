//! Serving pages: from the memo, or from the service inside.

use crate::against::{Against, PathParams};
use crate::conditional::Preconditions;
use crate::not_stored::{NotStored, NotStoredCounts};
use crate::notes::Notes;
use crate::page::{Page, take_own};
use crate::pass::Pass;
use crate::reduce::reduce;
use crate::rules::check_request;
use crate::vary::{PageKey, Variation};
use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use gcache::{Cached, GroupList, Source, Stats};
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, request::Parts};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use tower_service::Service;

/// A layer that caches the pages of the routes inside of it, and the handle on those that are cached.
/// Clones are one. Made by [`pages`](crate::pages()).
///
/// Requests that ask for the same page at the same time have it rendered once. A response that cannot be stored
/// is served as it is, and counted by its [`NotStored`].
#[derive(Clone, Debug)]
pub struct Pages(Arc<Shared>);

impl Pages {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// The response to `request`: a page, or what the service `inner` answers.
    pub(crate) async fn serve<S>(&self, inner: S, request: Request) -> Result<Response, S::Error>
    where
        S: Service<Request> + Clone,
        S::Response: IntoResponse,
    {
        self.0.serve(inner, request).await
    }

    /// What happened so far: hits, misses, and requests that waited for another's page (`joined`).
    /// Requests that never came as far as a lookup are not among them: see [`not_stored`](Self::not_stored).
    pub fn stats(&self) -> Stats {
        self.0.memo.stats()
    }

    /// How many requests were served without being stored, for this reason.
    pub fn not_stored(&self, reason: NotStored) -> u64 {
        self.0.reasons.get(reason)
    }

    /// How many requests were answered by `304 Not Modified`.
    pub fn not_modified(&self) -> u64 {
        self.0.not_modified.load(Ordering::Relaxed)
    }

    /// Forgets all pages, and which could not be stored.
    pub fn clear(&self) {
        self.0.memo.clear();
        self.0.notes.clear();
    }
}

#[derive(Debug)]
pub(crate) struct Shared {
    /// None where a page could not be stored, for the requests that waited for it.
    pub(crate) memo: Cached<PageKey, Option<Page>>,
    pub(crate) against: Against,
    pub(crate) variation: Variation,
    pub(crate) pass: Pass,
    /// The request headers that pages vary on.
    pub(crate) varied: Vec<HeaderName>,
    /// Whether pages are for one visitor alone.
    pub(crate) private: bool,
    pub(crate) notes: Notes,
    pub(crate) limit: usize,
    pub(crate) cache_status: bool,
    pub(crate) reasons: NotStoredCounts,
    pub(crate) not_modified: AtomicU64,
}

/// A request for a page that may be cached.
struct Lookup {
    key: PageKey,
    groups: GroupList,
    preconditions: Preconditions,
}

/// A page that was just rendered, and the headers that are of this one response.
struct Rendered {
    page: Page,
    own: HeaderMap,
}

impl Shared {
    async fn serve<S>(&self, inner: S, request: Request) -> Result<Response, S::Error>
    where
        S: Service<Request> + Clone,
        S::Response: IntoResponse,
    {
        let (mut parts, body) = request.into_parts();
        let asked = self.ask(&mut parts, !body.is_end_stream()).await;
        let request = Request::from_parts(parts, body);
        match asked {
            Ok(asked) => self.look_up(inner, request, asked).await,
            Err(reason) => self.serve_whole(inner, request, reason).await,
        }
    }

    /// Finds out which page is asked for, or why it may not be cached.
    async fn ask(&self, parts: &mut Parts, has_body: bool) -> Result<Lookup, NotStored> {
        check_request(parts, has_body, &self.varied)?;
        let preconditions =
            Preconditions::of(&parts.method, &parts.headers).ok_or(NotStored::Method)?;
        let path = PathParams::of(parts).await?;
        let groups = self.against.groups(&path).ok_or(NotStored::Parameter)?;
        Ok(Lookup { key: self.variation.key(parts, &path)?, groups, preconditions })
    }

    async fn look_up<S>(
        &self,
        mut inner: S,
        request: Request,
        asked: Lookup,
    ) -> Result<Response, S::Error>
    where
        S: Service<Request> + Clone,
        S::Response: IntoResponse,
    {
        let Lookup { key, groups, preconditions } = asked;
        let (parts, body) = request.into_parts();
        let mut own = HeaderMap::new();
        // A request that waited for another's page, and gets none, learns no more than that.
        let mut reason = NotStored::Joined;
        let answer = {
            let render = async {
                match self.render(&mut inner, &key, &parts).await {
                    Ok(rendered) => {
                        own = rendered.own;
                        Some(rendered.page)
                    }
                    Err(found) => {
                        reason = found;
                        None
                    }
                }
            };
            self.memo.get_with_async(&key, || groups, render).await
        };
        let Some(page) = answer.value else {
            // A response to the reduced request is no answer to this one.
            return self.serve_whole(inner, Request::from_parts(parts, body), reason).await;
        };
        let (mut response, not_modified) = preconditions.answer(page);
        response.headers_mut().extend(own);
        self.not_modified.fetch_add(u64::from(not_modified), Ordering::Relaxed);
        response.extensions_mut().insert(answer.source);
        Ok(self.say(response, || cache_status(answer.source).to_owned()))
    }

    /// The page for a key, unless it was found not to be storable a moment ago, or just now.
    async fn render<S>(
        &self,
        inner: &mut S,
        key: &PageKey,
        parts: &Parts,
    ) -> Result<Rendered, NotStored>
    where
        S: Service<Request> + Clone,
        S::Response: IntoResponse,
    {
        if let Some(reason) = self.notes.get(key) {
            return Err(reason);
        }
        // A handler may panic that has always found a session among its extensions, and finds none here.
        let rendered = caught(self.render_reduced(inner.clone(), key, parts)).await;
        let rendered = rendered.unwrap_or(Err(NotStored::Failed));
        if let Err(reason) = rendered {
            self.notes.add(key, reason);
        }
        rendered
    }

    async fn render_reduced<S>(
        &self,
        inner: S,
        key: &PageKey,
        parts: &Parts,
    ) -> Result<Rendered, NotStored>
    where
        S: Service<Request>,
        S::Response: IntoResponse,
    {
        let request = reduce(key, &self.variation, &self.pass, parts).await;
        let request = request.ok_or(NotStored::Irreducible)?;
        let mut response = call(inner, request).await.map_err(|_| NotStored::Failed)?;
        let own = take_own(response.headers_mut());
        let page = Page::varied(response, self.limit, Some(&self.varied)).await;
        let page = page.map_err(|unstorable| unstorable.reason())?;
        let page = self.varied.iter().cloned().fold(page, Page::vary);
        Ok(Rendered { page: if self.private { page.private() } else { page }, own })
    }

    /// The answer of the service inside to the request as it is.
    async fn serve_whole<S>(
        &self,
        inner: S,
        request: Request,
        reason: NotStored,
    ) -> Result<Response, S::Error>
    where
        S: Service<Request>,
        S::Response: IntoResponse,
    {
        self.reasons.add(reason);
        let response = call(inner, request).await?;
        Ok(self.say(response, || format!("gcache; fwd=bypass; detail={reason:?}")))
    }

    fn say(&self, mut response: Response, status: impl FnOnce() -> String) -> Response {
        if self.cache_status {
            let name = HeaderName::from_static("cache-status");
            let status = HeaderValue::try_from(status()).expect("a status is visible text");
            response.headers_mut().append(name, status);
        }
        response
    }
}

fn cache_status(source: Source) -> &'static str {
    match source {
        Source::Hit => "gcache; hit",
        Source::Joined => "gcache; fwd=uri-miss; collapsed",
        _ => "gcache; fwd=uri-miss",
    }
}

/// The response of a service, once it is ready.
async fn call<S>(mut service: S, request: Request) -> Result<Response, S::Error>
where
    S: Service<Request>,
    S::Response: IntoResponse,
{
    poll_fn(|task| service.poll_ready(task)).await?;
    Ok(service.call(request).await?.into_response())
}

/// The output of `future`, or `None` where it panics. State that it shares with others has to bear that.
async fn caught<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let polled =
        poll_fn(|task| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(task))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Some(output)),
            Err(_) => Poll::Ready(None),
        });
    polled.await
}
