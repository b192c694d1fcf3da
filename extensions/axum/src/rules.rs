//! The rules by which a request is never looked up and a response is never stored.

use crate::not_stored::NotStored;
use headers::{Expires, HeaderMapExt as _};
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, EXPIRES, IF_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
    SET_COOKIE, UPGRADE, VARY,
};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use std::time::SystemTime;

/// Finds the reason for which the page of a request is not looked up; pages vary on `varied`.
pub(crate) fn check_request(
    parts: &http::request::Parts,
    has_body: bool,
    varied: &[HeaderName],
) -> Result<(), NotStored> {
    let has = |names: &[HeaderName]| names.iter().any(|name| parts.headers.contains_key(name));
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return Err(NotStored::Method);
    }
    if has_body {
        return Err(NotStored::RequestBody);
    }
    if has(&[AUTHORIZATION]) && !varied.contains(&AUTHORIZATION) {
        return Err(NotStored::Authorization);
    }
    if has(&[RANGE, IF_RANGE, IF_MATCH, IF_UNMODIFIED_SINCE]) {
        return Err(NotStored::Condition);
    }
    if has(&[UPGRADE]) {
        return Err(NotStored::Upgrade);
    }
    Ok(())
}

/// Finds the reason for which a response is not stored; pages vary on `varied`, where that is known.
pub(crate) fn check_response(
    status: StatusCode,
    headers: &HeaderMap,
    varied: Option<&[HeaderName]>,
) -> Result<(), NotStored> {
    if !matches!(status.as_u16(), 200 | 203 | 301 | 404 | 410) {
        return Err(NotStored::Status);
    }
    if headers.contains_key(SET_COOKIE) || OF_VISITOR.iter().any(|name| headers.contains_key(*name))
    {
        return Err(NotStored::SetCookie);
    }
    if items(headers, &CACHE_CONTROL).any(|directive| is_forbidding(&directive)) {
        return Err(NotStored::CacheControl);
    }
    if is_out_of_date(headers) {
        return Err(NotStored::CacheControl);
    }
    let is_covered = |name: &str| match varied {
        Some(varied) => varied.iter().any(|varied| varied.as_str().eq_ignore_ascii_case(name)),
        None => name != "*",
    };
    if !items(headers, &VARY).all(|name| is_covered(&name)) {
        return Err(NotStored::Vary);
    }
    Ok(())
}

/// Headers that change what the visitor's browser has, as `Set-Cookie` does, or speak to it alone.
const OF_VISITOR: [&str; 4] =
    ["authentication-info", "clear-site-data", "proxy-authentication-info", "set-cookie2"];

/// Whether a directive is `no-store`, `private`, `private="…"` or `no-cache="…"`. What is in its quotes may hold
/// commas and look like further directives, which errs on the side of not storing.
///
/// `no-cache` alone forbids nothing: each time, the layer knows whether the page is still true.
fn is_forbidding(directive: &str) -> bool {
    let mut parts = directive.splitn(2, '=');
    let name = parts.next().unwrap_or_default().trim_end().to_ascii_lowercase();
    match name.as_str() {
        "no-store" | "private" => true,
        "no-cache" => parts.next().is_some(),
        _ => false,
    }
}

/// Whether a response says that it is out of date as soon as it is sent: `s-maxage` counts before `max-age`, that
/// before `Expires`, and what is no number or no date is a time that is over, as in RFC 9111.
fn is_out_of_date(headers: &HeaderMap) -> bool {
    let age = |name: &str| {
        items(headers, &CACHE_CONTROL).find_map(|directive| {
            let (directive, seconds) = directive.split_once('=').unwrap_or((&directive, ""));
            let seconds = seconds.trim().trim_matches('"').trim_start_matches('0');
            let is_number = seconds.bytes().all(|digit| digit.is_ascii_digit());
            let is_name = directive.trim_end().eq_ignore_ascii_case(name);
            is_name.then_some(is_number && !seconds.is_empty())
        })
    };
    let lives = age("s-maxage").or_else(|| age("max-age"));
    let expires = || {
        let lives = |expires: Expires| SystemTime::from(expires) > SystemTime::now();
        headers.contains_key(EXPIRES).then(|| headers.typed_get().is_some_and(lives))
    };
    lives.or_else(expires) == Some(false)
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
