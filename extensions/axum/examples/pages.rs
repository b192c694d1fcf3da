//! Pages in three ways: a cached handler, a layer around a plain one, and a change in between.
//!
//! `cargo run -p gcache-axum --example pages` sends requests into the router and prints what came of
//! them.

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, request::Builder};
use axum::response::{Html, Result};
use axum::routing::{get, post};
use gcache::{Invalidates, cache_against};
use gcache_axum::{Page, conditional, pages, transactions};
use std::sync::{Arc, Mutex, PoisonError};
use tower::ServiceExt as _;

#[derive(Clone, Invalidates)]
struct Movie {
    id: u32,
    title: String,
}

/// A database of one film.
#[derive(Clone)]
struct Db(Arc<Mutex<Movie>>);

impl Db {
    fn movie(&self) -> std::sync::MutexGuard<'_, Movie> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A cached handler.
#[cache_against(Movie, key = id, by(id), skip(db))]
async fn film(Path(id): Path<u32>, State(db): State<Db>) -> Result<Page> {
    println!("    rendering the page of film {id}");
    let title = db.movie().title.clone();
    Ok(Page::of(Html(format!("<h1>{title}</h1>"))).await?)
}

/// A handler that knows nothing of caching.
async fn films(State(db): State<Db>) -> Html<String> {
    println!("    rendering the list of films");
    Html(format!("<ul><li>{}</ul>", db.movie().title))
}

async fn rename(Path((_, title)): Path<(u32, String)>, State(db): State<Db>) -> StatusCode {
    db.movie().edit().title = title;
    StatusCode::NO_CONTENT
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let db = Db(Arc::new(Mutex::new(Movie { id: 7, title: "Metropolis".to_owned() })));
    let list = pages("list of films").against::<Movie>().build();
    let app = Router::new()
        .route("/film/{id}", get(film))
        .layer(conditional())
        .route("/films", get(films).layer(list.clone()))
        .route("/film/{id}/{title}", post(rename).layer(transactions()))
        .with_state(db);

    let etag = ask(&app, Request::get("/film/7")).await;
    ask(&app, Request::get("/film/7")).await;
    ask(&app, Request::get("/film/7").header("if-none-match", &etag)).await;
    ask(&app, Request::get("/films")).await;
    ask(&app, Request::head("/films")).await;
    ask(&app, Request::post("/film/7/M")).await;
    ask(&app, Request::get("/film/7").header("if-none-match", &etag)).await;
    ask(&app, Request::get("/films")).await;
    println!("\n{}", gcache::stats());
}

/// Sends a request into the router, prints what came of it, and returns the `ETag`.
async fn ask(app: &Router, request: Builder) -> String {
    let request = request.body(Body::empty()).expect("a request");
    println!("{} {}", request.method(), request.uri());
    let Ok(response) = app.clone().oneshot(request).await;
    let length = response.body().size_hint().exact().unwrap_or_default();
    println!("    {}, {length} bytes", response.status());
    let etag = response.headers().get("etag").and_then(|etag| etag.to_str().ok());
    etag.unwrap_or_default().to_owned()
}
