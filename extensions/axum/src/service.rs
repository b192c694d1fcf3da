//! The layer's service: it answers at once, and asks the service inside on a miss only.

use crate::pages::Pages;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// Takes the service that `poll_ready` has found ready, and leaves a clone, which is asked anew.
pub(crate) fn take_ready<S: Clone>(service: &mut S) -> S {
    let clone = service.clone();
    std::mem::replace(service, clone)
}

impl<S> Layer<S> for Pages {
    type Service = PagesService<S>;

    fn layer(&self, inner: S) -> PagesService<S> {
        PagesService { inner, pages: self.clone() }
    }
}

/// The service that [`Pages`] puts around another.
///
/// It is always ready: the service inside is asked on a miss only, so a stored page waits for nothing.
///
/// A response that was looked up has its [`Source`](crate::Source) among its extensions, for layers outside.
#[derive(Clone, Debug)]
pub struct PagesService<S> {
    inner: S,
    pages: Pages,
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
        Box::pin(async move { pages.serve(inner, request).await })
    }
}
