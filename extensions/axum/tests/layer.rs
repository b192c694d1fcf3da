//! Pages of handlers that stay as they are: what they depend on, and what tells them apart.

mod common;

use axum::extract::{Path, Request};
use axum::http::{StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, Response};
use axum::{Router, routing::get};
use common::{Answered, Count, head, send, text};
use gcache::{Invalidates, cache_against, group, invalidate};
use gcache_axum::{NotStored, Pages, PagesBuilder, Source, member, pages};
use std::sync::Arc;

#[derive(Invalidates)]
#[group(no_helpers)]
struct Movie {
    id: i64,
}

#[derive(Invalidates)]
#[group(no_helpers)]
struct Song {
    id: i64,
    #[group(index)]
    genre: String,
}

#[derive(Invalidates)]
#[group(no_helpers)]
struct Rating {
    id: i64,
}

group!(Line: (u64, u32));

// Never ended: for tests of something else, which run beside those that end groups.
group!(Still);

/// A router of one counted handler behind a layer.
fn app(route: &str, builder: PagesBuilder) -> (Router, Pages) {
    let pages = builder.build();
    let count = Arc::new(Count::new());
    let handler = move || async move { Html(format!("page {}", count.up())) };
    (Router::new().route(route, get(handler)).layer(pages.clone()), pages)
}

#[tokio::test]
async fn a_page_depends_on_the_film_that_its_path_names() {
    let (app, pages) = app("/film/{id}", pages("layer member").against_member::<Movie>("id"));
    assert_eq!(text(&app, "/film/101").await, "page 1");
    assert_eq!(text(&app, "/film/101").await, "page 1");
    assert_eq!(text(&app, "/film/102").await, "page 2");
    invalidate!(Movie(101));
    assert_eq!(text(&app, "/film/102").await, "page 2");
    assert_eq!(text(&app, "/film/101").await, "page 3");
    assert_eq!((pages.stats().hits, pages.stats().misses), (2, 3));
}

#[tokio::test]
async fn a_page_depends_on_the_value_that_its_path_names() {
    let builder = pages("layer index").against_index::<Song, _>(|song| &song.genre, "genre");
    let (app, _) = app("/genre/{genre}", builder);
    assert_eq!(text(&app, "/genre/film%20noir").await, "page 1");
    assert_eq!(text(&app, "/genre/drama").await, "page 2");
    Song { id: 103, genre: "film noir".to_owned() }.invalidate();
    assert_eq!(text(&app, "/genre/drama").await, "page 2");
    assert_eq!(text(&app, "/genre/film%20noir").await, "page 3");
}

#[tokio::test]
async fn a_page_depends_on_each_of_several_groups() {
    let builder = pages("layer several")
        .against_member::<Movie>("id")
        .against::<Rating>()
        .against_tag("layer: layout");
    let (app, _) = app("/film/{id}", builder);
    assert_eq!(text(&app, "/film/104").await, "page 1");
    invalidate!(Rating(1));
    assert_eq!(text(&app, "/film/104").await, "page 2");
    invalidate!("layer: layout");
    assert_eq!(text(&app, "/film/104").await, "page 3");
    invalidate!(Movie(104));
    assert_eq!(text(&app, "/film/104").await, "page 4");
    invalidate!(Movie(105));
    assert_eq!(text(&app, "/film/104").await, "page 4");
}

#[tokio::test]
async fn a_page_depends_on_what_a_closure_makes_of_its_path() {
    let builder = pages("layer closure").against_groups(|path| {
        Some(member::<Line>((path.parse::<u64>("order")?, path.parse::<u32>("number")?)))
    });
    let (app, _) = app("/order/{order}/{number}", builder);
    assert_eq!(text(&app, "/order/7/1").await, "page 1");
    invalidate!(Line(7, 2));
    assert_eq!(text(&app, "/order/7/1").await, "page 1");
    invalidate!(Line(7, 1));
    assert_eq!(text(&app, "/order/7/1").await, "page 2");
}

#[tokio::test]
async fn a_page_depends_on_what_its_handler_calls() {
    #[cache_against(Movie(id))]
    async fn title(id: i64) -> String {
        format!("film {id}")
    }
    let count = Arc::new(Count::new());
    let handler =
        move |Path(id): Path<i64>| async move { format!("{}, {}", title(id).await, count.up()) };
    let pages = pages("layer through").through().build();
    let app: Router = Router::new().route("/film/{id}", get(handler)).layer(pages);
    assert_eq!(text(&app, "/film/106").await, "film 106, 1");
    assert_eq!(text(&app, "/film/106").await, "film 106, 1");
    invalidate!(Movie(106));
    assert_eq!(text(&app, "/film/106").await, "film 106, 2");
}

#[test]
#[should_panic(expected = "pages `layer nothing` depend on nothing")]
fn pages_that_depend_on_nothing_are_refused() {
    pages("layer nothing").build();
}

#[tokio::test]
async fn a_path_that_names_no_key_is_served_and_counted() {
    let (app, pages) = app("/film/{id}", pages("layer no key").against_member::<Movie>("id"));
    assert_eq!(text(&app, "/film/seven").await, "page 1");
    assert_eq!(text(&app, "/film/seven").await, "page 2");
    assert_eq!(text(&app, "/film/%FF").await, "page 3");
    assert_eq!(pages.not_stored(NotStored::Parameter), 3);
    assert_eq!(pages.stats().misses, 0);
}

#[tokio::test]
async fn a_path_without_the_parameter_is_served_and_counted() {
    let (app, pages) = app("/film/{id}", pages("layer no param").against_member::<Movie>("pk"));
    assert_eq!(text(&app, "/film/7").await, "page 1");
    assert_eq!(text(&app, "/film/7").await, "page 2");
    assert_eq!(pages.not_stored(NotStored::Parameter), 2);
}

#[tokio::test]
async fn the_whole_query_tells_pages_apart() {
    let (app, _) = app("/", pages("layer query").against::<Still>());
    assert_eq!(text(&app, "/?page=1").await, "page 1");
    assert_eq!(text(&app, "/?page=2").await, "page 2");
    assert_eq!(text(&app, "/").await, "page 3");
    assert_eq!(text(&app, "/?page=1").await, "page 1");
}

#[tokio::test]
async fn chosen_query_parameters_tell_pages_apart() {
    let builder = pages("layer chosen query").against::<Still>().vary_query("page").vary_query("q");
    let (app, _) = app("/", builder);
    assert_eq!(text(&app, "/?page=1&utm=a").await, "page 1");
    assert_eq!(text(&app, "/?utm=b&page=1").await, "page 1");
    assert_eq!(text(&app, "/?page=1&q=a%20b").await, "page 2");
    assert_eq!(text(&app, "/?q=a+b&page=1").await, "page 2");
    assert_eq!(text(&app, "/?page=1&page=2").await, "page 3");
    // Nothing is joined into text.
    assert_eq!(text(&app, "/?page=1%26q%3Da%20b").await, "page 4");
}

#[tokio::test]
async fn a_query_can_be_ignored() {
    let (app, _) = app("/", pages("layer no query").against::<Still>().ignore_query());
    assert_eq!(text(&app, "/?page=1").await, "page 1");
    assert_eq!(text(&app, "/?page=2").await, "page 1");
}

#[tokio::test]
async fn chosen_headers_tell_pages_apart() {
    let builder = pages("layer header").against::<Still>().vary_header(header::ACCEPT_LANGUAGE);
    let (app, _) = app("/", builder);
    let ask = |language: &str| send(&app, common::get("/").header("accept-language", language));
    let english = ask("en").await;
    assert_eq!(
        (english.body.as_str(), english.header("vary").as_str()),
        ("page 1", "accept-language")
    );
    assert_eq!(english.header("cache-control"), "no-cache");
    assert_eq!(ask("de").await.body, "page 2");
    assert_eq!(ask("en").await.body, "page 1");
    assert_eq!(text(&app, "/").await, "page 3");
    let same = common::get("/").header("accept-language", "en");
    let same = send(&app, same.header("if-none-match", english.header("etag"))).await;
    assert_eq!(
        (same.status, same.header("vary").as_str()),
        (StatusCode::NOT_MODIFIED, "accept-language, accept-encoding")
    );
}

#[tokio::test]
async fn chosen_cookies_tell_pages_apart_and_make_them_private() {
    let (app, _) = app("/", pages("layer cookie").against::<Still>().vary_cookie("theme"));
    let ask = |cookie: &str| send(&app, common::get("/").header("cookie", cookie));
    let dark = ask("id=5; theme=dark").await;
    assert_eq!((dark.body.as_str(), dark.header("vary").as_str()), ("page 1", "cookie"));
    assert_eq!(dark.header("cache-control"), "private, no-cache");
    assert_eq!(ask("theme=dark; id=6").await.body, "page 1");
    assert_eq!(ask("theme=light").await.body, "page 2");
    assert_eq!(ask("mytheme=dark; themes=dark").await.body, "page 3");
    assert_eq!(text(&app, "/").await, "page 3");
}

#[tokio::test]
async fn hosts_tell_pages_apart() {
    let (app, _) = app("/", pages("layer host").against::<Still>());
    let ask = |host: &str| send(&app, common::get("/").header("host", host));
    assert_eq!(ask("one.example").await.body, "page 1");
    assert_eq!(ask("two.example").await.body, "page 2");
    assert_eq!(ask("ONE.example").await.body, "page 1");
}

#[tokio::test]
async fn nested_routers_tell_pages_apart_by_their_whole_path() {
    let pages = pages("layer nested").against_member::<Movie>("id").build();
    let count = Arc::new(Count::new());
    let handler = move |Path((shelf, id)): Path<(String, i64)>| async move {
        format!("{shelf} {id} {}", count.up())
    };
    let films = Router::new().route("/film/{id}", get(handler)).layer(pages);
    let app: Router = Router::new().nest("/{shelf}", films);
    assert_eq!(text(&app, "/old/film/107").await, "old 107 1");
    assert_eq!(text(&app, "/new/film/107").await, "new 107 2");
    assert_eq!(text(&app, "/old/film/107").await, "old 107 1");
    invalidate!(Movie(107));
    assert_eq!(text(&app, "/new/film/107").await, "new 107 3");
}

#[tokio::test]
async fn a_browser_that_has_the_page_is_told_so_without_rendering() {
    let (app, pages) = app("/", pages("layer condition").against_tag("layer: condition"));
    let etag = send(&app, common::get("/")).await.header("etag");
    let ask = || send(&app, common::get("/").header("if-none-match", etag.as_str()));
    let same = ask().await;
    assert_eq!((same.status, same.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!((pages.stats().misses, pages.not_modified()), (1, 1));
    invalidate!("layer: condition");
    let changed = ask().await;
    assert_eq!((changed.status, changed.body.as_str()), (StatusCode::OK, "page 2"));
}

#[tokio::test]
async fn conditions_are_lists_that_are_compared_weakly() {
    let etag = "\"a,b\"";
    let pages = pages("layer list").against::<Still>().build();
    let page = move || async move { ([(header::ETAG, etag)], "a page") };
    let app: Router = Router::new().route("/", get(page)).layer(pages.clone());
    let ask = async |lines: &[&str]| {
        let request = lines
            .iter()
            .fold(common::get("/"), |request, line| request.header(header::IF_NONE_MATCH, *line));
        send(&app, request).await.status
    };
    let holds: [&[&str]; 5] =
        [&["*"], &[etag], &["W/\"a,b\""], &["\"x\", \"a,b\""], &["\"x\"", "\"y\",W/\"a,b\""]];
    for lines in holds {
        assert_eq!(ask(lines).await, StatusCode::NOT_MODIFIED, "{lines:?}");
    }
    let fails: [&[&str]; 6] = [&[], &["\"a\""], &["\"a\", \"b\""], &["a,b"], &["\"*\""], &[""]];
    for lines in fails {
        assert_eq!(ask(lines).await, StatusCode::OK, "{lines:?}");
    }
    assert_eq!((pages.stats().misses, pages.not_modified()), (1, 5));
    let head = Request::head("/").header(header::IF_NONE_MATCH, etag);
    assert_eq!(send(&app, head).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn who_reloads_gets_the_page_that_is_there() {
    let (app, pages) = app("/", pages("layer reload").against::<Still>());
    for value in ["no-cache", "max-age=0", "no-store"] {
        let reload = common::get("/").header("cache-control", value).header("pragma", "no-cache");
        assert_eq!(send(&app, reload).await.body, "page 1", "{value}");
    }
    assert_eq!((pages.stats().hits, pages.stats().misses), (2, 1));
}

#[tokio::test]
async fn a_page_that_is_computed_again_and_is_the_same_is_not_sent_again() {
    let pages = pages("layer same").against_tag("layer: same").build();
    let app: Router =
        Router::new().route("/", get(|| async { "always the same" })).layer(pages.clone());
    let etag = send(&app, common::get("/")).await.header("etag");
    invalidate!("layer: same");
    let again = send(&app, common::get("/").header("if-none-match", etag)).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(pages.stats().misses, 2);
}

#[tokio::test]
async fn conditions_do_not_reach_what_renders() {
    let seen = |request: Request| async move {
        let conditions = ["if-none-match", "if-modified-since"];
        let seen = conditions.iter().filter(|name| request.headers().contains_key(**name)).count();
        format!("{} {seen}", request.method())
    };
    let pages = pages("layer conditions").against::<Still>().build();
    let app: Router = Router::new().route("/", get(seen)).layer(pages);
    let request = Request::head("/")
        .header("if-none-match", "\"x\"")
        .header("if-modified-since", "Sat, 29 Oct 1994 19:43:31 GMT");
    assert_eq!(send(&app, request).await.status, StatusCode::OK);
    assert_eq!(text(&app, "/").await, "GET 0");
}

#[tokio::test]
async fn head_and_get_share_a_page() {
    let (app, pages) = app("/", pages("layer head").against_tag("layer: head"));
    let first = head(&app, "/").await;
    assert_eq!((first.status, first.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(first.header("content-length"), "page 1".len().to_string());
    let page = send(&app, common::get("/")).await;
    assert_eq!((page.body.as_str(), page.header("etag")), ("page 1", first.header("etag")));
    assert_eq!((pages.stats().hits, pages.stats().misses), (1, 1));
}

#[tokio::test]
async fn a_layer_outside_learns_where_a_page_came_from() {
    let (app, pages) = app("/", pages("layer source").against::<Still>().cache_status());
    let source = |app: Router| async move {
        let request = Request::get("/").body(axum::body::Body::empty()).expect("a request");
        let Ok(response) = tower::ServiceExt::oneshot(app, request).await;
        response.extensions().get::<Source>().copied()
    };
    assert_eq!(source(app.clone()).await, Some(Source::Computed));
    assert_eq!(source(app.clone()).await, Some(Source::Hit));
    let status = |answer: &Answered| answer.header("cache-status");
    assert_eq!(status(&send(&app, common::get("/")).await), "gcache; hit");
    pages.clear();
    assert_eq!(status(&send(&app, common::get("/")).await), "gcache; fwd=uri-miss");
    let authorized = send(&app, common::get("/").header("authorization", "Basic eA==")).await;
    assert_eq!(status(&authorized), "gcache; fwd=bypass; detail=Authorization");
}

#[tokio::test]
async fn what_a_layer_outside_adds_is_each_visitors_own() {
    let (app, pages) = app("/", pages("layer outside").against::<Still>());
    let visits = Arc::new(Count::new());
    let app = app.layer(map_response(move |mut response: Response| {
        let cookie = format!("visit={}", visits.up()).parse().expect("a value");
        response.headers_mut().append(header::SET_COOKIE, cookie);
        std::future::ready(response)
    }));
    for visit in 1..4 {
        let page = send(&app, common::get("/")).await;
        assert_eq!(
            (page.body.as_str(), page.header("set-cookie")),
            ("page 1", format!("visit={visit}"))
        );
    }
    assert_eq!(pages.stats().hits, 2);
}

#[tokio::test]
async fn pages_are_given_up_when_they_weigh_too_much() {
    let (app, pages) = app("/{n}", pages("layer weight").against::<Still>().max_weight(5_000));
    for n in 0..50 {
        text(&app, &format!("/{n}")).await;
    }
    let stats = pages.stats();
    assert!(stats.weight <= 5_000 && stats.entries > 1, "{stats:?}");
}

#[tokio::test]
async fn an_invalidation_while_a_page_is_rendered_keeps_it_from_being_stored() {
    let pages = pages("layer during").against_tag("layer: during").build();
    let count = Arc::new(Count::new());
    let handler = move || async move {
        let run = count.up();
        if run == 1 {
            invalidate!("layer: during");
        }
        format!("page {run}")
    };
    let app: Router = Router::new().route("/", get(handler)).layer(pages);
    assert_eq!(text(&app, "/").await, "page 1");
    assert_eq!(text(&app, "/").await, "page 2");
    assert_eq!(text(&app, "/").await, "page 2");
}
