//! Errors, as pages.

use crate::views::render;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gcache_axum::Unstorable;
use minijinja::context;
use sea_orm::DbErr;

/// The error of a handler.
#[derive(Debug)]
pub(crate) enum AppError {
    /// There is no such film, director or genre.
    NotFound,
    /// A form has an invalid value.
    Invalid(&'static str),
    Database(DbErr),
    Template(minijinja::Error),
    /// A page that cannot be cached, and is served.
    Unstorable(Unstorable),
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "There is nothing of that name.".to_owned()),
            Self::Invalid(message) => (StatusCode::UNPROCESSABLE_ENTITY, message.to_owned()),
            Self::Database(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
            Self::Template(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")),
            Self::Unstorable(response) => return response.into_response(),
        };
        match render("error.html", context! { status => status.to_string(), message => &message }) {
            Ok(page) => (status, page).into_response(),
            Err(_) => (status, message).into_response(),
        }
    }
}

impl From<DbErr> for AppError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<minijinja::Error> for AppError {
    fn from(error: minijinja::Error) -> Self {
        Self::Template(error)
    }
}

impl From<Unstorable> for AppError {
    fn from(unstorable: Unstorable) -> Self {
        Self::Unstorable(unstorable)
    }
}
