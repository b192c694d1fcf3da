//! One transaction scope per request.

use crate::service::take_ready;
use axum::extract::Request;
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use gcache::{Transaction, finish};
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// Runs each request that may change something in a scope of its own: invalidations wait until the response is made,
/// and happen then, each once.
///
/// Such a request is [finished](gcache::finish()) even if its visitor leaves: a server drops the handler of a visitor who is
/// gone, and the database finishes the statement that it had begun, so the handler goes on as a tokio task of its own,
/// and its invalidations happen when it is done. That needs a tokio runtime. A handler that may never come to an end, and so
/// never invalidate, wants a timeout inside of this layer; one outside drops the request, which goes on all the same.
///
/// | the request | its invalidations |
/// | --- | --- |
/// | is `GET`, `HEAD`, `OPTIONS` or `TRACE` | are not deferred: it has no scope, since a value that is computed in a scope is not stored |
/// | has a response, of whatever status | happen before the response is sent |
/// | has a response that says [`RolledBack`], or for which [`roll_back_if`](Transactions::roll_back_if) is true | are forgotten, unless something in the request has committed them |
/// | panics or fails | happen, since an unknown outcome may have been a commit |
/// | is dropped since the visitor left | happen when it is done, as they would have |
/// | is dropped and cannot go on: no runtime, or [too many](gcache::finish::limit) do already | happen, and stay [in doubt](gcache::set_doubt) for a while |
///
/// A request may have several database transactions, of which some commit and others do not. So what becomes
/// of an invalidation depends on where it was made:
///
/// | where | waits for the response | a response that says [`RolledBack`] forgets it |
/// | --- | --- | --- |
/// | in `gcache_sea_orm::transaction`, or in a save through SeaORM's pool | no: it happens when that has committed | no |
/// | in a [`Transaction`] that the handler has committed, or dropped undecided | yes | no |
/// | in a SeaORM save through `db.begin()`, which may be committed or not | yes | no |
/// | in a [`Transaction`] that the handler has rolled back | | that has forgotten it |
/// | in none of them: `invalidate!(..)`, `#[invalidates]`, `edit()` | yes | yes |
///
/// A handler commits its database transactions before it returns: the layer invalidates right after.
///
/// The status alone forgets nothing: a handler may have changed something and failed to render its answer,
/// and an invalidation too many costs a computation, where an invalidation too few shows an old page.
///
/// ```
/// use axum::http::StatusCode;
/// use axum::response::{IntoResponse, Response};
/// use axum::{Router, routing::post};
/// use gcache_axum::{RolledBack, transactions};
///
/// async fn rate() -> Response {
///     // .. a database transaction finds the film gone, and is rolled back ..
///     (StatusCode::NOT_FOUND, RolledBack, "no such film").into_response()
/// }
///
/// let app: Router = Router::new().route("/rate", post(rate)).layer(transactions());
/// ```
pub fn transactions() -> Transactions {
    Transactions { rolled_back: None }
}

/// The layer made by [`transactions`].
#[derive(Clone)]
pub struct Transactions {
    rolled_back: Option<Arc<IsRolledBack>>,
}

type IsRolledBack = dyn Fn(&Response) -> bool + Send + Sync;

impl Transactions {
    /// Where `rolled_back` is true of a response, the request's changes are known to have been rolled back, as
    /// if it said [`RolledBack`].
    ///
    /// For programs that roll back on every error status, whatever its reason:
    ///
    /// ```
    /// let layer = gcache_axum::transactions().roll_back_if(|response| {
    ///     response.status().is_client_error() || response.status().is_server_error()
    /// });
    /// # drop(layer);
    /// ```
    pub fn roll_back_if(
        mut self,
        rolled_back: impl Fn(&Response) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.rolled_back = Some(Arc::new(rolled_back));
        self
    }

    fn end(&self, transaction: Transaction, response: &Response) {
        let says_so = response.extensions().get::<RolledBack>().is_some();
        if says_so || self.rolled_back.as_ref().is_some_and(|rolled_back| rolled_back(response)) {
            transaction.rollback();
        } else {
            transaction.commit();
        }
    }
}

impl fmt::Debug for Transactions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transactions").finish_non_exhaustive()
    }
}

/// Part of a response that says: the changes of this request were rolled back, so [`transactions`] may forget
/// the invalidations that nothing in it has committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RolledBack;

impl IntoResponseParts for RolledBack {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

impl<S> Layer<S> for Transactions {
    type Service = TransactionsService<S>;

    fn layer(&self, inner: S) -> TransactionsService<S> {
        TransactionsService { inner, transactions: self.clone() }
    }
}

/// The service that [`Transactions`] puts around another.
#[derive(Clone, Debug)]
pub struct TransactionsService<S> {
    inner: S,
    transactions: Transactions,
}

impl<S> Service<Request> for TransactionsService<S>
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
        let mut inner = take_ready(&mut self.inner);
        let transactions = self.transactions.clone();
        if request.method().is_safe() {
            return Box::pin(async move { Ok(inner.call(request).await?.into_response()) });
        }
        Box::pin(finish(async move {
            // An early end, such as a panic, drops it undecided.
            let transaction = Transaction::begin_scope();
            let response = transaction.run(async { inner.call(request).await }).await?;
            let response = response.into_response();
            transactions.end(transaction, &response);
            Ok(response)
        }))
    }
}
