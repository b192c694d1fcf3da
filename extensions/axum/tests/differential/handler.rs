//! A handler that shows all that it can see, and answers in ways that may and may not be stored.

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{ConnectInfo, MatchedPath, NestedPath, OriginalUri, RawPathParams, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::any;
use axum_extra::extract::CookieJar;
use futures::stream;
use gcache_axum::Pages;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// What layers outside have found.
#[derive(Clone, Debug)]
pub(crate) struct User(pub(crate) String);

#[derive(Clone, Debug)]
pub(crate) struct Session(pub(crate) String);

/// What a handler panics with that has no user.
pub(crate) const INSISTS: &str = "a layer outside says who it is";

/// The handler behind its routes, with a layer around it or without.
pub(crate) fn app(pages: Option<Pages>) -> Router {
    let films = Router::new().route("/p/{id}", any(show)).route("/all/{*rest}", any(show));
    let nested = Router::new().route("/q/{id}", any(show));
    let service = Router::new().route("/{id}", any(show));
    let routes = films.nest("/{shelf}", nested);
    let (routes, service) = match pages {
        Some(pages) => (routes.layer(pages.clone()), service.layer(pages)),
        None => (routes, service),
    };
    routes.nest_service("/service", service).layer(from_fn(to_phones))
}

/// Sends phones to pages of their own, and takes away what it did so by.
async fn to_phones(mut request: Request, next: Next) -> Response {
    if request.headers_mut().remove("x-phone").is_some_and(|phone| phone == "1") {
        let uri = request.uri().path_and_query().expect("a path");
        *request.uri_mut() = format!("/mobile{uri}").parse().expect("a URI");
    }
    next.run(request).await
}

/// All that a handler sees of a request.
fn all(
    params: &Result<RawPathParams, RawPathParamsRejection>,
    jar: &CookieJar,
    request: &Request,
) -> String {
    let params: Option<Vec<_>> = params.as_ref().ok().map(|params| params.iter().collect());
    let mut headers = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in request.headers() {
        headers.entry(name.as_str()).or_default().push(value);
    }
    let extensions = request.extensions();
    let jar: BTreeMap<_, _> = jar.iter().map(|cookie| (cookie.name(), cookie.value())).collect();
    format!(
        "{} {} {:?}\n{headers:?}\n{jar:?}\n{params:?}\n{:?} {:?} {:?} {:?} {:?} {:?}",
        request.method(),
        request.uri(),
        request.version(),
        extensions.get::<OriginalUri>(),
        extensions.get::<MatchedPath>(),
        extensions.get::<NestedPath>(),
        extensions.get::<User>(),
        extensions.get::<Session>().map(|session| &session.0),
        extensions.get::<ConnectInfo<SocketAddr>>(),
    )
}

async fn show(
    params: Result<RawPathParams, RawPathParamsRejection>,
    jar: CookieJar,
    request: Request,
) -> Response {
    let all = all(&params, &jar, &request);
    let id = params.ok().and_then(|params| params.iter().last()?.1.parse::<usize>().ok());
    let user = request.extensions().get::<User>();
    // Others come in between.
    tokio::task::yield_now().await;
    let with = |name: &'static str, value: &str| {
        let headers = HeaderMap::from_iter([(
            name.parse().expect("a name"),
            value.parse().expect("a value"),
        )]);
        (headers, all.clone()).into_response()
    };
    match (id, user) {
        (Some(0), None) => Redirect::to("/login").into_response(),
        (Some(0), Some(user)) => with("x-user", &user.0),
        (Some(1), _) if jar.get("session").is_none() => with("set-cookie", "session=new"),
        (Some(2), None) => (StatusCode::INTERNAL_SERVER_ERROR, all).into_response(),
        (Some(3), None) => panic!("{INSISTS}"),
        (Some(4), _) => Body::from_stream(stream::iter([Ok::<_, String>(all)])).into_response(),
        (Some(5), _) => with("cache-control", "max-age=0"),
        (Some(6), Some(_)) => with("cache-control", "private"),
        (Some(7), _) if request.headers().contains_key("referer") => with("vary", "referer"),
        (Some(8), _) => (StatusCode::NOT_FOUND, all).into_response(),
        _ => all.into_response(),
    }
}
