//! What is a keyword in the next edition is a name in this one: as a field, a parameter and a function.
#![deny(warnings)]
// It will not be one in the next edition, which is known here.
#![allow(keyword_idents_2024)]

use gcache::{Invalidates, cache_against, depends_on, invalidate, invalidates};

#[derive(Clone, Invalidates)]
#[group(index(gen, year))]
struct Film {
    id: u64,
    #[group(index)]
    gen: u64,
    year: u16,
}

#[cache_against(Film(gen = gen), Film(gen = gen, year = 1999))]
fn gen(gen: u64) -> u64 {
    depends_on!(Film(gen = gen));
    gen
}

#[invalidates(Film(gen = gen), result)]
fn insert(gen: u64) -> Film {
    Film { id: 1, gen, year: 1999 }
}

fn main() {
    assert_eq!((gen(7), gen(7)), (7, 7));
    let film = insert(7);
    assert_eq!(gen(film.gen) + film.id + u64::from(film.year), 2007);
    assert!(invalidate!(Film(gen = 7)).count() > 0);
    let _ = (invalidate_film_by_gen(7), invalidate_film_by_gen_and_year(7, 1999));
}
