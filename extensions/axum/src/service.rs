//! Serving pages: from the memo, or from the service inside.

use crate::against::PathParams;
use crate::caught::caught;
use crate::conditional::Wish;
use crate::page::{Page, take_own};
use crate::pages::{Pages, Shared};
use crate::reason::Reason;
use crate::reduce::reduce;
use crate::rules::check_request;
use crate::vary::PageKey;
use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use gcache::{GroupList, Source};
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, request::Parts};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tower_service::Service;

/// What [`Pages`] puts around a service.
///
/// It is always ready: the service inside is asked on a miss only, so that a page that is there waits for nobody.
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

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let inner = self.inner.clone();
        let pages = self.pages.clone();
        Box::pin(async move { pages.0.serve(inner, request).await })
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

/// A request for a page that may be cached.
struct Asked {
    key: PageKey,
    groups: GroupList,
    wish: Wish,
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
    async fn ask(&self, parts: &mut Parts, has_body: bool) -> Result<Asked, Reason> {
        check_request(parts, has_body, &self.varied)?;
        let wish = Wish::of(&parts.method, &parts.headers).ok_or(Reason::Method)?;
        let path = PathParams::of(parts).await?;
        let groups = self.against.groups(&path).ok_or(Reason::Parameter)?;
        Ok(Asked { key: self.variation.key(parts, &path)?, groups, wish })
    }

    async fn look_up<S>(
        &self,
        mut inner: S,
        request: Request,
        asked: Asked,
    ) -> Result<Response, S::Error>
    where
        S: Service<Request> + Clone,
        S::Response: IntoResponse,
    {
        let Asked { key, groups, wish } = asked;
        let (parts, body) = request.into_parts();
        let mut own = HeaderMap::new();
        // A request that waited for another's page, and gets none, learns no more than that.
        let mut reason = Reason::Joined;
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
            // What was made of a part of the request is no answer to it.
            return self.serve_whole(inner, Request::from_parts(parts, body), reason).await;
        };
        let (mut response, not_modified) = wish.answer(page);
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
    ) -> Result<Rendered, Reason>
    where
        S: Service<Request> + Clone,
        S::Response: IntoResponse,
    {
        if let Some(reason) = self.notes.get(key) {
            return Err(reason);
        }
        // A handler may panic that has always found a session among its extensions, and finds none here.
        let rendered = caught(self.render_reduced(inner.clone(), key, parts)).await;
        let rendered = rendered.unwrap_or(Err(Reason::Failed));
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
    ) -> Result<Rendered, Reason>
    where
        S: Service<Request>,
        S::Response: IntoResponse,
    {
        let request = reduce(key, &self.variation, &self.pass, parts).await;
        let request = request.ok_or(Reason::Irreducible)?;
        let mut response = call(inner, request).await.map_err(|_| Reason::Failed)?;
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
        reason: Reason,
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
