//! The model.

use crate::report::grouped;
use gcache::Invalidates;
use rusqlite::Row;
use std::fmt;

/// A film. Deriving `Invalidates` makes it a group, and generates `invalidate_movie(id)`.
#[derive(Clone, Debug, Invalidates)]
pub(crate) struct Movie {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) director: Option<String>,
    pub(crate) released: String,
    pub(crate) distributor: Option<String>,
    pub(crate) genre: Option<String>,
    pub(crate) mpaa: Option<String>,
    pub(crate) rating: Option<f64>,
    pub(crate) votes: i64,
    pub(crate) gross: Option<u32>,
}

impl Movie {
    /// The columns that [`Movie::from_row`] reads, in its order.
    pub(crate) const COLUMNS: &str =
        "id, title, director, released, distributor, genre, mpaa, rating, votes, gross";

    /// The film in the first columns of a row.
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            title: row.get(1)?,
            director: row.get(2)?,
            released: row.get(3)?,
            distributor: row.get(4)?,
            genre: row.get(5)?,
            mpaa: row.get(6)?,
            rating: row.get(7)?,
            votes: row.get(8)?,
            gross: row.get(9)?,
        })
    }
}

/// The film's page.
impl fmt::Display for Movie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |field: &Option<String>| field.clone().unwrap_or_else(|| "unknown".to_owned());
        writeln!(f, "# {} ({})", self.title, self.released)?;
        writeln!(f, "Director: {}", known(&self.director))?;
        writeln!(f, "Distributor: {}", known(&self.distributor))?;
        writeln!(f, "Genre: {}, MPAA: {}", known(&self.genre), known(&self.mpaa))?;
        if let Some(rating) = self.rating {
            writeln!(f, "Rating: {rating:.1} of {} votes", self.votes)?;
        }
        if let Some(gross) = self.gross {
            writeln!(f, "Worldwide gross: ${}", grouped(gross.into()))?;
        }
        Ok(())
    }
}
