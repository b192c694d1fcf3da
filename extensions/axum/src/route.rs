//! The findings of axum's routing, which a handler may extract: the route, where it is nested, and the path parameters.
//!
//! axum hands it to handlers in the extensions of a request, beside what layers put there. It is taken out as text,
//! for a page's key, and put into extensions that hold nothing else.

use crate::against::PathParams;
use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, NestedPath, Request};
use axum::response::Extension;
use axum::routing::any;
use http::Extensions;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use tower_service::Service as _;

/// The findings of routing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Route {
    matched: Option<String>,
    nested: Option<String>,
    /// Names and values; `None` where no router was asked.
    params: Option<Vec<(String, String)>>,
}

impl Route {
    pub(crate) fn of(extensions: &Extensions, path: &PathParams) -> Self {
        Self {
            matched: extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()),
            nested: extensions.get::<NestedPath>().map(|path| path.as_str().to_owned()),
            params: path.all().map(|params| {
                params.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
            }),
        }
    }

    /// New extensions that hold what routing found in `from`, of which this is the text.
    pub(crate) async fn extensions(&self, from: &Extensions) -> Option<Extensions> {
        let mut extensions = Extensions::new();
        if let Some(params) = &self.params {
            if params.is_empty() {
                extensions = routed("/", "/", extensions).await?;
            }
            for (name, value) in params {
                let path = format!("/{}", encode(value));
                extensions = routed(&format!("/{{{name}}}"), &path, extensions).await?;
            }
        }
        keep::<MatchedPath>(from, &mut extensions);
        keep::<NestedPath>(from, &mut extensions);
        Some(extensions)
    }

    /// How many bytes of the path are parameters.
    pub(crate) fn named(&self) -> usize {
        self.params.iter().flatten().map(|(_, value)| value.len()).sum()
    }

    /// About how many bytes it takes beside itself.
    pub(crate) fn weight(&self) -> usize {
        let texts = self.matched.iter().chain(&self.nested).map(String::capacity);
        let params = self.params.iter().flatten();
        let params = params.map(|(name, value)| {
            size_of::<(String, String)>() + name.capacity() + value.capacity()
        });
        texts.sum::<usize>() + params.sum::<usize>()
    }
}

/// Makes `to` have what `from` has of a type.
fn keep<T: Clone + Send + Sync + 'static>(from: &Extensions, to: &mut Extensions) {
    match from.get::<T>() {
        Some(value) => drop(to.insert(value.clone())),
        None => drop(to.remove::<T>()),
    }
}

/// The extensions that a handler finds.
#[derive(Clone)]
struct Found(Extensions);

/// Routers of one route each, by that. There are as many as a program's routes have names for parameters.
static ROUTERS: Mutex<BTreeMap<String, Router>> = Mutex::new(BTreeMap::new());

/// A router that gives back the extensions that its one route finds in a request.
fn router(route: &str) -> Router {
    let routers = || ROUTERS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(router) = routers().get(route).cloned() {
        return router;
    }
    let find = async |request: Request| Extension(Found(request.into_parts().0.extensions));
    let router = Router::new().without_v07_checks().route(route, any(find)).with_state(());
    routers().insert(route.to_owned(), router.clone());
    router
}

/// The `extensions` after a router has matched `path` with `route`.
///
/// axum keeps path parameters in a private type, so a router of axum has to make them.
async fn routed(route: &str, path: &str, extensions: Extensions) -> Option<Extensions> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().ok()?;
    *request.extensions_mut() = extensions;
    let Ok(mut response) = router(route).call(request).await;
    Some(response.extensions_mut().remove::<Found>()?.0)
}

/// A path segment that is `value` once it is percent-decoded.
fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for &byte in value.as_bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a string takes all that is written");
        }
    }
    encoded
}
