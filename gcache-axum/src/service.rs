//! Serving pages: from the memo, or from the service inside.

use crate::against::PathParams;
use crate::conditional::Wish;
use crate::page::Page;
use crate::pages::{Kept, Pages, Shared};
use crate::reason::Reason;
use crate::rules::check_request;
use crate::vary::PageKey;
use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use gcache_runtime::{GroupList, Source};
use http::header::{HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::{Method, request::Parts};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tower_service::Service;

/// What [`Pages`] puts around a service.
///
/// A response that was looked up has its [`Source`] among its extensions, for layers outside.
#[derive(Clone, Debug)]
pub struct PagesService<S> {
    inner: S,
    pages: Pages,
}

impl<S> PagesService<S> {
    pub(crate) fn new(inner: S, pages: Pages) -> Self {
        Self { inner, pages }
    }
}

impl<S> Service<Request> for PagesService<S>
where
    S: Service<Request> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Error: Send,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The one that is ready is used, and its clone is made ready by the next call.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let pages = self.pages.clone();
        Box::pin(async move { pages.0.serve(inner, request).await })
    }
}

/// A request for a page that may be cached.
struct Asked {
    key: PageKey,
    groups: GroupList,
    wish: Wish,
}

impl Shared {
    async fn serve<S>(&self, mut inner: S, request: Request) -> Result<Response, S::Error>
    where
        S: Service<Request>,
        S::Response: IntoResponse,
    {
        let (mut parts, body) = request.into_parts();
        let asked = match self.ask(&mut parts, !body.is_end_stream()).await {
            Ok(asked) => asked,
            Err(reason) => {
                self.reasons.add(reason);
                let response = inner.call(Request::from_parts(parts, body)).await?;
                return Ok(self.say(response.into_response(), "gcache; fwd=bypass"));
            }
        };
        self.look_up(inner, to_render(parts, body), asked).await
    }

    /// Finds out which page is asked for, or why it may not be cached.
    async fn ask(&self, parts: &mut Parts, has_body: bool) -> Result<Asked, Reason> {
        check_request(parts, has_body, &self.varied)?;
        let wish = Wish::of(&parts.method, &parts.headers).ok_or(Reason::Method)?;
        let path = PathParams::of(parts).await;
        let groups = self.against.groups(&path).ok_or(Reason::Parameter)?;
        Ok(Asked { key: self.variation.key(parts), groups, wish })
    }

    async fn look_up<S>(
        &self,
        mut inner: S,
        request: Request,
        asked: Asked,
    ) -> Result<Response, S::Error>
    where
        S: Service<Request>,
        S::Response: IntoResponse,
    {
        let Asked { key, groups, wish } = asked;
        let mut request = Some(request);
        let mut unstored = None;
        let answer = {
            let render = async {
                let request = request.take().expect("a call runs its body once");
                let response = inner.call(request).await?.into_response();
                let page = self.page(response).await.map_err(|response| unstored = Some(response));
                Ok(Kept { page: page.ok(), key: key.weight() })
            };
            self.memo.try_get_async(&key, || groups, render).await?
        };
        if let Some(page) = answer.value.page {
            let (mut response, not_modified) = wish.answer(page);
            self.not_modified.fetch_add(u64::from(not_modified), Ordering::Relaxed);
            response.extensions_mut().insert(answer.source);
            return Ok(self.say(response, cache_status(answer.source)));
        }
        let response = match (unstored, request) {
            (Some(response), _) => response,
            // Another request found that this page cannot be stored, so nobody need wait for it.
            (None, Some(request)) => {
                self.reasons.add(Reason::Joined);
                inner.call(request).await?.into_response()
            }
            (None, None) => unreachable!("a request that was rendered has a response"),
        };
        Ok(self.say(wish.strip(response), cache_status(Source::Computed)))
    }

    /// The page of a response, or the response.
    async fn page(&self, response: Response) -> Result<Page, Response> {
        let page = Page::varied(response, self.limit, Some(&self.varied)).await;
        let page = page.map_err(|unstorable| {
            self.reasons.add(unstorable.reason());
            unstorable.into_response()
        })?;
        let page = self.varied.iter().cloned().fold(page, Page::vary);
        Ok(if self.private { page.private() } else { page })
    }

    fn say(&self, mut response: Response, status: &'static str) -> Response {
        if self.cache_status {
            let name = HeaderName::from_static("cache-status");
            response.headers_mut().append(name, HeaderValue::from_static(status));
        }
        response
    }
}

/// The request that renders a page, for whoever asks: without conditions, which are looked at afterwards,
/// and with a body in return.
fn to_render(mut parts: Parts, body: Body) -> Request {
    parts.headers.remove(IF_NONE_MATCH);
    parts.headers.remove(IF_MODIFIED_SINCE);
    parts.method = Method::GET;
    Request::from_parts(parts, body)
}

fn cache_status(source: Source) -> &'static str {
    match source {
        Source::Hit => "gcache; hit",
        Source::Joined => "gcache; fwd=uri-miss; collapsed",
        Source::Computed => "gcache; fwd=uri-miss",
    }
}
