//! A handler sees what its page's key holds, and nothing that would tell one visitor from another.

mod common;

use axum::extract::{OriginalUri, Path, Request};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Router, body::Body, routing::get};
use axum_extra::extract::CookieJar;
use common::{get as ask, head, send, send_with, text};
use gcache_axum::{NotStored, Pages, PagesBuilder, pages};
use std::collections::BTreeSet;
use std::time::Duration;

/// A router of one handler behind a layer.
fn app<H, T>(builder: PagesBuilder, handler: H) -> (Router, Pages)
where
    H: axum::handler::Handler<T, ()>,
    T: 'static,
{
    let pages = builder.through().build();
    (Router::new().route("/", get(handler)).layer(pages.clone()), pages)
}

/// What a request shows to its handler.
async fn shown(request: Request) -> String {
    let (parts, _) = request.into_parts();
    let mut headers: Vec<_> = parts.headers.iter().collect();
    headers.sort_by_key(|(name, _)| name.as_str());
    let headers = headers.iter().map(|(name, value)| format!(" {name}: {value:?}"));
    format!("{} {} {:?}{}", parts.method, parts.uri, parts.version, headers.collect::<String>())
}

async fn theme(jar: CookieJar) -> String {
    jar.get("theme").map_or("none", |theme| theme.value()).to_owned()
}

#[tokio::test]
async fn a_request_is_reduced_to_what_tells_its_page_apart() {
    let (app, _) = app(pages("reduced").vary_header(ACCEPT_LANGUAGE).vary_cookie("theme"), shown);
    let request = ask("/?q=1")
        .header("host", "Films.example")
        .header("user-agent", "a browser")
        .header("accept-encoding", "gzip")
        .header("x-forwarded-for", "192.0.2.1")
        .header("x-forwarded-host", "evil.example")
        .header("accept-language", "de")
        .header("accept-language", "en")
        .header("cookie", "session=5; theme=dark")
        .header("cookie", "theme = light; csrf=6")
        .header("if-none-match", "\"x\"")
        .header("x-request-id", "7");
    assert_eq!(
        send(&app, request).await.body,
        "GET /?q=1 HTTP/1.1 accept-language: \"de\" accept-language: \"en\" \
         cookie: \"theme=dark; theme=light\" host: \"films.example\" x-request-id: \"7\""
    );
}

#[tokio::test]
async fn a_name_of_a_request_is_handed_on_if_it_is_one() {
    let (app, _) = app(pages("reduced names"), shown);
    let long = "7".repeat(513);
    for (path, value, expected) in [
        (
            "/?1",
            "00-0af7651916cd43dd-b7ad6b7169203331-01",
            " x-request-id: \"00-0af7651916cd43dd-b7ad6b7169203331-01\"",
        ),
        (
            "/?2",
            "Root=1-5759e988;Parent=5d/7;o=1",
            " x-request-id: \"Root=1-5759e988;Parent=5d/7;o=1\"",
        ),
        ("/?3", "<script>alert(1)</script>", ""),
        ("/?4", "a\"onload='b'", ""),
        ("/?5", &long, ""),
    ] {
        let body = send(&app, ask(path).header("x-request-id", value)).await.body;
        assert_eq!(body, format!("GET {path} HTTP/1.1{expected}"));
    }
}

#[tokio::test]
async fn a_query_that_is_too_long_once_it_is_encoded_goes_whole() {
    let (app, pages) = app(pages("reduced long").vary_query("q"), async |uri: Uri| uri.to_string());
    let long = format!("/?q={}", "!".repeat(30_000));
    assert_eq!(text(&app, &long).await, long);
    assert_eq!(pages.not_stored(NotStored::Irreducible), 1);
}

#[tokio::test]
async fn a_request_for_two_hosts_is_served_and_not_cached() {
    let (app, pages) = app(pages("reduced hosts"), shown);
    let poison = || ask("http://good.example/").header("host", "evil.example");
    assert!(send(&app, poison()).await.body.contains("evil.example"));
    let good = "GET / HTTP/1.1 host: \"good.example\"";
    assert_eq!(text(&app, "http://good.example/").await, good);
    assert_eq!(send(&app, ask("/").header("host", "good.example")).await.body, good);
    let same = ask("http://GOOD.example/").header("host", "good.EXAMPLE");
    assert_eq!(send(&app, same).await.body, good);
    assert_eq!((pages.not_stored(NotStored::Host), pages.stats().misses), (1, 1));
    send(&app, poison()).await;
    send(&app, ask("/").header("host", "good.example").header("host", "good.example")).await;
    send(&app, ask("/").header("host", &b"g\xF6\xF6d.example"[..])).await;
    send(&app, ask("http://me@good.example/")).await;
    assert_eq!((pages.not_stored(NotStored::Host), pages.stats().misses), (5, 1));
    // A host that cannot be read is not the page without one.
    assert_eq!(text(&app, "/").await, "GET / HTTP/1.1");
}

#[tokio::test]
async fn what_a_jar_makes_of_a_cookie_is_what_was_compared() {
    for (number, poison) in [
        "%74heme=x",                // its name is decoded
        "theme%3Dx=x; %74%68eme=x", // the same
        "theme=x\u{e4}; theme=x",   // no jar reads this line
        "\"theme\"=x",              // a name in quotes is none
        "Theme=x",
        "a=\"; theme=x\"",
    ]
    .into_iter()
    .enumerate()
    {
        let (app, _) = app(pages(format!("reduced jar {number}")).vary_cookie("theme"), theme);
        send(&app, ask("/").header("cookie", poison.as_bytes())).await;
        assert_eq!(text(&app, "/").await, "none", "{poison}");
        assert_eq!(send(&app, ask("/").header("cookie", "theme=light")).await.body, "light");
    }
}

#[tokio::test]
async fn a_cookie_that_spoils_its_line_spoils_no_page() {
    let (app, _) = app(pages("reduced line").vary_cookie("theme"), theme);
    // A jar drops this line, and with it a theme that the key had.
    let poison = &b"theme=dark; bad=\xFF"[..];
    assert_eq!(send(&app, ask("/").header("cookie", poison)).await.body, "dark");
    assert_eq!(send(&app, ask("/").header("cookie", "theme=dark")).await.body, "dark");
    // One that is bad by itself has a page of its own.
    assert_eq!(send(&app, ask("/").header("cookie", &b"theme=\xFF"[..])).await.body, "none");
    assert_eq!(send(&app, ask("/").header("cookie", "theme=light")).await.body, "light");
}

#[derive(Clone)]
struct User(&'static str);

#[derive(Clone)]
struct Pool(u8);

/// A request that a layer outside has given a user.
fn from(user: &'static str) -> Request {
    let mut request = ask("/").body(Body::empty()).expect("a request");
    request.extensions_mut().insert(User(user));
    request
}

#[tokio::test]
async fn who_is_logged_in_by_a_layer_outside_is_shown_to_nobody() {
    let hello = async |user: Option<Extension<User>>| {
        format!("hello {}", user.map_or("everyone", |user| user.0.0))
    };
    let (app, _) = app(pages("reduced user"), hello);
    assert_eq!(send_with(&app, from("ann")).await.body, "hello everyone");
    assert_eq!(send_with(&app, from("ben")).await.body, "hello everyone");
}

#[tokio::test]
async fn a_cookie_that_was_forgotten_is_shown_to_nobody() {
    let hello = async |jar: CookieJar| {
        format!("hello {}", jar.get("session").map_or("everyone", |session| session.value()))
    };
    let (app, _) = app(pages("reduced session"), hello);
    let ask = |cookie: &str| send(&app, ask("/").header("cookie", cookie));
    assert_eq!(ask("session=ann").await.body, "hello everyone");
    assert_eq!(ask("session=ben").await.body, "hello everyone");
}

#[tokio::test]
async fn a_token_that_is_set_is_each_visitors_own() {
    // As layers against forged requests do: whoever has no token gets one.
    let form = async |jar: CookieJar| match jar.get("csrf") {
        Some(token) => format!("token {}", token.value()).into_response(),
        None => ([("set-cookie", "csrf=new")], "token new").into_response(),
    };
    let (app, pages) = app(pages("reduced token"), form);
    let ask = |cookie: &str| send(&app, ask("/").header("cookie", cookie));
    for token in ["ann", "ben", "ann"] {
        let answer = ask(&format!("csrf={token}")).await;
        assert_eq!(answer.body, format!("token {token}"));
        assert_eq!(answer.header("set-cookie"), "", "no token is lost");
    }
    assert_eq!(text(&app, "/").await, "token new");
    assert_eq!((pages.not_stored(NotStored::SetCookie), pages.stats().entries), (4, 0));
}

#[tokio::test]
async fn who_is_logged_in_sees_a_page_of_their_own() {
    let account = async |user: Option<Extension<User>>| -> Response {
        match user {
            Some(user) => ([("cache-control", "private")], user.0.0).into_response(),
            None => Redirect::to("/login").into_response(),
        }
    };
    let (app, pages) = app(pages("reduced account"), account);
    for user in ["ann", "ben"] {
        assert_eq!(send_with(&app, from(user)).await.body, user);
    }
    assert_eq!(send(&app, ask("/")).await.header("location"), "/login");
    assert_eq!((pages.not_stored(NotStored::Status), pages.stats().entries), (3, 0));
}

#[tokio::test]
async fn a_handler_that_insists_on_a_session_gets_it() {
    let panics = async |request: Request| {
        request.extensions().get::<User>().expect("a layer outside says who it is").0
    };
    let (app, pages) = app(pages("reduced panics"), panics);
    for user in ["ann", "ben"] {
        assert_eq!(send_with(&app, from(user)).await.body, user);
    }
    assert_eq!(pages.not_stored(NotStored::Failed), 2);
}

#[tokio::test]
async fn a_page_that_cannot_be_stored_goes_whole_for_a_while() {
    let runs = async |period: Option<Duration>, name: &str| {
        let count = std::sync::Arc::new(common::Count::new());
        let handler = {
            let count = std::sync::Arc::clone(&count);
            async move || {
                count.up();
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        let builder = period.into_iter().fold(pages(name), PagesBuilder::whole_for);
        let (app, pages) = app(builder, handler);
        for _ in 0..5 {
            text(&app, "/").await;
        }
        let before = count.get();
        pages.clear();
        text(&app, "/").await;
        (before, count.get() - before)
    };
    assert_eq!(runs(None, "reduced while").await, (6, 2));
    assert_eq!(runs(Some(Duration::MAX), "reduced for ever").await, (6, 2));
    assert_eq!(runs(Some(Duration::ZERO), "reduced again").await, (10, 2));
}

#[tokio::test]
async fn what_is_passed_by_name_is_seen() {
    let seen = async |pool: Option<Extension<Pool>>,
                      user: Option<Extension<User>>,
                      jar: CookieJar,
                      headers: HeaderMap| {
        let cookies: BTreeSet<_> = jar.iter().map(ToString::to_string).collect();
        format!(
            "{} {} {cookies:?} {:?}",
            pool.map_or(0, |pool| pool.0.0),
            user.is_some(),
            headers.get("x-log")
        )
    };
    let builder = pages("reduced passed")
        .vary_cookie("theme")
        .pass_cookie("seen")
        .pass_header(HeaderName::from_static("x-log"))
        .pass_extension::<Pool>();
    let (app, pages) = app(builder, seen);
    let mut request = ask("/").header("x-log", "a").header("cookie", "seen=1; theme=dark; id=5");
    request.extensions_mut().expect("a request").insert(User("ann"));
    request.extensions_mut().expect("a request").insert(Pool(4));
    let first = send(&app, request).await.body;
    assert_eq!(first, "4 false {\"seen=1\", \"theme=dark\"} Some(\"a\")");
    // And shown to all who ask for the page.
    assert_eq!(send(&app, ask("/").header("cookie", "theme=dark")).await.body, first);
    assert_eq!(pages.stats().misses, 1);
}

#[tokio::test]
async fn a_query_is_reduced_to_what_matters() {
    type Vary = fn(PagesBuilder) -> PagesBuilder;
    let seen = async |uri: Uri, OriginalUri(original): OriginalUri| format!("{uri} {original}");
    let cases: [(&str, Vary, &str); 5] = [
        ("/?b=2&a=1", |pages| pages, "/?b=2&a=1 /?b=2&a=1"),
        (
            "/?b=2&a=1&b=3&c=4",
            |pages| pages.vary_query("a").vary_query("b"),
            "/?a=1&b=2&b=3 /?a=1&b=2&b=3",
        ),
        ("/?%61=x%26b%3d2", |pages| pages.vary_query("a"), "/?a=x%26b%3D2 /?a=x%26b%3D2"),
        ("/?c=4", |pages| pages.vary_query("a"), "/ /"),
        ("/?utm=5&a=1", PagesBuilder::ignore_query, "/ /"),
    ];
    for (number, (path, builder, expected)) in cases.into_iter().enumerate() {
        let (app, _) = app(builder(pages(format!("reduced query {number}"))), seen);
        assert_eq!(text(&app, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn head_reaches_a_handler_whole_where_its_page_cannot_be_stored() {
    let seen = async |request: Request| {
        (
            [("x-method", request.method().to_string()), ("cache-control", "no-store".to_owned())],
            "a page",
        )
    };
    let (app, _) = app(pages("reduced head"), seen);
    assert_eq!(head(&app, "/").await.header("x-method"), "HEAD");
    let (app, _) = app_of_paths();
    assert_eq!(head(&app, "/7").await.header("content-length"), "1");
}

fn app_of_paths() -> (Router, Pages) {
    let pages = pages("reduced paths").through().build();
    let app =
        Router::new().route("/{id}", get(async |Path(id): Path<String>| id)).layer(pages.clone());
    (app, pages)
}
