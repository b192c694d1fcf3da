//! Random templates, each rendered beside a twin that caches nothing.
//!
//! A render either has the twin's text, or is refused. `GCACHE_SEED` takes a seed, and
//! `GCACHE_SECONDS` how long to go on; without them it is short, from a new seed that it prints.

use gcache::{group, invalidate};
use gcache_minijinja::fragments;
use minijinja::value::{Kwargs, Rest, Tuple, Value};
use minijinja::{Environment, Error, State, TemplateSource, UndefinedBehavior, context};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

group!(Row: u64);

/// Splitmix: a seed is all that a run depends on.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).expect("small")]
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What is written: templates by name, as files that change.
type Files = Arc<Mutex<BTreeMap<String, String>>>;

/// What a template may show at a place.
struct Scope {
    /// Variables, of which each that a block shows is named by its call.
    names: Vec<&'static str>,
    in_loop: bool,
    in_macro: bool,
    /// Whether it is the block that `self` calls, which may not call itself.
    in_main: bool,
    depth: usize,
}

/// Writes random templates.
struct Writer<'r> {
    random: &'r mut Random,
    /// The templates that may be included.
    parts: Vec<String>,
    fragments: usize,
}

impl Writer<'_> {
    fn body(&mut self, scope: &Scope) -> String {
        let mut text = String::new();
        for _ in 0..=self.random.below(3) {
            text += &self.piece(scope);
        }
        text
    }

    fn piece(&mut self, scope: &Scope) -> String {
        let name = self.random.one(&scope.names);
        let deep = scope.depth >= 3;
        match self.random.below(if deep { 8 } else { 16 }) {
            7 if scope.in_main && !scope.in_macro => "plain".into(),
            0 => self
                .random
                .one(&["a", "<b>", "c ", "{# d #}", "{% raw %}{{ e }}{% endraw %}"])
                .into(),
            1 | 2 => format!("{{{{ {name} }}}}"),
            3 => format!("{{{{ {name}|mark }}}}"),
            4 => format!("{{{{ [{name}, site] }}}}"),
            5 if scope.in_loop => "{{ loop.index }}".into(),
            5 => format!("{{% if {name} %}}yes{{% endif %}}"),
            6 if !self.parts.is_empty() => {
                let at =
                    usize::try_from(self.random.below(self.parts.len() as u64)).expect("small");
                format!("{{% include \"{}\" %}}", self.parts[at])
            }
            6 => "{{ nothing }}".into(),
            7 if scope.in_macro => "{{ inside() }}".into(),
            7 if !scope.in_main => self.random.one(&["{{ self.main() }}", "plain", "plain"]).into(),
            8 => {
                let body = self.body(&scope.with("item", true));
                format!("{{% for item in items %}}{body}{{% endfor %}}")
            }
            9 => {
                let body = self.body(&scope.deeper());
                format!("{{% autoescape {} %}}{body}{{% endautoescape %}}", self.random.chance(50))
            }
            10 if !scope.in_macro => {
                let mut inside = scope.deeper();
                (inside.in_macro, inside.in_loop) = (true, false);
                // A macro sees what the page was given, and nothing of a loop around it.
                inside.names.retain(|name| *name != "item");
                let (body, one, two) =
                    (self.body(&inside), self.body(&scope.leaf()), self.body(&scope.leaf()));
                let name = format!("m{}", self.fragments);
                self.fragments += 1;
                format!(
                    "{{% macro {name}() %}}{{% set inside = caller %}}{body}{{% endmacro %}}\
                     {{% call {name}() %}}{one}{{% endcall %}}{{% call {name}() %}}{two}{{% endcall %}}"
                )
            }
            _ => self.fragment(scope),
        }
    }

    /// A fragment that names all variables of its block.
    fn fragment(&mut self, scope: &Scope) -> String {
        self.fragments += 1;
        let name = if self.random.chance(90) { self.fragments } else { 0 };
        let mut vary = scope.names.join(", ");
        if scope.in_loop && self.random.chance(70) {
            vary += ", loop.index";
        }
        let group = self.random.one(&["row=1", "row=2", "row=[1, 2]", "\"rows\"", "tag=\"twin\""]);
        let body = self.body(&scope.deeper());
        format!("{{% call cached(\"f{name}\", {group}, vary=[{vary}]) %}}{body}{{% endcall %}}")
    }
}

impl Scope {
    fn with(&self, name: &'static str, in_loop: bool) -> Self {
        let mut names = self.names.clone();
        if !names.contains(&name) {
            names.push(name);
        }
        Self {
            names,
            in_loop,
            in_macro: self.in_macro,
            in_main: self.in_main,
            depth: self.depth + 1,
        }
    }

    fn deeper(&self) -> Self {
        self.with(self.names[0], self.in_loop)
    }

    /// Where nothing more is nested.
    fn leaf(&self) -> Self {
        Self { depth: 9, in_macro: false, ..self.deeper() }
    }
}

/// An environment, and the same without a cache.
struct Pair {
    cached: Environment<'static>,
    plain: Environment<'static>,
}

impl Pair {
    fn new(handle: &gcache_minijinja::Fragments, files: &Files, mark: &'static str) -> Self {
        let mut cached = environment(files, mark);
        handle.install(&mut cached);
        let mut plain = environment(files, mark);
        plain.add_function(
            "cached",
            |state: &mut State<'_, '_>, _: String, _: Rest<String>, words: Kwargs| {
                words.peek::<Value>("caller")?.call(state, &[])
            },
        );
        Self { cached, plain }
    }

    fn set_undefined(&mut self, behavior: UndefinedBehavior) {
        self.cached.set_undefined_behavior(behavior);
        self.plain.set_undefined_behavior(behavior);
    }
}

fn environment(files: &Files, mark: &'static str) -> Environment<'static> {
    let mut env = Environment::new();
    let files = Arc::clone(files);
    env.set_loader(move |name| {
        let Some(source) = files.lock().expect("a lock").get(name).cloned() else {
            return Ok(None);
        };
        let (files, name, loaded) = (Arc::clone(&files), name.to_owned(), source.clone());
        let is_same = move || files.lock().expect("a lock").get(&name) == Some(&loaded);
        Ok(Some(TemplateSource::new(source).with_uptodate_check(is_same)))
    });
    env.add_filter("mark", move |value: &Value| format!("{mark}{value}"));
    env.add_global("site", mark);
    env
}

/// The values that variables have: some look alike.
fn value(random: &mut Random) -> Value {
    match random.below(9) {
        0 => Value::from(1),
        1 => Value::from(1.0),
        2 => Value::from(true),
        3 => Value::from("<1>"),
        4 => Value::from_safe_string("<1>".to_owned()),
        5 => Value::from(vec![1, 2]),
        6 => Value::from(Tuple::from([1.into(), 2.into()])),
        7 => Value::UNDEFINED,
        _ => Value::from(()),
    }
}

/// The messages of what is refused, which stand in no error of the template engine.
fn is_refusal(error: &Error) -> bool {
    let causes =
        std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let text: String = causes.map(ToString::to_string).collect();
    [
        "uses a block by `self`",
        "uses `loop`",
        "uses `inside`, whose text",
        "stands twice in its template",
    ]
    .iter()
    .any(|message| text.contains(message))
}

/// What came of a run.
#[derive(Debug, Default)]
struct Seen {
    same: usize,
    refused: usize,
    failed: usize,
    hits: u64,
}

/// One set of templates, written and rendered and changed.
fn run(seed: u64, outcome: &mut Seen) {
    let mut random = Random(seed);
    let files = Files::default();
    let handle = fragments("twin").group::<Row>("row").whole::<Row>("rows").build();
    let mut pairs = [Pair::new(&handle, &files, "x"), Pair::new(&handle, &files, "y")];
    let pages = ["page.html", "page.txt", "base.html"];
    let write = |name: &str, random: &mut Random| {
        let parts: &[&str] = if name.starts_with("part") { &[] } else { &["part1", "part2"] };
        let parts = parts.iter().map(|part| (*part).to_owned()).collect();
        let mut writer = Writer { random, parts, fragments: 0 };
        let scope = Scope {
            names: vec!["a", "b", "items"],
            in_loop: false,
            in_macro: false,
            in_main: false,
            depth: 0,
        };
        let body = writer.body(&scope);
        let main = writer.body(&Scope { depth: 2, in_main: true, ..scope });
        let source = match name {
            "child1" | "child2" => {
                format!("{{% extends 'base.html' %}}{{% block main %}}{main}{{% endblock %}}")
            }
            _ => format!("{body}{{% block main %}}{main}{{% endblock %}}"),
        };
        files.lock().expect("a lock").insert(name.to_owned(), source.clone());
        source
    };
    for name in ["part1", "part2", "page.html", "page.txt", "base.html", "child1", "child2"] {
        write(name, &mut random);
    }
    for _ in 0..40 {
        let pair = random.one(&[0, 1]);
        match random.below(20) {
            0 => _ = invalidate!(Row(1)),
            1 => {
                let name = random.one(&["part1", "part2", "page.html", "base.html", "child1"]);
                write(name, &mut random);
            }
            2 => {
                let behaviors = [UndefinedBehavior::Lenient, UndefinedBehavior::Strict];
                pairs[pair].set_undefined(random.one(&behaviors));
            }
            _ => {}
        }
        let (a, b) = (value(&mut random), value(&mut random));
        let items: Vec<Value> = (0..random.below(3)).map(|_| value(&mut random)).collect();
        let context = context! { a, b, items };
        let text = random.chance(25).then(|| {
            let name = random.one(&["page.html", "<string>", "part1"]).to_owned();
            let source = files.lock().expect("a lock")[random.one(&pages)].clone();
            (name, source)
        });
        let name = random.one(&["page.html", "page.txt", "base.html", "child1", "child2"]);
        let render = |env: &Environment<'_>| match &text {
            Some((name, source)) => env.render_named_str(name, source, context.clone()),
            None => env.get_template(name)?.render(context.clone()),
        };
        let (got, right) = (render(&pairs[pair].cached), render(&pairs[pair].plain));
        match (got, right) {
            (Ok(got), Ok(right)) => {
                if got != right {
                    let mut all = String::new();
                    for (name, source) in &*files.lock().expect("a lock") {
                        writeln!(all, "--- {name}\n{source}").expect("a string");
                    }
                    panic!(
                        "seed {seed}: {name} {text:?} of {context} is\n{got}\nand not\n{right}\n{all}"
                    );
                }
                outcome.same += 1;
            }
            (Err(error), _) if is_refusal(&error) => outcome.refused += 1,
            (Err(_), Err(_)) => outcome.failed += 1,
            (got, right) => {
                let source = files.lock().expect("a lock")[name].clone();
                panic!(
                    "seed {seed}: {name} {text:?} of {context} is {got:?} and not {right:?}\n{source}"
                );
            }
        }
    }
    outcome.hits += handle.stats().hits;
}

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("`{name}` is a number, and not `{text}`")))
}

#[test]
fn random_templates_have_the_text_of_a_twin_without_a_cache() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let fixed = variable("GCACHE_SEED");
    let first = fixed.unwrap_or(u64::from(now.subsec_nanos()) << 20);
    let seconds = variable("GCACHE_SECONDS");
    println!("GCACHE_SEED={first}");
    let mut seen = Seen::default();
    let begun = Instant::now();
    let mut seeds = first..;
    match seconds {
        Some(seconds) => {
            while begun.elapsed() < Duration::from_secs(seconds) {
                run(seeds.next().expect("seeds enough"), &mut seen);
            }
        }
        None => {
            seeds.take(if fixed.is_some() { 1 } else { 100 }).for_each(|seed| run(seed, &mut seen));
        }
    }
    println!("{seen:?}");
    if fixed.is_none() {
        // A run that never answers from the cache, or that refuses all, shows nothing.
        assert!(seen.hits > 100 && seen.same > 10 * seen.refused / 9, "{seen:?}");
    }
}
