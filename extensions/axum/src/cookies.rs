//! Cookies: those of some names are taken out of a request, and put into another.
//!
//! Programs read cookies with jars that differ: they decode names or do not, take the first or the last of two of
//! one name, and drop a line as a whole where one cookie of it is bad. So none of them is imitated. A handler is
//! given a line that is made of the values that were compared, and of nothing else.

use http::{HeaderMap, HeaderValue, header::COOKIE};

/// The values of the cookie `name` in the order in which they came, byte by byte as they came.
pub(crate) fn values(headers: &HeaderMap, name: &str) -> Vec<Vec<u8>> {
    let pairs = headers.get_all(COOKIE).into_iter().flat_map(|line| {
        let pairs = line.as_bytes().split(|&byte| byte == b';');
        pairs.collect::<Vec<_>>()
    });
    let value = |pair: &[u8]| {
        let pair = pair.trim_ascii();
        let value = pair.strip_prefix(name.as_bytes())?.trim_ascii_start().strip_prefix(b"=")?;
        Some(value.trim_ascii_start().to_vec())
    };
    pairs.filter_map(value).collect()
}

/// The line that has these cookies, each with its values; `None` where there are none.
pub(crate) fn line<'a>(
    cookies: impl IntoIterator<Item = (&'a String, &'a Vec<Vec<u8>>)>,
) -> Option<HeaderValue> {
    let mut line = Vec::new();
    for (name, values) in cookies {
        for value in values {
            if !line.is_empty() {
                line.extend_from_slice(b"; ");
            }
            line.extend_from_slice(name.as_bytes());
            line.push(b'=');
            line.extend_from_slice(value);
        }
    }
    // Name and value come out of a header, so they may stand in one.
    if line.is_empty() { None } else { HeaderValue::from_bytes(&line).ok() }
}
