//! Requests that wait until this process has heard what others have invalidated.

use crate::receipts::Receipts;
use crate::service::take_ready;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use gcache::link::{self, Unreachable};
use http::header::{CACHE_CONTROL, HeaderName, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout;
use tower_layer::Layer;
use tower_service::Service;

/// How long a request waits, unless the layer says otherwise.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lets each request see everything that any process had invalidated before it came.
///
/// Where several processes are linked, as by `gcache-redis`, a request may be answered from what another process has just
/// invalidated, for as long as the link's bound. Inside of this layer it waits for [`link::fence`] first: one round trip,
/// which all requests of that moment share. After it, hits cost what they cost otherwise. Put it around the routes where
/// an old answer does harm; around the others, [`by_receipt`](Fenced::by_receipt) lets visitors see their own changes.
///
/// Without a link it does nothing.
///
/// | a request comes, and the link | the answer |
/// | --- | --- |
/// | answers within [the patience](Fenced::within) | as of that moment or later |
/// | is unreachable, or takes longer | what is there, with `gcache-fence: unreachable` and `Cache-Control: no-store`; or `503`, see [`or_unavailable`](Fenced::or_unavailable) |
///
/// It belongs outside of [`pages()`](crate::pages()), whose hits are then fresh too, and outside of
/// [`transactions()`](crate::transactions()). Where a request waits it needs a tokio runtime with its timer.
///
/// ```
/// use axum::{Router, routing::get};
/// use gcache_axum::{fenced, pages, transactions};
///
/// let stock = pages("stock").against_tag("stock").build();
/// let strict: Router =
///     Router::new().route("/stock", get(|| async { "7 left" }).layer(stock)).layer(fenced());
/// let app: Router = Router::new()
///     .route("/", get(|| async { "welcome" }))
///     .layer(transactions())
///     .layer(fenced().by_receipt())
///     .merge(strict);
/// # drop(app);
/// ```
pub fn fenced() -> Fenced {
    Fenced { patience: PATIENCE, unavailable: false, receipts: None }
}

/// The layer made by [`fenced`].
#[derive(Clone, Debug)]
pub struct Fenced {
    patience: Duration,
    unavailable: bool,
    /// Where only those wait that have changed something.
    receipts: Option<Receipts>,
}

impl Fenced {
    /// Lets visitors see their own changes, whichever process answers them next. Nobody else waits.
    ///
    /// After a request that has invalidated something, the layer waits until the others can hear of it, and the response gets
    /// a cookie with the receipt, `gcache_seen`. A request that comes with one waits until this process has heard as much. That takes no round trip if it has,
    /// which is nearly always.
    ///
    /// - A response that sets the cookie also says `Cache-Control: no-store`, and no page cache stores it.
    /// - If the others cannot be reached, the change is done all the same. The response has
    ///   `gcache-fence: unreachable` and no cookie, also with [`or_unavailable`](Self::or_unavailable).
    /// - The cookie is gone after a minute, by which time the link's bound is over: see [`cookie`](Self::cookie).
    /// - It names a count of invalidations, and no visitor. One who makes up a count waits for it, for as long as the patience.
    ///   A value that is no receipt is waited for as [`link::fence`] is.
    /// - It is `HttpOnly`, `SameSite=Lax`, and for all paths. It is not `Secure`, so that it works over plain HTTP. A site that has
    ///   HTTPS alone gives it a name that begins with `__Host-`: see [`cookie`](Self::cookie).
    /// - Counted is what the request invalidates itself, until it has its response, and not what a task does that it spawns.
    pub fn by_receipt(self) -> Self {
        Self { receipts: Some(self.receipts.unwrap_or_default()), ..self }
    }

    /// As [`by_receipt`](Self::by_receipt), with another name and age of the cookie. The age is more than the bounds of the links, or a
    /// visitor whose cookie is gone may see a page from before a change of theirs.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let layer = gcache_axum::fenced().cookie("__Host-seen", Duration::from_secs(600));
    /// # drop(layer);
    /// ```
    ///
    /// A name that begins with `__Secure-` or `__Host-` makes it a cookie for HTTPS alone.
    ///
    /// # Panics
    ///
    /// If the name is empty, or is no token as HTTP has them.
    pub fn cookie(self, name: impl Into<String>, age: Duration) -> Self {
        Self { receipts: Some(Receipts::new(name.into(), age)), ..self }
    }

    /// How long a request waits, a second unless this says otherwise. With [`by_receipt`](Self::by_receipt) one that comes with a
    /// receipt and changes something waits twice: before, and for the receipt of its own.
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Answers `503 Service Unavailable` where the link is unreachable, without asking the service inside.
    ///
    /// A request that has changed something is never answered so afterwards: it was done.
    pub fn or_unavailable(self) -> Self {
        Self { unavailable: true, ..self }
    }

    /// Waits until this process has heard of what the request is to see.
    async fn wait(&self, headers: &HeaderMap) -> Result<(), Unreachable> {
        match &self.receipts {
            None => within(self.patience, link::fence()).await,
            Some(receipts) => {
                // Without a link, as a program that is run alone, there is nobody to catch up with.
                let receipts = if link::is_linked() { receipts.of(headers) } else { Vec::new() };
                within(self.patience, async {
                    for receipt in receipts {
                        link::caught_up(&receipt).await?;
                    }
                    Ok(())
                })
                .await
            }
        }
    }

    /// The response of `service`, after the wait and with a receipt, where one is wanted.
    async fn serve<S>(&self, mut service: S, request: Request) -> Result<Response, S::Error>
    where
        S: Service<Request>,
        S::Response: IntoResponse,
    {
        let waited = self.wait(request.headers()).await;
        if waited.is_err() && self.unavailable {
            return Ok(unavailable());
        }
        let Some(receipts) = &self.receipts else {
            return Ok(noted(service.call(request).await?.into_response(), waited));
        };
        let (response, invalidated) = link::told(service.call(request)).await;
        let response = response?.into_response();
        match within(self.patience, link::acknowledged(invalidated)).await {
            Ok(None) => Ok(noted(response, waited)),
            Ok(Some(receipt)) => Ok(noted(receipts.hand(&receipt, response), waited)),
            Err(unreachable) => Ok(noted(response, Err(unreachable))),
        }
    }
}

/// What `future` comes to, or [`Unreachable`] if that takes longer than the patience.
async fn within<T>(
    patience: Duration,
    future: impl Future<Output = Result<T, Unreachable>>,
) -> Result<T, Unreachable> {
    let mut future = pin!(future);
    // Without a link it is ready at once, and a program without a timer has none to miss.
    let polled = poll_fn(|task| Poll::Ready(future.as_mut().poll(task))).await;
    match polled {
        Poll::Ready(output) => output,
        Poll::Pending => timeout(patience, future).await.unwrap_or(Err(Unreachable)),
    }
}

/// Says so in a response that may be older than was asked for.
fn noted(mut response: Response, waited: Result<(), Unreachable>) -> Response {
    if waited.is_err() {
        let name = HeaderName::from_static("gcache-fence");
        response.headers_mut().insert(name, HeaderValue::from_static("unreachable"));
        store_nowhere(&mut response);
    }
    response
}

/// Keeps a response out of every cache: it is for this one request.
pub(crate) fn store_nowhere(response: &mut Response) {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

fn unavailable() -> Response {
    let again = [(RETRY_AFTER, "1"), (CACHE_CONTROL, "no-store")];
    let why = "It is not known what other machines have changed. Try again in a moment.";
    (StatusCode::SERVICE_UNAVAILABLE, again, why).into_response()
}

impl<S> Layer<S> for Fenced {
    type Service = FencedService<S>;

    fn layer(&self, inner: S) -> FencedService<S> {
        FencedService { inner, fenced: self.clone() }
    }
}

/// The service that [`Fenced`] puts around another.
#[derive(Clone, Debug)]
pub struct FencedService<S> {
    inner: S,
    fenced: Fenced,
}

impl<S> Service<Request> for FencedService<S>
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
        let inner = take_ready(&mut self.inner);
        let fenced = self.fenced.clone();
        Box::pin(async move { fenced.serve(inner, request).await })
    }
}
