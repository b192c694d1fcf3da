//! What tells one page of a route from another: the memo key of pages.

use axum::extract::OriginalUri;
use http::header::{COOKIE, HOST};
use http::{HeaderName, Uri, request::Parts};

/// What pages vary on, beside host and path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variation {
    headers: Vec<HeaderName>,
    cookies: Vec<String>,
    /// The query parameters that matter; `None` where all of them do.
    query: Option<Vec<String>>,
}

/// The memo key of a page. All of it is compared, so nothing is told apart by how it is put together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    host: Option<String>,
    path: String,
    query: Query,
    /// For each header that matters, its lines.
    headers: Vec<Vec<Vec<u8>>>,
    /// For each cookie that matters, its values.
    cookies: Vec<Vec<Vec<u8>>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Query {
    Whole(Option<String>),
    /// For each parameter that matters, its values.
    Named(Vec<Vec<String>>),
}

impl Variation {
    pub(crate) fn add_header(&mut self, name: HeaderName) {
        self.headers.push(name);
    }

    pub(crate) fn add_cookie(&mut self, name: String) {
        self.cookies.push(name);
    }

    pub(crate) fn add_query(&mut self, parameter: Option<String>) {
        self.query.get_or_insert_default().extend(parameter);
    }

    /// The request headers that pages may vary on.
    pub(crate) fn header_names(&self) -> Vec<HeaderName> {
        let cookie = (!self.cookies.is_empty()).then_some(COOKIE);
        self.headers.iter().cloned().chain(cookie).collect()
    }

    /// The key of the page that a request asks for.
    pub(crate) fn key(&self, parts: &Parts) -> PageKey {
        // The URI that a nested router sees has lost its beginning.
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let header = |name: &HeaderName| -> Vec<Vec<u8>> {
            parts.headers.get_all(name).iter().map(|line| line.as_bytes().to_vec()).collect()
        };
        let cookies = header(&COOKIE);
        PageKey {
            host: host(parts, uri),
            path: uri.path().to_owned(),
            query: self.query(uri),
            headers: self.headers.iter().map(header).collect(),
            cookies: self.cookies.iter().map(|name| values(&cookies, name)).collect(),
        }
    }

    fn query(&self, uri: &Uri) -> Query {
        let Some(names) = &self.query else {
            return Query::Whole(uri.query().map(str::to_owned));
        };
        let given: Vec<_> =
            form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).collect();
        let values = |name: &String| {
            let values = given.iter().filter(|(given, _)| given == name);
            values.map(|(_, value)| value.clone().into_owned()).collect()
        };
        Query::Named(names.iter().map(values).collect())
    }
}

/// The host that the request is for.
fn host(parts: &Parts, uri: &Uri) -> Option<String> {
    let authority = uri.authority().or(parts.uri.authority());
    let from_uri = authority.map(|authority| authority.as_str().to_ascii_lowercase());
    let from_header = || Some(parts.headers.get(HOST)?.to_str().ok()?.to_ascii_lowercase());
    from_uri.or_else(from_header)
}

/// The values of the cookie `name` in `Cookie` headers.
fn values(lines: &[Vec<u8>], name: &str) -> Vec<Vec<u8>> {
    let pairs = lines.iter().flat_map(|line| line.split(|&byte| byte == b';'));
    let value = |pair: &[u8]| {
        let pair = pair.trim_ascii();
        let value = pair.strip_prefix(name.as_bytes())?.trim_ascii_start().strip_prefix(b"=")?;
        Some(value.trim_ascii_start().to_vec())
    };
    pairs.filter_map(value).collect()
}

impl PageKey {
    /// About how many bytes it takes to keep it.
    pub(crate) fn weight(&self) -> usize {
        let lists = self.headers.iter().chain(&self.cookies).flatten().map(Vec::len);
        let query = match &self.query {
            Query::Whole(query) => query.as_ref().map_or(0, String::len),
            Query::Named(values) => values.iter().flatten().map(String::len).sum(),
        };
        let host = self.host.as_ref().map_or(0, String::len);
        size_of::<Self>() + host + self.path.len() + query + lists.sum::<usize>()
    }
}
