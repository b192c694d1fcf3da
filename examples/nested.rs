//! Cached functions that call cached functions: whatever the innermost depends on, the outermost does.

use gcache::{Invalidates, cache_against, depends_on, invalidates};
use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Invalidates)]
struct Film {
    id: u64,
    title: String,
    #[group(index)]
    director: u64,
}

#[derive(Clone, Invalidates)]
struct Director {
    id: u64,
    name: String,
}

#[invalidates]
impl Film {
    fn rename(&mut self, title: &str) {
        title.clone_into(&mut self.title);
    }

    fn give_to(&mut self, director: u64) {
        self.director = director;
    }
}

#[invalidates]
impl Director {
    fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }
}

/// Stands for a database.
#[derive(Default)]
struct Tables {
    films: BTreeMap<u64, Film>,
    directors: BTreeMap<u64, Director>,
}

static TABLES: LazyLock<Mutex<Tables>> = LazyLock::new(Mutex::default);
static RAN: Mutex<Vec<&str>> = Mutex::new(Vec::new());

fn tables() -> MutexGuard<'static, Tables> {
    TABLES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ran(function: &'static str) {
    RAN.lock().unwrap_or_else(PoisonError::into_inner).push(function);
}

#[cache_against(Film(id))]
fn film(id: u64) -> Option<Film> {
    ran("film");
    tables().films.get(&id).cloned()
}

#[cache_against(Director(id))]
fn director_name(id: u64) -> String {
    ran("director_name");
    tables().directors.get(&id).map_or_else(|| "unknown".to_owned(), |found| found.name.clone())
}

/// Depends on the director's films, and on each film that it returns.
#[cache_against(Film(director = director), results)]
fn films_of(director: u64) -> Vec<Film> {
    ran("films_of");
    tables().films.values().filter(|film| film.director == director).cloned().collect()
}

/// Names its own film only. The rest comes through the functions that it calls.
#[cache_against(Film(id))]
fn page(id: u64) -> String {
    ran("page");
    let Some(film) = film(id) else { return "no such film".to_owned() };
    let others: Vec<String> = films_of(film.director).into_iter().map(|film| film.title).collect();
    format!("{} by {}, who made {}", film.title, director_name(film.director), others.join(", "))
}

/// Finds out on the way whose name it shows, and says so.
#[cache_against(Film(id))]
fn credit(id: u64) -> String {
    ran("credit");
    let tables = tables();
    let Some(film) = tables.films.get(&id) else { return String::new() };
    depends_on!(Director(film.director));
    tables.directors.get(&film.director).map(|found| found.name.clone()).unwrap_or_default()
}

/// Shows what is answered after a change, and which functions had to run for it.
fn after(change: &str, expected: &[&str]) {
    let (page, credit) = (page(1), credit(1));
    let ran = std::mem::take(&mut *RAN.lock().unwrap_or_else(PoisonError::into_inner));
    println!("{change}\n    {page}\n    credit: {credit}\n    ran: {}\n", ran.join(", "));
    assert_eq!(ran, expected, "{change}");
}

fn main() {
    for (id, name) in [(1, "Lang"), (2, "Wilder")] {
        tables().directors.insert(id, Director { id, name: name.to_owned() });
    }
    for (id, title, director) in [(1, "M", 1), (2, "Fury", 1), (3, "Sabrina", 2)] {
        tables().films.insert(id, Film { id, title: title.to_owned(), director });
    }

    after("the first time", &["page", "film", "films_of", "director_name", "credit"]);
    after("nothing changed", &[]);

    change_film(3, |film| film.rename("Avanti!"));
    after("another director's film was renamed", &[]);

    change_film(2, |film| film.rename("Metropolis"));
    after("a film in the list was renamed", &["page", "films_of"]);

    if let Some(director) = tables().directors.get_mut(&1) {
        director.rename("Fritz Lang");
    }
    after("the director was renamed", &["page", "director_name", "credit"]);

    change_film(3, |film| film.give_to(1));
    after("a film has come to the director", &["page", "films_of"]);
}

/// The mutation ends the groups of the film as it was and as it is.
fn change_film(id: u64, change: impl FnOnce(&mut Film)) {
    if let Some(film) = tables().films.get_mut(&id) {
        change(film);
    }
}
