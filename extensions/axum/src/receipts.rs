//! Receipts of invalidations, which travel in a cookie of the visitor who made them.

use crate::cookies;
use crate::fenced::store_nowhere;
use axum::response::Response;
use form_urlencoded::{byte_serialize, parse};
use gcache::link::Receipt;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue, SET_COOKIE};
use std::sync::Arc;
use std::time::Duration;

/// The cookie, unless the layer says otherwise.
const NAME: &str = "gcache_seen";

/// How long it is kept, unless the layer says otherwise.
const AGE: Duration = Duration::from_secs(60);

/// The longest value that is looked at. Links write less.
const LONGEST: usize = 256;

/// How many cookies of the name are looked at.
const MOST: usize = 4;

/// The cookie in which receipts travel.
#[derive(Clone, Debug)]
pub(crate) struct Receipts {
    name: Arc<str>,
    age: Duration,
}

impl Default for Receipts {
    fn default() -> Self {
        Self::new(NAME.to_owned(), AGE)
    }
}

impl Receipts {
    /// # Panics
    ///
    /// If `name` is no token.
    pub(crate) fn new(name: String, age: Duration) -> Self {
        // The names of headers are tokens, as those of cookies are.
        assert!(HeaderName::try_from(&name).is_ok(), "{name:?} is no name of a cookie");
        Self { name: name.into(), age }
    }

    /// The receipts that a request comes with.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Vec<Receipt> {
        let values = cookies::values(headers, &self.name).into_iter().take(MOST);
        values.filter(|value| value.len() <= LONGEST).filter_map(|value| read(&value)).collect()
    }

    /// Hands a receipt to the visitor.
    pub(crate) fn hand(&self, receipt: &Receipt, mut response: Response) -> Response {
        if let Some(cookie) = self.cookie(receipt) {
            response.headers_mut().append(SET_COOKIE, cookie);
            store_nowhere(&mut response);
        }
        response
    }

    fn cookie(&self, receipt: &Receipt) -> Option<HeaderValue> {
        let value: String = byte_serialize(receipt.to_string().as_bytes()).collect();
        let (name, age) = (&self.name, self.age.as_secs());
        // No script of the page has any use for it. A visitor who comes by a link on another site sends it, too.
        let secure = if is_secure(name) { "; Secure" } else { "" };
        let cookie =
            format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::try_from(cookie).ok()
    }
}

/// Whether browsers keep a cookie of this name for HTTPS alone, and refuse it unless it says so itself.
fn is_secure(name: &str) -> bool {
    ["__Secure-", "__Host-"].iter().any(|prefix| {
        name.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
    })
}

/// Anyone may send anything: what is no receipt is as good as none.
fn read(value: &[u8]) -> Option<Receipt> {
    let pair: Vec<u8> = [b"=", value].concat();
    let (_, text) = parse(&pair).next()?;
    text.parse().ok()
}
