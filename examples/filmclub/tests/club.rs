//! The whole stack: HTTP in, SQL out, statements counted.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header::CONTENT_TYPE};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use tokio::sync::{Mutex, MutexGuard};
use tower::ServiceExt as _;

/// What is cached belongs to the process, so tests take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// The club on its first day, with nothing cached.
struct World {
    app: Router,
    db: DatabaseConnection,
    _turn: MutexGuard<'static, ()>,
}

/// An answer, with what its footer says.
#[derive(Debug)]
struct Answered {
    status: StatusCode,
    body: String,
    location: Option<String>,
    cached: bool,
    statements: u64,
    parts: u64,
}

/// The number behind `name="` in a page.
fn figure(body: &str, name: &str) -> Option<String> {
    let behind = body.split(&format!("{name}=\"")).nth(1)?;
    Some(behind.split('"').next()?.to_owned())
}

impl World {
    async fn new() -> Self {
        let turn = TURN.lock().await;
        gcache::clear();
        let db = filmclub::connect("sqlite::memory:").await.expect("SQLite is compiled in");
        filmclub::fill(&db).await.expect("the films are right");
        Self { app: filmclub::app(db.clone()), db, _turn: turn }
    }

    async fn send(&self, request: Request) -> Answered {
        let Ok(response) = self.app.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        let body = String::from_utf8(body.to_vec()).expect("text");
        let number = |name| figure(&body, name).and_then(|number| number.parse().ok());
        Answered {
            status: parts.status,
            location: parts.headers.get("location").map(|to| to.to_str().expect("text").to_owned()),
            cached: figure(&body, "data-cached").as_deref() == Some("true"),
            statements: number("data-statements").unwrap_or_default(),
            parts: number("data-parts").unwrap_or_default(),
            body,
        }
    }

    async fn get(&self, path: &str) -> Answered {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    async fn post(&self, path: &str, form: &str) -> Answered {
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).expect("a request")).await
    }

    /// What the pages at `paths` took: whether each was cached, its statements, its parts.
    async fn took(&self, paths: &[&str]) -> Vec<(bool, u64, u64)> {
        let mut took = Vec::new();
        for path in paths {
            let page = self.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            took.push((page.cached, page.statements, page.parts));
        }
        took
    }
}

const CACHED: (bool, u64, u64) = (true, 0, 0);

/// Pulp Fiction, a drama, which is among the favourites and on the first page of its genre.
const FILM: &str = "/film/742";

/// The page of a film's director, as the film's page links it.
async fn director_of(world: &World, film: &str) -> String {
    let page = world.get(film).await.body;
    let id = page.split("/director/").nth(1).and_then(|behind| behind.split('"').next());
    format!("/director/{}", id.expect("a director"))
}

#[tokio::test]
async fn pages_ask_the_database_once() {
    let world = World::new().await;
    let director = director_of(&world, "/film/842").await;
    let paths =
        ["/", "/genre/Drama", "/genre/Drama?page=2", "/genre/Thriller%2FSuspense", FILM, &director];
    let first = world.took(&paths).await;
    // Of each card, the second page that shows it has it from the cache.
    let (statements, parts): (Vec<_>, Vec<_>) = first.iter().map(|took| (took.1, took.2)).unzip();
    assert_eq!(statements, [2, 2, 1, 2, 3, 1]);
    assert_eq!(parts[0], 12);
    assert!(parts[1] < 24 && parts[2] == 24, "{parts:?}");
    assert_eq!(world.took(&paths).await, [CACHED; 6]);
}

#[tokio::test]
async fn a_rating_shows_on_every_page_at_once_and_nothing_else_is_computed() {
    let world = World::new().await;
    let (director, other_director) =
        (director_of(&world, FILM).await, director_of(&world, "/film/842").await);
    let shows = ["/", "/genre/Drama", "/genre/Drama?page=2", FILM, &director];
    let others = ["/genre/Action", "/film/842", &other_director, "/genre/Western"];
    world.took(&shows).await;
    world.took(&others).await;

    let rated = world.post("/film/742/rate", "stars=10").await;
    assert_eq!((rated.status, rated.location.as_deref()), (StatusCode::SEE_OTHER, Some(FILM)));
    assert_eq!(world.took(&others).await, [CACHED; 4]);
    // Of all cards, this film's alone is rendered again, once for all pages.
    let again = world.took(&shows).await;
    assert_eq!(again, [(false, 2, 1), (false, 2, 0), (false, 1, 0), (false, 2, 0), (false, 1, 0)]);

    for path in ["/", "/genre/Drama", &director] {
        let page = world.get(path).await;
        let card = page.body.split("data-film=\"742\"").nth(1).expect("its card");
        let card = card.split("</a>").next().expect("its end");
        assert!(page.cached && card.contains("★ 10.0"), "{path}: {card}");
    }
    let page = world.get(FILM).await.body;
    assert!(page.contains("★ 10.0") && page.contains("1 gave 10"), "{page}");

    world.post("/film/742/rate", "stars=7").await;
    assert!(world.get(FILM).await.body.contains("★ 8.5"));
    assert!(world.get("/").await.body.contains("★ 8.5"));
    assert_eq!(world.took(&others).await, [CACHED; 4]);
}

#[tokio::test]
async fn a_new_title_shows_on_every_page_at_once() {
    let world = World::new().await;
    let director = director_of(&world, FILM).await;
    let paths = ["/", "/genre/Drama", FILM, &director];
    world.took(&paths).await;
    world.post("/film/742/rename", "title=Pulp+%3CFact%3E").await;
    for path in paths {
        let page = world.get(path).await;
        assert!(!page.cached && !page.body.contains("Pulp Fiction"), "{path}");
        assert!(page.body.contains("Pulp &lt;Fact&gt;"), "{path}");
    }
    assert_eq!(world.took(&paths).await, [CACHED; 4]);
}

#[tokio::test]
async fn a_form_that_makes_no_sense_changes_nothing() {
    let world = World::new().await;
    world.took(&["/", FILM]).await;
    let long = format!("title={}", "x".repeat(121));
    for (path, form) in [
        ("/film/742/rate", "stars=11"),
        ("/film/742/rate", "stars=0"),
        ("/film/742/rate", "stars=ten"),
        ("/film/742/rename", "title=+"),
        ("/film/742/rename", long.as_str()),
    ] {
        let answer = world.post(path, form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
    }
    assert_eq!(world.post("/film/99999/rate", "stars=5").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.took(&["/", FILM]).await, [CACHED; 2]);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    for path in [
        "/film/99999",
        "/director/99999",
        "/genre/Nothing",
        "/genre/Drama?page=99",
        "/no/such/page",
    ] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(world.get("/genre/Drama?page=two").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.get("/film/seven").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_error_of_the_database_passes_through_and_stores_nothing() {
    let world = World::new().await;
    let rename = "ALTER TABLE rating RENAME TO away";
    world.db.execute_unprepared(rename).await.expect("there is such a table");
    for _ in 0..2 {
        let failed = world.get(FILM).await;
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(failed.body.contains("no such table: rating"), "{}", failed.body);
    }
    // A rating fails as a whole: its film has no vote more.
    let failed = world.post("/film/742/rate", "stars=10").await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    let rename = "ALTER TABLE away RENAME TO rating";
    world.db.execute_unprepared(rename).await.expect("there is such a table");
    let page = world.get(FILM).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("id=\"votes\">0<"), "{}", page.body);
    assert_eq!(world.took(&[FILM]).await, [CACHED]);
}

#[tokio::test]
async fn the_statistics_say_what_happened() {
    let world = World::new().await;
    let misses = |body: &str| {
        let row = body.split("data-function=\"film cards\"").nth(1)?;
        figure(row, "data-misses")?.parse::<u64>().ok()
    };
    let before = misses(&world.get("/statistics").await.body).unwrap_or_default();
    world.get("/").await;
    let statistics = world.get("/statistics").await;
    assert!(!statistics.cached);
    assert_eq!(misses(&statistics.body), Some(before + 12));
    let forgotten = world.post("/statistics/forget", "").await;
    assert_eq!(forgotten.location.as_deref(), Some("/statistics"));
    assert_eq!(world.took(&["/"]).await, [(false, 2, 12)]);
}

#[tokio::test]
async fn the_style_sheet_is_sent_once_and_pages_with_a_footer_are_not_kept() {
    let world = World::new().await;
    let ask = |etag: String| {
        let request = Request::get("/style.css").header("if-none-match", etag);
        world.app.clone().oneshot(request.body(Body::empty()).expect("a request"))
    };
    let Ok(first) = ask("\"none\"".to_owned()).await;
    assert_eq!(first.status(), StatusCode::OK);
    let etag = first.headers()["etag"].to_str().expect("text").to_owned();
    let Ok(again) = ask(etag).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let request = Request::get("/").body(Body::empty()).expect("a request");
    let Ok(page) = world.app.clone().oneshot(request).await;
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert!(!page.headers().contains_key("etag"));
}
