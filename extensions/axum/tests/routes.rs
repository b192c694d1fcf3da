//! What axum's routing found is there for a handler whose page is cached, and tells pages apart.

mod common;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{MatchedPath, NestedPath, OriginalUri, RawPathParams, Request};
use axum::http::Uri;
use axum::middleware::{Next, from_fn};
use axum::{Router, routing::get};
use common::{get as ask, send, text};
use gcache_axum::pages;

#[tokio::test]
async fn what_routing_found_is_there() {
    let seen = async |params: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
        let extensions = request.extensions();
        let params = params.map(|params| {
            let params = params.iter().map(|(name, value)| format!("{name}={value}"));
            params.collect::<Vec<_>>()
        });
        let matched = extensions.get::<MatchedPath>();
        let nested = extensions.get::<NestedPath>();
        let original = extensions.get::<OriginalUri>();
        format!("{params:?} {matched:?} {nested:?} {original:?} {}", request.uri())
    };
    let films = || {
        Router::new()
            .route("/", get(seen))
            .route("/film/{id}", get(seen))
            .route("/all/{*rest}", get(seen))
    };
    let routes = || films().nest("/{shelf}/x", films()).fallback(seen);
    // Inside of a service that is nested, and around a part of the routes that is.
    let app = |layer: &dyn Fn(Router) -> Router| {
        let service = Router::new().nest("/{kind}", layer(films()));
        layer(routes()).nest_service("/service/{shelf}", service)
    };
    let pages = pages("reduced routes").through().build();
    let cached = app(&|router| router.layer(pages.clone()));
    let bare = app(&|router| router);
    let paths = [
        "/",
        "/film/7",
        "/film/a%2Fb%20%7B%25",
        "/all/a/b%2Fc",
        "/old/x/film/7",
        "/%C3%A4/x/film/7",
        "/none",
        "/old/x/none",
        "/service/old/new/film/7",
        "/service/old/new/all/1/2",
    ];
    for path in paths {
        let expected = text(&bare, path).await;
        for _ in 0..2 {
            assert_eq!(text(&cached, path).await, expected, "{path}");
        }
    }
    assert_eq!(
        (pages.stats().hits, pages.stats().misses),
        (paths.len() as u64, paths.len() as u64)
    );
}

#[tokio::test]
async fn a_path_that_is_rewritten_has_pages_of_its_own() {
    let to_phones = async |mut request: Request, next: Next| {
        if request.headers().get("user-agent").is_some_and(|agent| agent == "phone") {
            *request.uri_mut() = format!("/mobile{}", request.uri()).parse().expect("a path");
        }
        next.run(request).await
    };
    let seen = async |uri: Uri, OriginalUri(original): OriginalUri| format!("{uri} of {original}");
    let pages = pages("reduced rewritten").through().build();
    let app: Router =
        Router::new().route("/{id}", get(seen)).layer(pages.clone()).layer(from_fn(to_phones));
    for _ in 0..2 {
        assert_eq!(text(&app, "/7").await, "/7 of /7");
        let phone = ask("/7").header("user-agent", "phone");
        assert_eq!(send(&app, phone).await.body, "/mobile/7 of /7");
    }
    assert_eq!((pages.stats().hits, pages.stats().misses), (2, 2));
}
