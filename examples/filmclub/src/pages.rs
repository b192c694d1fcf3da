//! The pages.

use crate::app::Club;
use crate::entities::{director, film, rating};
use crate::error::AppError;
use crate::views::render;
use crate::work::all_statements;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use gcache::cache_against;
use gcache_axum::Page;
use gcache_sea_orm::{Cacheable as _, CachedEntity as _, by_index};
use minijinja::context;
use minijinja::value::{Serde, Value};
use sea_orm::sea_query::{Expr, NullOrdering, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ModelTrait as _, Order, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};
use serde::Deserialize;

/// How many films a page of a genre has.
const PER_PAGE: u64 = 24;

/// How many favourites there are.
const FAVOURITES: u64 = 12;

/// The films that the club likes best first, then those that everybody likes.
fn best_first(films: Select<film::Entity>) -> Select<film::Entity> {
    let average: SimpleExpr = Expr::cust("CASE votes WHEN 0 THEN 0 ELSE 1.0 * stars / votes END");
    films
        .order_by(average, Order::Desc)
        .order_by_with_nulls(film::Column::Imdb, Order::Desc, NullOrdering::Last)
        .order_by_asc(film::Column::Id)
}

/// The favourites, and the genres. Cached by a layer, against all films.
pub(crate) async fn home(State(club): State<Club>) -> Result<Html<String>, AppError> {
    let favourites = best_first(film::Entity::find()).limit(FAVOURITES).all(&club.db).await?;
    let genres: Vec<(String, i64)> = film::Entity::find()
        .select_only()
        .column(film::Column::Genre)
        .column_as(film::Column::Id.count(), "films")
        .group_by(film::Column::Genre)
        .order_by_desc(Expr::col("films"))
        .into_tuple()
        .all(&club.db)
        .await?;
    let films: i64 = genres.iter().map(|(_, films)| films).sum();
    let context = context! {
        favourites => Value::from(Serde(favourites)), genres => Value::from(Serde(genres)), films,
    };
    Ok(render("home.html", context)?)
}

/// `?page=2`
#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default = "first")]
    page: u64,
}

fn first() -> u64 {
    1
}

/// The films of a genre. Cached by a layer, against the films of that genre; a later page takes the number of
/// films from the cache, too.
pub(crate) async fn genre(
    State(club): State<Club>,
    Path(genre): Path<String>,
    Query(Which { page }): Query<Which>,
) -> Result<Html<String>, AppError> {
    let films = film::Entity::find().filter(film::Column::Genre.eq(genre.as_str()));
    let group = by_index::<film::Model, _>(|film| &film.genre, genre.as_str());
    let number = films.clone().cached_against(group).count(&club.db).await?;
    let pages = number.div_ceil(PER_PAGE);
    if page == 0 || page > pages {
        return Err(AppError::NotFound);
    }
    let films = best_first(films).limit(PER_PAGE).offset((page - 1) * PER_PAGE);
    let films = films.all(&club.db).await?;
    let context = context! { genre, number, page, pages, films => Value::from(Serde(films)) };
    Ok(render("genre.html", context)?)
}

/// A film. A cached handler: a change of the film, its director, or a rating of it invalidates its page.
#[cache_against(film::Model(id), rating::Model(film_id = id), by(id), skip(club))]
pub(crate) async fn film(State(club): State<Club>, Path(id): Path<i64>) -> Result<Page, AppError> {
    let film = film::Entity::find_cached(&club.db, id).await?.ok_or(AppError::NotFound)?;
    let director = match film.director_id {
        Some(id) => director::Entity::find_cached(&club.db, id).await?,
        None => None,
    };
    let given: Vec<(i32, i64)> = rating::Entity::find()
        .select_only()
        .column(rating::Column::Stars)
        .column_as(rating::Column::Id.count(), "given")
        .filter(rating::Column::FilmId.eq(id))
        .group_by(rating::Column::Stars)
        .into_tuple()
        .all(&club.db)
        .await?;
    let given = |stars| given.iter().find(|(known, _)| *known == stars).map_or(0, |(_, n)| *n);
    let scale: Vec<(i32, i64)> = (1..=10).map(|stars| (stars, given(stars))).collect();
    let context = context! {
        film => Value::from(Serde(film)),
        director => Value::from(Serde(director)),
        scale => Value::from(Serde(scale)),
    };
    Ok(Page::of(render("film.html", context)?).await?)
}

/// A director. A cached handler: a change of the director, or of a film of theirs, invalidates its page.
#[cache_against(director::Model(id), film::Model(director_id = Some(id)), by(id), skip(club))]
pub(crate) async fn director(
    State(club): State<Club>,
    Path(id): Path<i64>,
) -> Result<Page, AppError> {
    let director = director::Entity::find_cached(&club.db, id).await?.ok_or(AppError::NotFound)?;
    let films = director.find_related(film::Entity).order_by_asc(film::Column::Released);
    let films = films.all(&club.db).await?;
    let context =
        context! { director => Value::from(Serde(director)), films => Value::from(Serde(films)) };
    Ok(Page::of(render("director.html", context)?).await?)
}

/// The counts of the caches. Never cached.
pub(crate) async fn statistics() -> Result<impl IntoResponse, AppError> {
    let report = gcache::stats();
    let functions: Vec<Value> = report
        .functions
        .into_iter()
        .map(|(name, stats)| {
            context! {
                name, hits => stats.hits, misses => stats.misses, joined => stats.joined,
                ended => stats.ended, entries => stats.entries, ratio => stats.hit_ratio() * 100.0,
            }
        })
        .collect();
    let groups: Vec<Value> = report
        .groups
        .into_iter()
        .map(|gcache::GroupStats { name, invalidations, ended, living, .. }| {
            context! { name, invalidations, ended, living }
        })
        .collect();
    let page =
        render("statistics.html", context! { functions, groups, statements => all_statements() })?;
    Ok(([(CACHE_CONTROL, "no-store")], page))
}

/// The style sheet: with an `ETag`, so that browsers have it sent once.
pub(crate) async fn style() -> Result<Page, AppError> {
    let style = include_str!("../static/style.css");
    Ok(Page::of(([(CONTENT_TYPE, "text/css; charset=utf-8")], style)).await?)
}
