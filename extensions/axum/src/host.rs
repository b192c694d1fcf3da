//! The host that a request is for.

use crate::reason::Reason;
use http::header::HOST;
use http::{Uri, request::Parts};

/// The host that a request names, in lower case; `None` where it names none. `original` is its URI as it came.
///
/// It may be named by the `Host` header, by the URI as it came, and by the URI as a layer has rewritten it. A
/// handler may read any of them, so all that are there have to say the same.
pub(crate) fn host(parts: &Parts, original: &Uri) -> Result<Option<String>, Reason> {
    let lines = parts.headers.get_all(HOST);
    if lines.iter().count() > 1 {
        return Err(Reason::Host);
    }
    let line =
        lines.iter().next().map(|line| line.to_str().map_err(|_| Reason::Host)).transpose()?;
    let authorities = [original, &parts.uri].map(Uri::authority);
    let authorities = authorities.iter().flatten().map(|authority| authority.as_str());
    let mut named = authorities.chain(line).map(str::to_ascii_lowercase);
    let Some(host) = named.next() else { return Ok(None) };
    // A user name before the host would be one more thing that a handler may read.
    if host.contains('@') || named.any(|other| other != host) {
        return Err(Reason::Host);
    }
    Ok(Some(host))
}
