//! Blocks of templates: rendered once, until what they show changes.

use gcache::{Invalidates, cache_against, group, invalidate, invalidates};
use gcache_minijinja::{Fragments, FragmentsBuilder, fragments};
use minijinja::value::Value;
use minijinja::{Environment, context};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Clone, Invalidates)]
#[group(no_helpers)]
struct Movie {
    id: i64,
    #[group(index)]
    genre: String,
    title: String,
}

#[invalidates]
impl Movie {
    fn rename(&mut self, title: &str) {
        title.clone_into(&mut self.title);
    }
}

group!(Line: (u64, u32));
group!(Rating: i64);

/// An environment whose templates count what is rendered: `{{ up() }}`.
fn env(templates: &[(&'static str, &'static str)]) -> (Environment<'static>, Fragments) {
    env_with(builder(), templates)
}

fn builder() -> FragmentsBuilder {
    fragments("tests")
        .group::<Movie>("movie")
        .group::<Line>("line")
        .group::<Rating>("rating")
        .index::<Movie, _>("movies_of_genre", |movie| &movie.genre)
        .whole::<Rating>("ratings")
}

fn env_with(
    builder: FragmentsBuilder,
    templates: &[(&'static str, &'static str)],
) -> (Environment<'static>, Fragments) {
    let fragments = builder.build();
    let mut env = Environment::new();
    fragments.install(&mut env);
    let count = AtomicUsize::new(0);
    env.add_function("up", move || count.fetch_add(1, Ordering::SeqCst) + 1);
    for (name, source) in templates {
        env.add_template(name, source).expect("a template");
    }
    (env, fragments)
}

fn render(env: &Environment<'_>, name: &str, context: Value) -> String {
    env.get_template(name).expect("a template").render(context).expect("rendered")
}

#[test]
fn a_block_is_rendered_once_until_the_row_that_it_shows_is_saved() {
    let source =
        r#"{% call cached("card", movie=movie.id) %}{{ movie.title }} {{ up() }}{% endcall %}"#;
    let (env, fragments) = env(&[("a", source)]);
    let card = |movie: &Movie| {
        let movie = context! { id => movie.id, title => movie.title.as_str() };
        render(&env, "a", context! { movie })
    };
    let mut one = Movie { id: 201, genre: "drama".to_owned(), title: "M".to_owned() };
    let other = Movie { id: 202, genre: "drama".to_owned(), title: "N".to_owned() };
    assert_eq!((card(&one), card(&other)), ("M 1".to_owned(), "N 2".to_owned()));
    assert_eq!((card(&one), card(&other)), ("M 1".to_owned(), "N 2".to_owned()));
    one.rename("Mabuse");
    assert_eq!((card(&one), card(&other)), ("Mabuse 3".to_owned(), "N 2".to_owned()));
    assert_eq!((fragments.stats().hits, fragments.stats().misses), (3, 3));
}

#[test]
fn a_save_drops_the_outer_block_and_only_the_inner_one_that_shows_the_row() {
    let source = r#"{% call cached("list", movies_of_genre=genre) %}{{ up() }}:
        {%- for id in ids %} {% call cached("card", movie=id) %}{{ id }} {{ up() }}{% endcall %}
        {%- endfor %}{% endcall %}"#;
    let (env, _) = env(&[("a", source)]);
    let list = || render(&env, "a", context! { genre => "western", ids => [211, 212] });
    assert_eq!(list(), "1: 211 2 212 3");
    assert_eq!(list(), "1: 211 2 212 3");
    Movie { id: 212, genre: "western".to_owned(), title: String::new() }.invalidate();
    assert_eq!(list(), "4: 211 2 212 5");
}

#[test]
fn an_outer_block_depends_on_an_inner_one_that_comes_from_the_cache() {
    let inner = r#"{% call cached("inner", line=[1, 2]) %}inner {{ up() }}{% endcall %}"#;
    let outer =
        r#"{% call cached("outer", tag="unused") %}{{ up() }} {% include "inner" %}{% endcall %}"#;
    let (env, _) = env(&[("inner", inner), ("outer", outer)]);
    assert_eq!(render(&env, "inner", context! {}), "inner 1");
    assert_eq!(render(&env, "outer", context! {}), "2 inner 1");
    invalidate!(Line(1, 2));
    assert_eq!(render(&env, "outer", context! {}), "3 inner 4");
}

#[test]
fn a_block_depends_on_the_cached_functions_that_it_calls() {
    #[cache_against(Rating(film))]
    fn rating(film: i64) -> i64 {
        film + 1
    }
    let source =
        r#"{% call cached("rating", through=true) %}{{ rating(221) }} {{ up() }}{% endcall %}"#;
    let (mut env, _) = env(&[("a", source)]);
    env.add_function("rating", rating);
    assert_eq!(render(&env, "a", context! {}), "222 1");
    assert_eq!(render(&env, "a", context! {}), "222 1");
    invalidate!(Rating(221));
    assert_eq!(render(&env, "a", context! {}), "222 2");
}

#[test]
fn each_kind_of_group_ends_the_blocks_that_name_it() {
    let (env, _) = env(&[
        ("member", r#"{% call cached("x", rating=231) %}{{ up() }}{% endcall %}"#),
        ("list", r#"{% call cached("x", rating=[230, 231]) %}{{ up() }}{% endcall %}"#),
        ("none", r#"{% call cached("x", rating=[]) %}{{ up() }}{% endcall %}"#),
        ("whole", r#"{% call cached("x", "ratings") %}{{ up() }}{% endcall %}"#),
        ("tag", r#"{% call cached("x", tag="fragments: tag") %}{{ up() }}{% endcall %}"#),
        (
            "tags",
            r#"{% call cached("x", tag=["other", "fragments: tag"]) %}{{ up() }}{% endcall %}"#,
        ),
        ("compound", r#"{% call cached("x", line=[7, 1]) %}{{ up() }}{% endcall %}"#),
        ("compounds", r#"{% call cached("x", line=[[7, 0], [7, 1]]) %}{{ up() }}{% endcall %}"#),
    ]);
    let ended_by = |change: &dyn Fn() -> gcache::Invalidated| -> Vec<String> {
        let names: Vec<String> = env.templates().map(|(name, _)| name.to_owned()).collect();
        let all = || names.iter().map(|name| render(&env, name, context! {})).collect::<Vec<_>>();
        let before = all();
        assert_eq!(all().len(), before.len());
        change();
        let after = all();
        let changed = names.into_iter().zip(before).zip(after);
        let mut changed: Vec<_> = changed
            .filter(|((_, before), after)| before != after)
            .map(|((name, _), _)| name)
            .collect();
        changed.sort();
        changed
    };
    assert_eq!(ended_by(&|| invalidate!("fragments: tag")), ["tag", "tags"]);
    assert_eq!(ended_by(&|| invalidate!(Line(7, 1))), ["compound", "compounds"]);
    // Other tests end ratings, too, so that only what must have changed is asked for.
    let changed = ended_by(&|| invalidate!(Rating(231)));
    for name in ["list", "member", "whole"] {
        assert!(changed.iter().any(|changed| changed == name), "{name} of {changed:?}");
    }
    assert!(!changed.iter().any(|changed| changed == "none"));
}

#[test]
fn what_a_block_varies_on_tells_fragments_apart() {
    let source = r#"{% call cached("x", tag="never", vary=[a, b]) %}{{ up() }}{% endcall %}"#;
    let (env, _) = env(&[("a", source)]);
    let values = [
        context! { a => 1, b => 2 },
        context! { a => 12, b => Value::UNDEFINED },
        context! { a => "1", b => 2 },
        context! { a => 1.0, b => 2 },
        context! { a => true, b => 2 },
        context! { a => Value::from(()), b => 2 },
        context! { a => Value::UNDEFINED, b => 2 },
        context! { a => [1, 2], b => Value::UNDEFINED },
        context! { a => [Value::from(1)], b => 2 },
        context! { a => context! { x => 1 }, b => 2 },
        context! { a => context! { x => 2 }, b => 2 },
        context! { a => "<", b => 2 },
        context! { a => Value::from_safe_string("<".to_owned()), b => 2 },
        context! { a => Value::from_bytes(b"<".to_vec()), b => 2 },
        context! { a => u64::MAX, b => 2 },
        context! { a => -0.5, b => 2 },
    ];
    for _ in 0..2 {
        for (at, value) in values.iter().enumerate() {
            assert_eq!(render(&env, "a", value.clone()), (at + 1).to_string(), "{value}");
        }
    }
}

#[test]
fn templates_names_and_keys_tell_fragments_apart() {
    let two = r#"{% call cached("x", movie=id) %}{{ up() }}{% endcall %} {% call cached("y", movie=id) %}{{ up() }}{% endcall %}"#;
    let one = r#"{% call cached("x", movie=id) %}{{ up() }}{% endcall %}"#;
    let (env, _) = env(&[("two", two), ("one", one)]);
    for _ in 0..2 {
        assert_eq!(render(&env, "two", context! { id => 241 }), "1 2");
        assert_eq!(render(&env, "one", context! { id => 241 }), "3");
        assert_eq!(render(&env, "one", context! { id => 242 }), "4");
    }
}

#[test]
fn what_a_fragment_depends_on_tells_it_apart() {
    let source = r#"{% call cached("x", "ratings") %}{{ up() }}{% endcall %} {% call cached("x", "movies") %}{{ up() }}{% endcall %} {% call cached("x", tag="never") %}{{ up() }}{% endcall %}"#;
    let (env, _) = env_with(builder().whole::<Movie>("movies"), &[("a", source)]);
    assert_eq!(render(&env, "a", context! {}), "1 2 3");
}

#[test]
fn text_is_escaped_once_and_stays_safe() {
    let source =
        r#"{% call cached("x", tag="never", vary=[text]) %}<b>{{ text }}</b>{% endcall %}"#;
    let (env, _) = env(&[("a.html", source), ("a.txt", source)]);
    for _ in 0..2 {
        let text = || context! { text => "<&>" };
        assert_eq!(render(&env, "a.html", text()), "<b>&lt;&amp;&gt;</b>");
        assert_eq!(render(&env, "a.txt", text()), "<b><&></b>");
        let safe = context! { text => Value::from_safe_string("<i>".to_owned()) };
        assert_eq!(render(&env, "a.html", safe), "<b><i></b>");
    }
}

#[test]
fn a_block_that_is_escaped_in_two_ways_is_two_fragments() {
    let source = r#"
        {%- macro x() %}{% call cached("x", tag="never") %}{{ "<" }}{% endcall %}{% endmacro -%}
        {{ x() }}{% autoescape false %}{{ x() }}{% endautoescape %}"#;
    let (env, fragments) = env(&[("a.html", source)]);
    let first = render(&env, "a.html", context! {});
    assert_eq!(render(&env, "a.html", context! {}), first);
    assert_eq!(fragments.stats().misses, 2);
}

#[test]
fn blocks_work_in_macros_imports_and_inherited_templates() {
    let (env, fragments) = env(&[
        (
            "macros",
            r#"{% macro card(id) %}{% call cached("card", movie=id) %}{{ id }} {{ up() }}{% endcall %}{% endmacro %}"#,
        ),
        (
            "base",
            r#"{% call cached("frame", tag="never") %}[{{ up() }}]{% endcall %} {% block body %}{% endblock %}"#,
        ),
        (
            "page",
            r#"{% extends "base" %}{% from "macros" import card %}{% block body %}{{ card(251) }}, {{ card(252) }}{% endblock %}"#,
        ),
    ]);
    assert_eq!(render(&env, "page", context! {}), "[1] 251 2, 252 3");
    assert_eq!(render(&env, "page", context! {}), "[1] 251 2, 252 3");
    assert_eq!(fragments.stats().entries, 3);
    invalidate!(Movie(252));
    assert_eq!(render(&env, "page", context! {}), "[1] 251 2, 252 4");
}

#[test]
fn fragments_can_be_forgotten_and_are_bounded() {
    let source = r#"{% call cached("x", tag="never", vary=[n]) %}{{ up() }}{% endcall %}"#;
    let (env, fragments) = env_with(builder().capacity(8), &[("a", source)]);
    assert_eq!(render(&env, "a", context! { n => 0 }), "1");
    fragments.clear();
    assert_eq!(render(&env, "a", context! { n => 0 }), "2");
    for n in 0..100 {
        render(&env, "a", context! { n });
    }
    assert!(fragments.stats().entries <= 9, "{:?}", fragments.stats());
}

#[test]
fn fragments_are_bounded_by_what_they_weigh() {
    let source = r#"{% call cached("x", tag="never", vary=[n]) %}{{ text }}{% endcall %}"#;
    let (env, fragments) = env_with(builder().max_weight(20_000), &[("a", source)]);
    for n in 0..50 {
        render(&env, "a", context! { n, text => "x".repeat(5_000) });
    }
    let stats = fragments.stats();
    assert!((1..=3).contains(&stats.entries) && stats.weight > 5_000, "{stats:?}");
}

#[test]
fn two_kinds_of_fragments_have_two_names() {
    let source = r#"{% call cached("x", movie=1) %}{{ up() }}{% endcall %} {% call kept("x", film=1) %}{{ up() }}{% endcall %}"#;
    let (mut env, cached) = env(&[("a", source)]);
    let kept = fragments("kept").group::<Rating>("film").build();
    kept.install_as(&mut env, "kept");
    render(&env, "a", context! {});
    assert_eq!((cached.stats().misses, kept.stats().misses), (1, 1));
}

#[test]
fn threads_that_want_a_fragment_at_once_render_it_once() {
    let fragments = builder().build();
    let mut env = Environment::new();
    fragments.install(&mut env);
    let rendered = Arc::new(AtomicUsize::new(0));
    let (begun, has_begun) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let count = Arc::clone(&rendered);
    env.add_function("wait", move || {
        begun.send(()).expect("the test listens");
        may_go_on.lock().expect("one waits").recv().expect("the test lets it go on");
        count.fetch_add(1, Ordering::SeqCst) + 1
    });
    env.add_template("a", r#"{% call cached("x", tag="never") %}{{ wait() }}{% endcall %}"#)
        .expect("a template");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| render(&env, "a", context! {}));
        has_begun.recv().expect("the first renders");
        let others: Vec<_> =
            (0..3).map(|_| scope.spawn(|| render(&env, "a", context! {}))).collect();
        go_on.send(()).expect("the first waits");
        assert_eq!(first.join().expect("rendered"), "1");
        others.into_iter().for_each(|other| assert_eq!(other.join().expect("rendered"), "1"));
    });
    assert_eq!(rendered.load(Ordering::SeqCst), 1);
}
