//! The forms.

use crate::app::Club;
use crate::database::write;
use crate::entities::{film, rating};
use crate::error::AppError;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use sea_orm::{EntityTrait as _, IntoActiveModel as _, Set};
use serde::Deserialize;

/// How long a title may be, in characters.
const LONGEST: usize = 120;

#[derive(Deserialize)]
pub(crate) struct Rating {
    stars: i32,
}

/// Rates a film: inserts a rating and updates the film's figures, in one transaction.
pub(crate) async fn rate(
    State(club): State<Club>,
    Path(id): Path<i64>,
    Form(Rating { stars }): Form<Rating>,
) -> Result<Redirect, AppError> {
    if !(1..=10).contains(&stars) {
        return Err(AppError::Invalid("A film gets 1 to 10 stars."));
    }
    write(&club.db, async |txn| {
        let film = film::Entity::find_by_id(id).one(txn).await?.ok_or(AppError::NotFound)?;
        let (sum, votes) = (film.stars + i64::from(stars), film.votes + 1);
        let given =
            rating::ActiveModel { film_id: Set(id), stars: Set(stars), ..Default::default() };
        given.insert(txn).await?;
        let mut film = film.into_active_model();
        (film.stars, film.votes) = (Set(sum), Set(votes));
        film.update(txn).await?;
        Ok::<_, AppError>(())
    })
    .await?;
    Ok(Redirect::to(&format!("/film/{id}")))
}

#[derive(Deserialize)]
pub(crate) struct Title {
    title: String,
}

/// Renames a film.
pub(crate) async fn rename(
    State(club): State<Club>,
    Path(id): Path<i64>,
    Form(Title { title }): Form<Title>,
) -> Result<Redirect, AppError> {
    let title = title.trim();
    if title.is_empty() || title.chars().count() > LONGEST {
        return Err(AppError::Invalid("A title has 1 to 120 characters."));
    }
    write(&club.db, async |txn| {
        let film = film::Entity::find_by_id(id).one(txn).await?.ok_or(AppError::NotFound)?;
        let mut film = film.into_active_model();
        film.title = Set(title.to_owned());
        film.update(txn).await?;
        Ok::<_, AppError>(())
    })
    .await?;
    Ok(Redirect::to(&format!("/film/{id}")))
}

/// Clears all caches.
pub(crate) async fn forget() -> Redirect {
    gcache::clear();
    Redirect::to("/statistics")
}
