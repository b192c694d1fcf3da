//! The templates.

use crate::entities::film;
use crate::work::{FOOTER, note_page, note_part};
use axum::response::Html;
use gcache_minijinja::fragments;
use minijinja::{Environment, Error, UndefinedBehavior, Value};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::LazyLock;

const TEMPLATES: [(&str, &str); 8] = [
    ("base.html", include_str!("../templates/base.html")),
    ("card.html", include_str!("../templates/card.html")),
    ("home.html", include_str!("../templates/home.html")),
    ("genre.html", include_str!("../templates/genre.html")),
    ("film.html", include_str!("../templates/film.html")),
    ("director.html", include_str!("../templates/director.html")),
    ("statistics.html", include_str!("../templates/statistics.html")),
    ("error.html", include_str!("../templates/error.html")),
];

/// The templates, compiled, with the cards of films as fragments: they are the same on every page.
static ENV: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.add_filter("segment", |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string());
    env.add_filter("thousands", thousands);
    env.add_function("note_part", || {
        note_part();
        ""
    });
    env.add_global("footer", Value::from_safe_string(FOOTER.to_owned()));
    fragments("film cards").group::<film::Model>("film").build().install(&mut env);
    for (name, source) in TEMPLATES {
        env.add_template(name, source).expect("the club's own templates are right");
    }
    env
});

/// Renders a page.
pub(crate) fn render(template: &str, context: Value) -> Result<Html<String>, Error> {
    note_page();
    ENV.get_template(template)?.render(context).map(Html)
}

/// `1234567` as `1,234,567`.
fn thousands(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
