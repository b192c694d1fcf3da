//! What a layer should make of a request, said once more.

use crate::random::Random;
use crate::requests::Sent;
use crate::{Answered, empty};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use gcache_axum::{Pages, pages};

/// What pages vary on.
#[derive(Debug)]
pub(crate) struct World {
    headers: Vec<&'static str>,
    cookies: Vec<&'static str>,
    /// `None` where the whole query matters.
    query: Option<Vec<&'static str>>,
}

/// What a request may have that is not looked up.
const BYPASS: [&str; 3] = ["authorization", "range", "upgrade"];

impl World {
    pub(crate) fn at_random(random: &mut Random) -> Self {
        let mut some = |of: &[&'static str]| {
            of.iter().copied().filter(|_| random.one_in(2)).collect::<Vec<_>>()
        };
        let (headers, cookies) =
            (some(&["accept-language", "x-forwarded-host"]), some(&["theme", "lang"]));
        let query = some(&["page", "q"]);
        Self { headers, cookies, query: (!random.one_in(3)).then_some(query) }
    }

    pub(crate) fn pages(&self) -> Pages {
        let headers = self.headers.iter().map(|name| HeaderName::from_static(name));
        let builder = pages("differential").through();
        let builder = headers.fold(builder, gcache_axum::PagesBuilder::vary_header);
        let builder = self.cookies.iter().fold(builder, |builder, name| builder.vary_cookie(*name));
        let names = self.query.iter().flatten();
        let builder = names.fold(builder, |builder, name| builder.vary_query(*name));
        let builder = if self.query.is_some() { builder.ignore_query() } else { builder };
        builder.build()
    }

    /// What is to be seen of a request by who renders its page; `None` where it is not looked up.
    pub(crate) fn reduce(&self, sent: &Sent) -> Option<Request> {
        let uri: Uri = sent.uri.parse().expect("a URI");
        let lines = |name: &str| -> Vec<&[u8]> {
            let lines = sent.headers.iter().filter(|(given, _)| *given == name);
            lines.map(|(_, line)| line.as_slice()).collect()
        };
        if !matches!(sent.method, Method::GET | Method::HEAD) || uri.path().contains("%FF") {
            return None;
        }
        if BYPASS.iter().any(|name| !lines(name).is_empty()) {
            return None;
        }
        let authority = uri.authority().map(|authority| authority.as_str().as_bytes());
        let mut hosts: Vec<_> =
            lines("host").into_iter().chain(authority).map(<[u8]>::to_ascii_lowercase).collect();
        if lines("host").len() > 1 {
            return None;
        }
        hosts.dedup();
        let host = match hosts.as_slice() {
            [] => None,
            [host] if host.is_ascii() => Some(host),
            _ => return None,
        };
        let mut request = empty();
        let query = self.query(uri.query());
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        *request.uri_mut() = format!("{}{query}", uri.path()).parse().expect("a URI");
        let headers = request.headers_mut();
        // What the layer outside goes by, which takes it away.
        for name in self.headers.iter().copied().chain(["x-phone"]) {
            for line in lines(name) {
                headers.append(name, HeaderValue::from_bytes(line).expect("a value"));
            }
        }
        if let Some(host) = host {
            headers.insert("host", HeaderValue::from_bytes(host).expect("a value"));
        }
        let cookies = self.cookies(&lines("cookie").join(&b';'));
        if !cookies.is_empty() {
            headers.insert("cookie", HeaderValue::from_bytes(&cookies).expect("a value"));
        }
        Some(request)
    }

    fn query(&self, query: Option<&str>) -> Option<String> {
        let Some(names) = &self.query else { return query.map(str::to_owned) };
        let given: Vec<_> =
            form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        let pairs =
            names.iter().flat_map(|name| given.iter().filter(move |(given, _)| given == name));
        let left: String =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        (!left.is_empty()).then_some(left)
    }

    fn cookies(&self, line: &[u8]) -> Vec<u8> {
        let pairs: Vec<(&[u8], &[u8])> = line
            .split(|byte| *byte == b';')
            .filter_map(|pair| {
                let at = pair.iter().position(|byte| *byte == b'=')?;
                Some((pair[..at].trim_ascii(), pair[at + 1..].trim_ascii()))
            })
            .collect();
        let mut left: Vec<Vec<u8>> = Vec::new();
        for name in &self.cookies {
            let values = pairs.iter().filter(|(given, _)| *given == name.as_bytes());
            left.extend(values.map(|(name, value)| [*name, *value].join(&b'=')));
        }
        left.join(&b"; "[..])
    }
}

/// Whether what was said to a reduced request may be said to others.
pub(crate) fn may_be_stored(answer: &Answered) -> bool {
    let said = |name: &str| answer.headers.contains_key(name);
    let storable = [StatusCode::OK, StatusCode::NOT_FOUND].contains(&answer.status);
    let streams = !said("content-length") && !answer.body.is_empty();
    storable && !streams && !said("set-cookie") && !said("cache-control")
}
