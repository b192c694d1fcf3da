//! What is no variable and yet decides a block's text: the text of its template, and the environment.

mod common;

use common::{env, invalidate_movie, render};
use minijinja::value::{Tuple, Value};
use minijinja::{Environment, TemplateSource, UndefinedBehavior, context};
use std::sync::{Arc, Mutex};

/// A block with `text`, whose call is always the same.
fn block(text: &str) -> String {
    format!(r#"{{% call cached("x", tag="told apart") %}}{text}{{% endcall %}}"#)
}

#[test]
fn templates_without_a_name_have_each_their_text() {
    let (env, fragments) = env("told apart");
    for _ in 0..2 {
        for text in ["one", "two"] {
            let source = block(text);
            assert_eq!(env.render_str(&source, ()).expect("rendered"), text);
            assert_eq!(env.render_named_str("mail", &source, ()).expect("rendered"), text);
            let template = env.template_from_str(&source).expect("it parses");
            assert_eq!(template.render(()).expect("rendered"), text);
            let template = env.template_from_named_str("mail", &source).expect("it parses");
            assert_eq!(template.render(()).expect("rendered"), text);
        }
    }
    assert_eq!(fragments.stats().entries, 0);
}

#[test]
fn a_text_under_the_name_of_a_template_is_not_that_template() {
    let (mut env, _) = env("told apart");
    env.add_template_owned("page", block("published")).expect("it parses");
    let name = "page".to_owned();
    for _ in 0..2 {
        assert_eq!(render(&env, "page", context! {}), "published");
        let preview = env.render_named_str(&name, &block("edited"), ());
        assert_eq!(preview.expect("rendered"), "edited");
    }
}

#[test]
fn a_block_around_one_that_is_not_stored_depends_on_what_that_names() {
    let (mut env, _) = env("told apart");
    let inner = r#"{% call cached("inner", movie=401) %}{{ n }}{% endcall %}"#;
    let render_inner = move |state: &minijinja::State<'_, '_>| {
        let context = context! { n => state.lookup("n") };
        state.env().render_str(inner, context)
    };
    env.add_function("inner", render_inner);
    let outer = r#"{% call cached("outer", tag="told apart") %}{{ inner() }}{% endcall %}"#;
    env.add_template("outer", outer).expect("it parses");
    assert_eq!(render(&env, "outer", context! { n => 1 }), "1");
    assert_eq!(render(&env, "outer", context! { n => 2 }), "1");
    invalidate_movie(401);
    assert_eq!(render(&env, "outer", context! { n => 3 }), "3");
}

#[test]
fn one_handle_in_two_environments_keeps_their_texts_apart() {
    let (mut english, fragments) = env("told apart");
    let mut german = Environment::new();
    fragments.install(&mut german);
    english.add_filter("t", |_: &str| "film");
    german.add_filter("t", |_: &str| "Film");
    english.add_global("site", "en");
    german.add_global("site", "de");
    let same = block("{{ 'movie'|t }} {{ site }}");
    english.add_template_owned("same", same.clone()).expect("it parses");
    german.add_template_owned("same", same).expect("it parses");
    english.add_template_owned("other", block("in English")).expect("it parses");
    german.add_template_owned("other", block("auf Deutsch")).expect("it parses");
    for _ in 0..2 {
        assert_eq!(render(&english, "same", context! {}), "film en");
        assert_eq!(render(&german, "same", context! {}), "Film de");
        assert_eq!(render(&english, "other", context! {}), "in English");
        assert_eq!(render(&german, "other", context! {}), "auf Deutsch");
    }
    assert_eq!((fragments.stats().misses, fragments.stats().hits), (4, 4));
}

#[test]
fn a_clone_with_filters_of_its_own_is_told_apart_once_it_is_installed_in() {
    let (mut english, fragments) = env("told apart");
    english.add_filter("t", |_: &str| "film");
    english.add_template_owned("a", block("{{ 'movie'|t }}")).expect("it parses");
    let mut german = english.clone();
    fragments.install(&mut german);
    german.add_filter("t", |_: &str| "Film");
    for _ in 0..2 {
        assert_eq!(render(&english, "a", context! {}), "film");
        assert_eq!(render(&german, "a", context! {}), "Film");
    }
}

#[test]
fn clones_with_templates_of_their_own_are_told_apart() {
    let (mut one, fragments) = env("told apart");
    one.add_template_owned("a", block("one")).expect("it parses");
    let mut two = one.clone();
    two.add_template_owned("a", block("two")).expect("it parses");
    for _ in 0..2 {
        assert_eq!(render(&one, "a", context! {}), "one");
        assert_eq!(render(&two, "a", context! {}), "two");
    }
    assert_eq!(fragments.stats().hits, 2);
}

#[test]
fn what_undefined_values_do_tells_fragments_apart() {
    let (mut env, _) = env("told apart");
    env.add_template_owned("a", block("[{{ nothing }}]")).expect("it parses");
    assert_eq!(render(&env, "a", context! {}), "[]");
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    let error = env.get_template("a").and_then(|a| a.render(())).expect_err("it is undefined");
    assert_eq!(error.kind(), minijinja::ErrorKind::UndefinedError);
}

/// Templates that a test can change while the environment is in use, as files are.
#[derive(Clone, Default)]
struct Files(Arc<Mutex<std::collections::BTreeMap<String, String>>>);

impl Files {
    fn write(&self, name: &str, source: &str) {
        self.0.lock().expect("a lock").insert(name.to_owned(), source.to_owned());
    }

    fn read(&self, name: &str) -> Option<String> {
        self.0.lock().expect("a lock").get(name).cloned()
    }

    fn serve(&self, env: &mut Environment<'_>) {
        let files = self.clone();
        env.set_loader(move |name| {
            let Some(source) = files.read(name) else { return Ok(None) };
            let (files, name, loaded) = (files.clone(), name.to_owned(), source.clone());
            let is_same = move || files.read(&name).as_ref() == Some(&loaded);
            Ok(Some(TemplateSource::new(source).with_uptodate_check(is_same)))
        });
    }
}

#[test]
fn a_template_that_is_loaded_again_has_its_new_text() {
    let (mut env, fragments) = env("told apart");
    let files = Files::default();
    files.serve(&mut env);
    files.write("a", &block("old"));
    assert_eq!(render(&env, "a", context! {}), "old");
    files.write("a", &block("new"));
    assert_eq!(render(&env, "a", context! {}), "new");
    files.write("a", &block("old"));
    assert_eq!(render(&env, "a", context! {}), "old");
    assert_eq!((fragments.stats().misses, fragments.stats().hits), (2, 1));
}

#[test]
fn a_template_that_is_taken_in_and_loaded_again_has_its_new_text() {
    let (mut env, fragments) = env("told apart");
    let files = Files::default();
    files.serve(&mut env);
    files.write(
        "list",
        &block(r#"{% include "card" %} {% include ["gift", "none"] ignore missing %}"#),
    );
    files.write("card", r#"{% from "macros" import stars %}{{ stars() }}"#);
    files.write("macros", "{% macro stars() %}*{% endmacro %}");
    let list = || render(&env, "list", context! {});
    assert_eq!((list(), list()), ("* ".to_owned(), "* ".to_owned()));
    assert_eq!((fragments.stats().misses, fragments.stats().hits), (1, 1));
    files.write("macros", "{% macro stars() %}**{% endmacro %}");
    assert_eq!((list(), list()), ("** ".to_owned(), "** ".to_owned()));
    files.write("card", "none");
    assert_eq!((list(), list()), ("none ".to_owned(), "none ".to_owned()));
    files.write("gift", "a gift");
    assert_eq!((list(), list()), ("none a gift".to_owned(), "none a gift".to_owned()));
    assert_eq!((fragments.stats().misses, fragments.stats().hits), (4, 4));
}

#[test]
fn a_template_that_is_loaded_again_while_a_block_is_rendered_does_not_come_back() {
    let (mut env, fragments) = env("told apart");
    let files = Files::default();
    files.serve(&mut env);
    files.write("list", &block(r#"{{ edit() }}{% include "card" %}"#));
    files.write("card", "old");
    let (edited, once) = (files.clone(), std::sync::Once::new());
    env.add_function("edit", move || {
        once.call_once(|| edited.write("card", "new"));
        ""
    });
    let list = || render(&env, "list", context! {});
    assert_eq!(list(), "new");
    assert_eq!(fragments.stats().entries, 0);
    files.write("card", "old");
    assert_eq!((list(), list()), ("old".to_owned(), "old".to_owned()));
    assert_eq!(fragments.stats().hits, 1);
}

#[test]
fn names_of_templates_are_joined_as_the_environment_says() {
    let (mut env, _) = env("told apart");
    env.set_path_join_callback(|name, parent| {
        let folder = parent.rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{folder}/{name}").into()
    });
    let files = Files::default();
    files.serve(&mut env);
    files.write("shop/list", &block(r#"{% include "card" %}"#));
    files.write("shop/card", "old");
    files.write("card", "another");
    assert_eq!(render(&env, "shop/list", context! {}), "old");
    files.write("shop/card", "new");
    assert_eq!(render(&env, "shop/list", context! {}), "new");
}

#[test]
fn a_list_and_a_tuple_are_written_differently() {
    let (mut env, _) = env("told apart");
    let source =
        r#"{% call cached("x", tag="told apart", vary=[items]) %}{{ items }}{% endcall %}"#;
    env.add_template("a", source).expect("it parses");
    let tuple = Value::from(Tuple::from([1.into(), 2.into()]));
    for _ in 0..2 {
        assert_eq!(render(&env, "a", context! { items => [1, 2] }), "[1, 2]");
        assert_eq!(render(&env, "a", context! { items => tuple.clone() }), "(1, 2)");
    }
}
