//! The cost of one request: the figures in a page's footer.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where a page leaves room for its footer.
pub(crate) const FOOTER: &str = "<!--footer-->";

/// The cost of one request.
#[derive(Debug, Default)]
struct Work {
    statements: AtomicU64,
    pages: AtomicU64,
    parts: AtomicU64,
}

tokio::task_local! {
    static WORK: Arc<Work>;
}

/// Since the program began.
static ALL_STATEMENTS: AtomicU64 = AtomicU64::new(0);

fn note(count: impl FnOnce(&Work) -> &AtomicU64) {
    // Outside of a request, when the program begins, there is nothing to count for.
    let _ = WORK.try_with(|work| count(work).fetch_add(1, Ordering::Relaxed));
}

/// The database was asked.
pub(crate) fn note_statement() {
    ALL_STATEMENTS.fetch_add(1, Ordering::Relaxed);
    note(|work| &work.statements);
}

/// A page was rendered.
pub(crate) fn note_page() {
    note(|work| &work.pages);
}

/// A part of a page was rendered that can be cached by itself.
pub(crate) fn note_part() {
    note(|work| &work.parts);
}

/// How many SQL statements there have been.
pub(crate) fn all_statements() -> u64 {
    ALL_STATEMENTS.load(Ordering::Relaxed)
}

/// Writes the cost of each page into it.
///
/// The footer is about this very answer, so the page as a whole is different each time: browsers are
/// told not to keep it. (A site without such a footer would leave the headers as they are.)
pub(crate) async fn footer(request: Request, next: Next) -> Response {
    let work = Arc::new(Work::default());
    let response = WORK.scope(Arc::clone(&work), next.run(request)).await;
    let html = response.headers().get(CONTENT_TYPE);
    if !html.is_some_and(|html| html.as_bytes().starts_with(b"text/html")) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Every page of the club is text that is there already, so nothing can fail here.
    let page = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let page = String::from_utf8_lossy(&page).replacen(FOOTER, &work.footer(), 1);
    parts.headers.remove(ETAG);
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Response::from_parts(parts, Body::from(page))
}

impl Work {
    fn footer(&self) -> String {
        let [statements, pages, parts] =
            [&self.statements, &self.pages, &self.parts].map(|count| count.load(Ordering::Relaxed));
        let cached = pages == 0;
        let how = match (cached, parts) {
            (true, _) => "This page came from the cache".to_owned(),
            (false, 0) => "This page was rendered just now".to_owned(),
            (false, 1) => "This page was rendered just now, with 1 new part".to_owned(),
            (false, _) => format!("This page was rendered just now, with {parts} new parts"),
        };
        let asked = match statements {
            1 => "1 SQL statement".to_owned(),
            _ => format!("{statements} SQL statements"),
        };
        format!(
            "<p id=\"served\" data-cached=\"{cached}\" data-statements=\"{statements}\" \
             data-parts=\"{parts}\"><span class=\"dot\"></span>{how} · {asked}</p>"
        )
    }
}
