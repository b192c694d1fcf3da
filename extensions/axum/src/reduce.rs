//! The request that renders a page: the inputs that the page's key holds, and none that would tell its visitor from another.

use crate::cookies::{line, values};
use crate::pass::Pass;
use crate::vary::{Original, PageKey, Variation};
use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use http::header::{COOKIE, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Uri, request::Parts};

/// A page is rendered without conditions. They are evaluated on the rendered page.
const CONDITIONS: [HeaderName; 2] = [IF_MODIFIED_SINCE, IF_NONE_MATCH];

/// The request `parts` as far as its page's key holds it; `None` where no request can be made of that.
///
/// It is made of the key, so an input that is not compared is not there: a `GET` of HTTP/1.1 without a body.
pub(crate) async fn reduce(
    key: &PageKey,
    variation: &Variation,
    pass: &Pass,
    parts: &Parts,
) -> Option<Request> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = Uri::try_from(key.uri.as_str()).ok()?;
    *request.headers_mut() = headers(key, variation, pass, parts)?;
    *request.extensions_mut() = extensions(key, pass, parts).await?;
    Some(request)
}

fn headers(key: &PageKey, variation: &Variation, pass: &Pass, parts: &Parts) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    if let Some(host) = &key.host {
        headers.insert(HOST, HeaderValue::try_from(host.as_str()).ok()?);
    }
    let lines = variation.headers.iter().zip(&key.headers);
    for (name, lines) in lines.filter(|(name, _)| **name != HOST && !CONDITIONS.contains(name)) {
        for line in lines {
            headers.append(name, HeaderValue::from_bytes(line).ok()?);
        }
    }
    let is_known = |name: &HeaderName| *name == HOST || variation.headers.contains(name);
    pass.headers(&parts.headers, &mut headers, is_known);
    // Where the whole header is handed on, its cookies are in it.
    if !variation.headers.contains(&COOKIE) && !pass.headers.contains(&COOKIE) {
        let passed: Vec<_> = pass
            .cookies
            .iter()
            .filter(|name| !variation.cookies.contains(name))
            .map(|name| (name, values(&parts.headers, name)))
            .collect();
        let passed = passed.iter().map(|(name, values)| (*name, values));
        if let Some(line) = line(variation.cookies.iter().zip(&key.cookies).chain(passed)) {
            headers.insert(COOKIE, line);
        }
    }
    Some(headers)
}

async fn extensions(key: &PageKey, pass: &Pass, parts: &Parts) -> Option<Extensions> {
    let mut extensions = key.route.extensions(&parts.extensions).await?;
    let original = match &key.original {
        Original::Unknown => None,
        Original::Same => Some(&key.uri),
        Original::Other(original) => Some(original),
    };
    extensions.remove::<OriginalUri>();
    if let Some(original) = original {
        extensions.insert(OriginalUri(Uri::try_from(original.as_str()).ok()?));
    }
    pass.extensions(&parts.extensions, &mut extensions);
    Some(extensions)
}
