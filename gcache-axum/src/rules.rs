//! The rules of what is never stored.

use crate::reason::Reason;
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, IF_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE, SET_COOKIE,
    UPGRADE, VARY,
};
use http::{HeaderMap, HeaderName, Method, StatusCode};

/// Finds what in a request keeps its page from being looked up; pages vary on `varied`.
pub(crate) fn check_request(
    parts: &http::request::Parts,
    has_body: bool,
    varied: &[HeaderName],
) -> Result<(), Reason> {
    let has = |names: &[HeaderName]| names.iter().any(|name| parts.headers.contains_key(name));
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return Err(Reason::Method);
    }
    if has_body {
        return Err(Reason::RequestBody);
    }
    if has(&[AUTHORIZATION]) && !varied.contains(&AUTHORIZATION) {
        return Err(Reason::Authorization);
    }
    if has(&[RANGE, IF_RANGE, IF_MATCH, IF_UNMODIFIED_SINCE]) {
        return Err(Reason::Condition);
    }
    if has(&[UPGRADE]) {
        return Err(Reason::Upgrade);
    }
    Ok(())
}

/// Finds what in a response keeps it from being stored; pages vary on `varied`, where that is known.
pub(crate) fn check_response(
    status: StatusCode,
    headers: &HeaderMap,
    varied: Option<&[HeaderName]>,
) -> Result<(), Reason> {
    if !matches!(status.as_u16(), 200 | 203 | 301 | 404 | 410) {
        return Err(Reason::Status);
    }
    if headers.contains_key(SET_COOKIE) {
        return Err(Reason::SetCookie);
    }
    if items(headers, &CACHE_CONTROL).any(|directive| is_forbidding(&directive)) {
        return Err(Reason::CacheControl);
    }
    let is_covered = |name: &str| match varied {
        Some(varied) => varied.iter().any(|varied| varied.as_str().eq_ignore_ascii_case(name)),
        None => name != "*",
    };
    if !items(headers, &VARY).all(|name| is_covered(&name)) {
        return Err(Reason::Vary);
    }
    Ok(())
}

/// Whether a directive is `no-store`, `private` or `private="…"`. What is in its quotes may hold commas and
/// look like further directives, which errs on the side of not storing.
fn is_forbidding(directive: &str) -> bool {
    let name = directive.split('=').next().unwrap_or_default().trim_end();
    ["no-store", "private"].iter().any(|forbidding| name.eq_ignore_ascii_case(forbidding))
}

/// The comma-separated items of a header, which may stand on several lines.
pub(crate) fn items<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = String> + 'a {
    headers.get_all(name).into_iter().flat_map(|line| {
        let line = String::from_utf8_lossy(line.as_bytes()).into_owned();
        let items = line.split(',').map(|item| item.trim().to_owned());
        items.filter(|item| !item.is_empty()).collect::<Vec<_>>()
    })
}
