//! The routes, and the layers that cache their pages.

use crate::entities::film;
use crate::error::AppError;
use crate::work::footer;
use crate::{forms, pages};
use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use gcache_axum::{conditional, fenced, pages};
use sea_orm::DatabaseConnection;

/// The state of every handler. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Club {
    pub(crate) db: DatabaseConnection,
}

/// The film club, whose films are in `db`.
pub fn app(db: DatabaseConnection) -> Router {
    let home = pages("home page").against::<film::Model>().ignore_query().build();
    let genre = pages("genre page")
        .against_index::<film::Model, _>(|film| &film.genre, "genre")
        .vary_query("page")
        .build();
    Router::new()
        .route("/", get(pages::home).layer(home))
        .route("/genre/{genre}", get(pages::genre).layer(genre))
        .route("/film/{id}", get(pages::film))
        .route("/film/{id}/rate", post(forms::rate))
        .route("/film/{id}/rename", post(forms::rename))
        .route("/director/{id}", get(pages::director))
        .route("/statistics", get(pages::statistics))
        .route("/statistics/forget", post(forms::forget))
        .route("/style.css", get(pages::style).layer(conditional()))
        .fallback(async || AppError::NotFound)
        .layer(from_fn(footer))
        // Visitors see their own stars, whichever machine answers them next.
        .layer(fenced().by_receipt())
        .with_state(Club { db })
}
