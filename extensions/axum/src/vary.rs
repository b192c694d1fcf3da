//! The memo key of pages: it tells one page of a route from another.

use crate::against::PathParams;
use crate::cookies::values;
use crate::not_stored::NotStored;
use crate::route::Route;
use axum::extract::OriginalUri;
use http::header::{COOKIE, HOST};
use http::{HeaderName, Uri, request::Parts};
use std::borrow::Cow;

/// The inputs that pages vary on, beside host and path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variation {
    pub(crate) headers: Vec<HeaderName>,
    pub(crate) cookies: Vec<String>,
    /// The query parameters that matter; `None` where all of them do.
    query: Option<Vec<String>>,
}

/// The memo key of a page: all inputs of the handler that renders it. All of them are compared, as they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    pub(crate) host: Option<String>,
    /// Path and query as the service inside sees them: a nested router has taken the beginning away, and a layer
    /// may have put other ones in their place.
    pub(crate) uri: String,
    /// The same as the request came.
    pub(crate) original: Original,
    pub(crate) route: Route,
    /// For each header that matters, its lines.
    pub(crate) headers: Vec<Vec<Vec<u8>>>,
    /// For each cookie that matters, its values.
    pub(crate) cookies: Vec<Vec<Vec<u8>>>,
}

/// How a request came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Original {
    /// Nobody has noted it.
    Unknown,
    /// As the service inside sees it.
    Same,
    /// With this path and query.
    Other(String),
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

impl Variation {
    pub(crate) fn add_header(&mut self, name: HeaderName) {
        add(&mut self.headers, name);
    }

    pub(crate) fn add_cookie(&mut self, name: String) {
        add(&mut self.cookies, name);
    }

    pub(crate) fn add_query(&mut self, parameter: Option<String>) {
        let query = self.query.get_or_insert_default();
        parameter.into_iter().for_each(|parameter| add(query, parameter));
    }

    /// The request headers that pages may vary on.
    pub(crate) fn header_names(&self) -> Vec<HeaderName> {
        let cookie = (!self.cookies.is_empty()).then_some(COOKIE);
        self.headers.iter().cloned().chain(cookie).collect()
    }

    /// The key of the page that a request asks for.
    pub(crate) fn key(&self, parts: &Parts, path: &PathParams) -> Result<PageKey, NotStored> {
        let original = parts.extensions.get::<OriginalUri>().map(|original| &original.0);
        let lines = |name: &HeaderName| -> Vec<Vec<u8>> {
            parts.headers.get_all(name).iter().map(|line| line.as_bytes().to_vec()).collect()
        };
        let uri = self.address(&parts.uri);
        Ok(PageKey {
            host: host(parts, original.unwrap_or(&parts.uri))?,
            original: match original.map(|original| self.address(original)) {
                None => Original::Unknown,
                Some(original) if original == uri => Original::Same,
                Some(original) => Original::Other(original),
            },
            uri,
            route: Route::of(&parts.extensions, path),
            headers: self.headers.iter().map(lines).collect(),
            cookies: self.cookies.iter().map(|name| values(&parts.headers, name)).collect(),
        })
    }

    /// The path, and the parameters of the query that matter.
    fn address(&self, uri: &Uri) -> String {
        match self.query(uri.query()) {
            Some(query) => format!("{}?{query}", uri.path()),
            None => uri.path().to_owned(),
        }
    }

    /// The part of a query that matters: all of it, or the parameters that are named, in the order in which they are named,
    /// each with its values.
    fn query<'a>(&self, query: Option<&'a str>) -> Option<Cow<'a, str>> {
        let Some(names) = &self.query else { return query.map(Cow::Borrowed) };
        let given: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect();
        let mut left = form_urlencoded::Serializer::new(String::new());
        for name in names {
            for (_, value) in given.iter().filter(|(given, _)| given == name) {
                left.append_pair(name, value);
            }
        }
        Some(left.finish()).filter(|left| !left.is_empty()).map(Cow::Owned)
    }
}

impl PageKey {
    /// About how many bytes it takes to keep it.
    pub(crate) fn weight(&self) -> usize {
        let host = self.host.as_ref().map_or(0, String::capacity);
        let original = match &self.original {
            Original::Other(original) => original.capacity(),
            Original::Unknown | Original::Same => 0,
        };
        let lists = self.headers.iter().chain(&self.cookies);
        let lists = lists.map(|list| {
            let lines = list.iter().map(|line| size_of::<Vec<u8>>() + line.capacity());
            size_of::<Vec<Vec<u8>>>() + lines.sum::<usize>()
        });
        let texts = host + self.uri.capacity() + original + self.route.weight();
        size_of::<Self>() + texts + lists.sum::<usize>()
    }
}

/// The host that a request names, in lower case; `None` where it names none. `original` is its URI as it came.
///
/// It may be named by the `Host` header, by the URI as it came, and by the URI as a layer has rewritten it. A
/// handler may read any of them, so all that are there have to say the same.
pub(crate) fn host(parts: &Parts, original: &Uri) -> Result<Option<String>, NotStored> {
    let lines = parts.headers.get_all(HOST);
    if lines.iter().count() > 1 {
        return Err(NotStored::Host);
    }
    let line =
        lines.iter().next().map(|line| line.to_str().map_err(|_| NotStored::Host)).transpose()?;
    let authorities = [original, &parts.uri].map(Uri::authority);
    let authorities = authorities.iter().flatten().map(|authority| authority.as_str());
    let mut named = authorities.chain(line).map(str::to_ascii_lowercase);
    let Some(host) = named.next() else { return Ok(None) };
    // A user name before the host would be one more thing that a handler may read.
    if host.contains('@') || named.any(|other| other != host) {
        return Err(NotStored::Host);
    }
    Ok(Some(host))
}
