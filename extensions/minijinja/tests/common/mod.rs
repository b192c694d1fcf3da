//! Environments with fragments, for several test files.

use gcache::group;
use gcache_minijinja::{Fragments, fragments};
use minijinja::Environment;
use minijinja::value::Value;

group!(pub(crate) Movie: i64);

/// An environment with fragments that go by `name` in statistics.
pub(crate) fn env(name: &str) -> (Environment<'static>, Fragments) {
    let fragments = fragments(name).group::<Movie>("movie").build();
    let mut env = Environment::new();
    fragments.install(&mut env);
    (env, fragments)
}

pub(crate) fn render(env: &Environment<'_>, name: &str, context: Value) -> String {
    let template = env.get_template(name).expect("a template");
    template.render(context).unwrap_or_else(|error| panic!("{error:#}"))
}
