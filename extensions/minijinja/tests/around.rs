//! What stands around a block and decides its text, and is no variable that its call could name: refused, with
//! what to write instead.

mod common;

use common::{Movie, env, render};
use gcache_minijinja::fragments;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, context};

/// A block with `text`, whose call is always the same.
fn block(text: &str) -> String {
    format!(r#"{{% call cached("x", tag="around") %}}{text}{{% endcall %}}"#)
}

/// Rendering `source` fails, and the message has `text`; nothing is stored.
fn refuses(source: &str, text: &str) {
    let (mut env, fragments) = env("around");
    env.add_template_owned("a", source.to_owned()).expect("it parses");
    let template = env.get_template("a").expect("a template");
    let error = template.render(context! { items => [1, 2] }).expect_err("it is refused");
    assert!(format!("{error:#}").contains(text), "{error:#}");
    assert_eq!(fragments.stats().entries, 0);
}

#[test]
fn a_block_of_the_template_that_another_may_replace_is_refused() {
    let base = format!("{}{{% block main %}}base{{% endblock %}}", block("[{{ self.main() }}]"));
    refuses(&base, "put the fragment into that block, or write `{% set text = self.name() %}`");
    refuses(&block("{% set text = self.main()|upper %}"), "uses a block by `self`");
    let by_macro =
        "{% macro main() %}{{ self.main() }}{% endmacro %}{% block main %}{% endblock %}";
    refuses(&format!("{by_macro}{}", block("{{ main() }}")), "uses a block by `self`");
}

#[test]
fn a_variable_that_is_called_self_is_a_variable() {
    let (mut env, fragments) = env("around");
    let source = r#"{% call cached("x", tag="around") %}{{ self.title }}{% endcall %}"#;
    env.add_template("a", source).expect("it parses");
    let context = || context! { self => context! { title => "M" } };
    assert_eq!((render(&env, "a", context()), render(&env, "a", context())).1, "M");
    assert_eq!(fragments.stats().hits, 1);
}

#[test]
fn a_block_of_the_template_can_be_named_by_its_text() {
    let (mut env, _) = env("around");
    let base = r#"{% set text = self.main() %}{% call cached("x", tag="around", vary=[text]) -%}
        [{{ text }}]{% endcall %}{% macro unseen() %}{% block main %}base{% endblock %}{% endmacro %}"#;
    let base = base.replace("{% macro unseen() %}", "").replace("{% endmacro %}", "");
    env.add_template_owned("base", base).expect("it parses");
    let child = "{% extends 'base' %}{% block main %}child{% endblock %}";
    env.add_template("child", child).expect("it parses");
    for _ in 0..2 {
        assert_eq!(render(&env, "base", context! {}), "[base]base");
        assert_eq!(render(&env, "child", context! {}), "[child]child");
    }
}

#[test]
fn a_block_that_is_handed_to_a_macro_is_refused() {
    let macros = |words: &str, body: &str| {
        format!(
            "{{% macro box() %}}{{% set inside = caller %}}\
             {{% call cached(\"box\", tag=\"around\"{words}) %}}{body}{{% endcall %}}{{% endmacro %}}\
             {{% call box() %}}one{{% endcall %}} {{% call box() %}}two{{% endcall %}}"
        )
    };
    refuses(&macros("", "{{ inside() }}"), "as in `{% set text = inside() %}`, and `vary=[text]`");
    refuses(&macros(", vary=[inside]", "{{ inside() }}"), "a fragment cannot vary on a macro");
}

#[test]
fn a_block_that_is_handed_to_a_macro_can_be_named_by_its_text() {
    let (mut env, _) = env("around");
    let source = r#"{% macro box() %}{% set inside = caller() %}
        {%- call cached("box", tag="around", vary=[inside]) %}[{{ inside }}]{% endcall %}
        {%- endmacro %}{% call box() %}one{% endcall %} {% call box() %}two{% endcall %}"#;
    env.add_template("a", source).expect("it parses");
    for _ in 0..2 {
        assert_eq!(render(&env, "a", context! {}), "[one] [two]");
    }
}

#[test]
fn a_macro_with_a_block_inside_of_a_fragment_is_told_by_the_text_of_the_template() {
    let (mut env, fragments) = env("around");
    let source = r#"{% macro bold() %}<b>{{ caller() }}</b>{% endmacro %}
        {%- call cached("x", tag="around") %}{% call bold() %}hi{% endcall %}{% endcall %}"#;
    env.add_template("a", source).expect("it parses");
    assert_eq!(render(&env, "a", context! {}), "<b>hi</b>");
    assert_eq!(render(&env, "a", context! {}), "<b>hi</b>");
    assert_eq!(fragments.stats().hits, 1);
}

#[test]
fn a_macro_whose_text_stands_elsewhere_is_refused() {
    let refuses = |templates: &[(&'static str, &'static str)], text: &str| {
        let (mut env, fragments) = env("around");
        for (name, source) in templates {
            env.add_template(name, source).expect("it parses");
        }
        let error = env.get_template("a").and_then(|a| a.render(())).expect_err("it is refused");
        let causes =
            std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        let messages: String = causes.map(ToString::to_string).collect();
        assert!(messages.contains(text), "{messages}");
        assert_eq!(fragments.stats().entries, 0);
    };
    let base = r#"{% call cached("x", tag="around") %}{{ nav() }}{% endcall %}"#;
    let child = "{% macro nav() %}child{% endmacro %}{% extends 'base' %}";
    refuses(&[("base", base), ("a", child)], "uses `nav`, whose text stands elsewhere");
    let base = r#"{% call cached("x", tag="around") %}{{ nav.of() }}{% endcall %}"#;
    let child = "{% import 'navs' as nav %}{% extends 'base' %}";
    let navs = "{% macro of() %}child{% endmacro %}";
    refuses(&[("base", base), ("a", child), ("navs", navs)], "uses `nav`, whose text");
    let chosen = r#"{% macro one() %}{% endmacro %}{% for m in [one] %}
        {%- call cached("x", tag="around") %}{{ m() }}{% endcall %}{% endfor %}"#;
    refuses(&[("a", chosen)], "uses `m`, whose text");
    let macros = "{% macro main() %}{{ self.main() }}{% endmacro %}";
    let page = r#"{% from "macros" import main %}{% block main %}{% endblock %}
        {%- call cached("x", tag="around") %}{{ main() }}{% endcall %}"#;
    refuses(&[("a", page), ("macros", macros)], "uses a block by `self`");
}

#[test]
fn macros_that_a_template_defines_or_imports_are_told_by_their_text() {
    let (mut env, fragments) = env("around");
    env.add_template("macros", "{% macro one() %}1{% endmacro %}{% macro two() %}2{% endmacro %}")
        .expect("it parses");
    let source = r#"{% import "macros" as all %}{% from "macros" import one, two as deux %}
        {%- macro three(all) %}{{ all }}{% endmacro -%}
        {% call cached("x", tag="around") %}{{ one() }}{{ deux() }}{{ three(3) }}{{ all.one() }}
        {%- endcall %}"#;
    env.add_template("a", source).expect("it parses");
    for _ in 0..2 {
        assert_eq!(render(&env, "a", context! {}), "1231");
    }
    assert_eq!(fragments.stats().hits, 1);
}

#[test]
fn a_loop_around_a_block_is_named_or_refused() {
    let around = |words: &str, body: &str| {
        format!(
            "{{% for item in items %}}{{% set outer = loop %}}\
             {{% call cached(\"x\", tag=\"around\"{words}) %}}{body}{{% endcall %}}{{% endfor %}}"
        )
    };
    refuses(&around("", "{{ loop.index }}"), "write `vary=[loop.index]`");
    refuses(&around("", "{% for a in loop.index %}{% endfor %}"), "write `vary=[loop.index]`");
    refuses(&around("", "{{ outer.index }}"), "write `vary=[outer.index]`");
    let (mut env, _) = env("around");
    for (name, source) in [
        ("index", around(", vary=[loop.index]", "{{ loop.index }}")),
        ("whole", around(", vary=[loop]", "{{ loop.index }}")),
        ("outer", around(", vary=[outer.index]", "{{ outer.index }}")),
        ("keyed", around("", "{{ 7 }}").replace("tag=", "movie=loop.index, tag=")),
        ("inner", around("", "{% for a in [7, 8] if a %}{{ loop.index }}{% endfor %}{{ a.loop }}")),
    ] {
        env.add_template_owned(name, source).expect("it parses");
    }
    for _ in 0..2 {
        for name in ["index", "whole", "outer"] {
            assert_eq!(render(&env, name, context! { items => ["a", "b"] }), "12", "{name}");
        }
        assert_eq!(render(&env, "keyed", context! { items => ["a", "b"] }), "77");
        assert_eq!(render(&env, "inner", context! { items => ["a", "b"], a => 1 }), "1212");
    }
}

#[test]
fn two_blocks_that_cannot_be_told_apart_are_refused() {
    let two = format!("{}{}", block("one"), block("two"));
    refuses(&two, "stands twice in its template, with two texts");
    let (mut env, _) = env("around");
    let same = format!("{}{}", block("one"), block("one"));
    env.add_template_owned("same", same).expect("it parses");
    let differ = r#"{% call cached("y", movie=1) %}one{% endcall %}{% call cached("y", movie=2) %}two{% endcall %}"#;
    env.add_template("differ", differ).expect("it parses");
    for _ in 0..2 {
        assert_eq!(render(&env, "same", context! {}), "oneone");
        assert_eq!(render(&env, "differ", context! {}), "onetwo");
    }
}

#[test]
fn blocks_are_found_in_whatever_syntax() {
    let (mut env, _) = env("around");
    let syntax = SyntaxConfig::builder()
        .block_delimiters("<%", "%>")
        .variable_delimiters("${", "}")
        .comment_delimiters("<!--", "-->")
        .line_statement_prefix("#")
        .line_comment_prefix("##")
        .build();
    env.set_syntax(syntax.expect("a syntax"));
    let refused = [
        "<% for item in items %><% call cached('x', tag='t') %>${ loop.index }<% endcall %><% endfor %>",
        "# for item in items\n# call cached('x', tag='t')\n${ loop.index }\n# endcall\n# endfor",
    ];
    let taken = [
        "<% call cached('x', tag='t') %><!-- ${ loop } --><% raw %>${ loop }<% endraw %><% endcall %>",
        "# call cached('x', tag='t')\n## ${ loop }\n${ '${ loop }' }\n# endcall",
        "<% call cached('x', tag='t') %>${ {'loop': 1}.loop }{{ loop }}<% endcall %>",
    ];
    for source in refused {
        env.add_template_owned("a", source.to_owned()).expect("it parses");
        let error = env.get_template("a").and_then(|a| a.render(context! { items => [1] }));
        let error = error.expect_err("it is refused");
        assert!(error.to_string().contains("uses `loop`"), "{error}");
    }
    for source in taken {
        env.add_template_owned("a", source.to_owned()).expect("it parses");
        let first = render(&env, "a", context! {});
        assert_eq!(render(&env, "a", context! {}), first);
    }
}

#[test]
fn a_fragment_whose_name_is_put_together_is_looked_at_too() {
    refuses(
        r#"{% for i in items %}{% call cached("x" ~ i, tag="t") %}{{ loop.last }}{% endcall %}{% endfor %}"#,
        "the fragment `x1` uses `loop`",
    );
}

#[test]
fn a_function_of_another_name_is_looked_at_too() {
    let fragments = fragments("kept").group::<Movie>("movie").build();
    let mut env = Environment::new();
    fragments.install_as(&mut env, "kept");
    let source =
        "{% for i in items %}{% call kept('x', tag='t') %}{{ loop.last }}{% endcall %}{% endfor %}";
    env.add_template("a", source).expect("it parses");
    let error = env.get_template("a").and_then(|a| a.render(context! { items => [1] }));
    assert!(error.expect_err("it is refused").to_string().contains("uses `loop`"));
}

#[test]
fn a_call_that_is_not_found_in_the_text_is_rendered_each_time() {
    let (mut env, fragments) = env("around");
    let source = r#"{% set c = cached %}{% call c("x", tag="around") %}{{ n }}{% endcall %}"#;
    env.add_template("a", source).expect("it parses");
    assert_eq!(render(&env, "a", context! { n => 1 }), "1");
    assert_eq!(render(&env, "a", context! { n => 2 }), "2");
    assert_eq!(fragments.stats().entries, 0);
}
