//! A list of films in nested fragments: a rating drops the list and one card, and no other card.
//!
//! `cargo run -p gcache-minijinja --example fragments` prints the list before and after, with the number of
//! each rendering.

use gcache::{Invalidates, invalidates};
use gcache_minijinja::fragments;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, context};
use serde::Serialize;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Clone, Serialize, Invalidates)]
struct Movie {
    id: u32,
    title: String,
    stars: u32,
}

#[invalidates]
impl Movie {
    fn rate(&mut self, stars: u32) {
        self.stars = stars;
    }
}

const LIST: &str = r#"
{%- call cached("list", "movies") -%}
films, rendering {{ rendering() }}
{%- for movie in movies %}
  {% call cached("card", movie=movie.id) -%}
  {{ movie.title }} {{ "*" * movie.stars }}, rendering {{ rendering() }}
  {%- endcall %}
{%- endfor %}
{%- endcall %}"#;

fn main() -> Result<(), Error> {
    let fragments = fragments("films").group::<Movie>("movie").whole::<Movie>("movies").build();
    let mut env = Environment::new();
    fragments.install(&mut env);
    let count = AtomicUsize::new(0);
    env.add_function("rendering", move || count.fetch_add(1, Ordering::Relaxed) + 1);
    env.add_template("list", LIST)?;

    let titles = ["Metropolis", "M", "Nosferatu"];
    let mut movies: Vec<Movie> = (1..)
        .zip(titles)
        .map(|(id, title)| Movie { id, title: title.to_owned(), stars: 3 })
        .collect();
    let list = |movies: &[Movie]| {
        let movies = Value::from(Serde(movies));
        env.get_template("list")?.render(context! { movies })
    };
    println!("{}\n", list(&movies)?);
    println!("again, from the cache:\n{}\n", list(&movies)?);
    movies[1].rate(5);
    println!("M gets five stars:\n{}", list(&movies)?);
    println!("\n{}", gcache::stats());
    Ok(())
}
