//! Inputs that reach a handler although they are no part of a page's key.

use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use std::fmt;

/// Headers that are handed to the handler as they came, since they name one message on its way, and not its
/// sender: infrastructure makes them anew for each request, and pages do not show them.
///
/// | header | made by |
/// | --- | --- |
/// | `traceparent`, `tracestate` | W3C Trace Context |
/// | `b3`, `x-b3-..` | Zipkin, Envoy |
/// | `x-request-id` | nginx, Envoy, Heroku, tower-http |
/// | `x-amzn-trace-id` | load balancers of AWS |
/// | `x-cloud-trace-context` | load balancers of Google |
///
/// Not among them, though tracing knows it, is `baggage`: programs put users into it. `x-correlation-id` may stay the
/// same for a whole session.
static SHARED: [HeaderName; 11] = [
    HeaderName::from_static("b3"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-amzn-trace-id"),
    HeaderName::from_static("x-b3-flags"),
    HeaderName::from_static("x-b3-parentspanid"),
    HeaderName::from_static("x-b3-sampled"),
    HeaderName::from_static("x-b3-spanid"),
    HeaderName::from_static("x-b3-traceid"),
    HeaderName::from_static("x-cloud-trace-context"),
    HeaderName::from_static("x-request-id"),
];

/// How long a line of such a header may be: as much as W3C Trace Context wants to be carried on at least.
const LONGEST: usize = 512;

/// Whether a line looks like such a header. A visitor may send any text, and a page that a handler makes of it may
/// be shown to others: no character that means something in HTML is let through.
fn is_id(line: &HeaderValue) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" -_.:,;=/+*@~".contains(byte);
    line.len() <= LONGEST && line.as_bytes().iter().all(is_plain)
}

/// The inputs that the program passes by name.
#[derive(Clone, Default)]
pub(crate) struct Pass {
    pub(crate) headers: Vec<HeaderName>,
    pub(crate) cookies: Vec<String>,
    extensions: Vec<fn(&Extensions, &mut Extensions)>,
}

impl Pass {
    pub(crate) fn add_extension<T: Clone + Send + Sync + 'static>(&mut self) {
        self.extensions.push(|from, to| {
            if let Some(value) = from.get::<T>() {
                to.insert(value.clone());
            }
        });
    }

    /// Hands lines of headers on, but for those of which `is_known` says that they are there already.
    pub(crate) fn headers(
        &self,
        from: &HeaderMap,
        to: &mut HeaderMap,
        is_known: impl Fn(&HeaderName) -> bool,
    ) {
        let shared = SHARED.iter().map(|name| (name, false));
        let passed = self.headers.iter().map(|name| (name, true));
        for (name, by_name) in shared.chain(passed).filter(|(name, _)| !is_known(name)) {
            to.remove(name);
            for line in from.get_all(name).iter().filter(|line| by_name || is_id(line)) {
                to.append(name, line.clone());
            }
        }
    }

    pub(crate) fn extensions(&self, from: &Extensions, to: &mut Extensions) {
        self.extensions.iter().for_each(|pass| pass(from, to));
    }
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass")
            .field("headers", &self.headers)
            .field("cookies", &self.cookies)
            .field("extensions", &self.extensions.len())
            .finish()
    }
}
