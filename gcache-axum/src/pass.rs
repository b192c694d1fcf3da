//! What reaches a handler although it is no part of a page's key.

use http::{Extensions, HeaderName};
use std::fmt;

/// Headers that are handed to the handler as they came, since they name one message on its way, and nobody who sent
/// it: infrastructure makes them up anew for each request, and nothing is shown by them.
///
/// Not among them, though tracing knows it, is `baggage`: programs put users into it. `x-correlation-id` may stay the
/// same for a whole session.
pub(crate) const SHARED: [&str; 11] = [
    "b3",
    "traceparent",
    "tracestate",
    "x-amzn-trace-id",
    "x-b3-flags",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-cloud-trace-context",
    "x-request-id",
];

/// What the program passes by name.
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

    /// The headers that are handed on, if they are there.
    pub(crate) fn headers(&self) -> impl Iterator<Item = HeaderName> {
        SHARED.iter().map(|&name| HeaderName::from_static(name)).chain(self.headers.iter().cloned())
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
