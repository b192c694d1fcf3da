//! Mistakes in templates: named with the template and the line, and nothing stored.

use gcache::group;
use gcache_minijinja::{FragmentError, Fragments, fragments};
use minijinja::{Environment, Error, UndefinedBehavior, context};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

group!(Movie: i64);

fn env() -> (Environment<'static>, Fragments) {
    let fragments = fragments("errors").group::<Movie>("movie").whole::<Movie>("movies").build();
    let mut env = Environment::new();
    fragments.install(&mut env);
    (env, fragments)
}

/// Renders a template that has `line` for its third line, and returns the error.
fn error_of(env: &mut Environment<'static>, line: &str) -> Error {
    let source = format!("first\nsecond\n{line}\nlast");
    env.add_template_owned("film.html", source).expect("it parses");
    let template = env.get_template("film.html").expect("it is there");
    template
        .render(context! { id => 7, object => minijinja::Value::from_function(|| 1) })
        .expect_err("fails")
}

/// The error is in line 3 of the template, says `message`, and nothing is stored.
fn fails(line: &str, message: &str) {
    let (mut env, fragments) = env();
    let error = error_of(&mut env, line);
    assert_eq!((error.name(), error.line()), (Some("film.html"), Some(3)), "{error:#}");
    assert!(error.to_string().contains(message), "{error}");
    assert_eq!(fragments.stats().entries, 0);
}

#[test]
fn mistakes_in_the_call() {
    let of = |arguments: &str| format!("{{% call cached({arguments}) %}}x{{% endcall %}}");
    fails(&of(r#""x", film=7"#), "`film` names no group; there are: movie=.., \"movies\"");
    fails(&of(r#""x", "films""#), "`films` names no group");
    fails(&of(r#""x", movie="seven""#), "'seven' is no key of the group `movie`");
    fails(&of(r#""x", movie=[1, "seven"]"#), "is no key of the group `movie`");
    fails(&of(r#""x", movie=1.5"#), "is no key of the group `movie`");
    fails(&of(r#""x", movie=nothing"#), "undefined is no key of the group `movie`");
    fails(&of(r#""x", movie=nothing.id"#), "undefined value");
    fails(&of(r#""x", movie=none"#), "None is no key of the group `movie`");
    fails(&of(r#""x", tag=7"#), "7 is no tag");
    fails(&of(r#""x", movie=7, vary=id"#), "`vary` is a list");
    fails(&of(r#""x", movie=7, vary=[object]"#), "cannot vary on a value of the type");
    fails(&of(r#""x""#), "the fragment `x` depends on nothing");
    fails(&of(r#""x", vary=[1]"#), "the fragment `x` depends on nothing");
    fails(&of("movie=7"), "missing argument");
}

#[test]
fn mistakes_can_be_matched_on() {
    let mistake_in = |line: &str, is_it: fn(&FragmentError) -> bool| {
        let error = error_of(&mut env().0, line);
        let mistake = FragmentError::of(&error).expect("a mistake in the call");
        assert!(is_it(mistake), "{mistake:?}");
        assert_eq!(error.detail(), Some(mistake.to_string().as_str()));
    };
    let of = |arguments: &str| format!("{{% call cached({arguments}) %}}x{{% endcall %}}");
    mistake_in(
        r#"{{ cached("x", movie=7) }}"#,
        |mistake| matches!(mistake, FragmentError::NoBlock { fragment } if fragment == "x"),
    );
    mistake_in(
        &of(r#""x""#),
        |mistake| matches!(mistake, FragmentError::NoGroups { fragment } if fragment == "x"),
    );
    mistake_in(
        &of(r#""x", film=7"#),
        |mistake| matches!(mistake, FragmentError::UnknownGroup { name, .. } if name == "film"),
    );
    mistake_in(
        &of(r#""x", movie="seven""#),
        |mistake| matches!(mistake, FragmentError::NotAKey { group, value, .. } if group == "movie" && value.as_str() == Some("seven")),
    );
    mistake_in(&of(r#""x", tag=7"#), |mistake| matches!(mistake, FragmentError::NotATag { .. }));
    mistake_in(&of(r#""x", movie=7, vary=id"#), |mistake| {
        matches!(mistake, FragmentError::VaryIsNoList)
    });
    mistake_in(&of(r#""x", movie=7, vary=[object]"#), |mistake| {
        matches!(mistake, FragmentError::CannotVary { .. })
    });
    let looped = r#"{% for i in [1] %}{% call cached("x", movie=7) %}{{ loop.index }}{% endcall %}{% endfor %}"#;
    mistake_in(
        looped,
        |mistake| matches!(mistake, FragmentError::UnnamedInput { input, .. } if input == "`loop`"),
    );
    let twice = "{% call cached('x', movie=7) %}a{% endcall %}{% call cached('x', movie=7) %}b{% endcall %}";
    mistake_in(twice, |mistake| matches!(mistake, FragmentError::TwoTexts { .. }));
}

#[test]
fn an_error_of_the_block_is_no_mistake_in_the_call() {
    let (mut env, _) = env();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    let error = error_of(&mut env, "{% call cached('x', movie=7) %}{{ nothing }}{% endcall %}");
    assert!(FragmentError::of(&error).is_none(), "{error}");
}

#[test]
fn a_call_without_a_block() {
    fails(r#"{{ cached("x", movie=7) }}"#, "write `{% call cached(\"x\", ..) %} .. {% endcall %}`");
}

#[test]
fn an_error_in_the_block_is_reported_where_it_is() {
    let (mut env, fragments) = env();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    let source = "{% call cached(\"x\", movie=7) %}\nfirst\n{{ nothing }}\n{% endcall %}";
    env.add_template("block.html", source).expect("it parses");
    let template = env.get_template("block.html").expect("it is there");
    let error = template.render(context! {}).expect_err("nothing is undefined");
    assert_eq!((error.name(), error.line()), (Some("block.html"), Some(3)), "{error:#}");
    let stats = fragments.stats();
    assert_eq!((stats.entries, stats.errors), (0, 1));
    // With the mistake mended, as good as ever.
    assert_eq!(template.render(context! { nothing => 1 }).expect("rendered").trim(), "first\n1");
    assert_eq!(fragments.stats().entries, 1);
}

#[test]
fn an_error_in_a_block_of_a_macro_is_reported_where_the_macro_stands() {
    let (mut env, fragments) = env();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    let macros = "\n{% macro card(id) %}{% call cached(\"card\", movie=id) %}\n{{ nothing }}\n\
                  {% endcall %}{% endmacro %}";
    env.add_template("macros.html", macros).expect("it parses");
    let page = "{% from \"macros.html\" import card %}\n\n\n\n{{ card(7) }}";
    env.add_template("page.html", page).expect("it parses");
    let template = env.get_template("page.html").expect("it is there");
    for _ in 0..2 {
        let error = template.render(context! {}).expect_err("nothing is undefined");
        assert_eq!((error.name(), error.line()), (Some("macros.html"), Some(3)), "{error:#}");
    }
    assert_eq!((fragments.stats().entries, fragments.stats().errors), (0, 2));
}

#[test]
fn an_error_in_a_nested_block_stores_neither() {
    let (mut env, fragments) = env();
    let fails = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&fails);
    env.add_function("rating", move || {
        if asked.load(Ordering::SeqCst) {
            Err(Error::new(minijinja::ErrorKind::InvalidOperation, "no database"))
        } else {
            Ok(5)
        }
    });
    let inner = "\n{% call cached(\"inner\", movie=7) %}\n{{ rating() }}{% endcall %}";
    env.add_template("inner.html", inner).expect("it parses");
    let outer = "{% call cached(\"outer\", movie=8) %}{% include \"inner.html\" %}{% endcall %}";
    env.add_template("outer.html", outer).expect("it parses");
    let template = env.get_template("outer.html").expect("it is there");
    let error = template.render(context! {}).expect_err("no database");
    // The innermost error is the cause, with its own place.
    let mut causes = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source())
        .filter_map(|error| error.downcast_ref::<Error>());
    let cause = causes.find(|error| error.detail() == Some("no database")).expect("the cause");
    assert_eq!((cause.name(), cause.line()), (Some("inner.html"), Some(3)), "{error:#}");
    assert_eq!(fragments.stats().entries, 0);
    fails.store(false, Ordering::SeqCst);
    assert_eq!(template.render(context! {}).expect("rendered").trim(), "5");
    assert_eq!(fragments.stats().entries, 2);
}

#[test]
#[should_panic(expected = "`movie` names two groups")]
fn a_name_stands_for_one_group() {
    drop(fragments("errors").group::<Movie>("movie").group::<Movie>("movie"));
}

#[test]
#[should_panic(expected = "`movies` names two groups")]
fn a_name_stands_for_one_whole_group() {
    drop(fragments("errors").whole::<Movie>("movies").whole::<Movie>("movies"));
}

#[test]
#[should_panic(expected = "`vary` is a word of `cached`")]
fn the_words_of_the_function_name_no_groups() {
    drop(fragments("errors").group::<Movie>("vary"));
}
