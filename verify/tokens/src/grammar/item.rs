//! Functions, blocks of methods, models and groups.

use super::expression::{expression, ty};
use super::{maybe, one, several};
use rand::RngExt as _;
use rand::rngs::StdRng;

const VISIBILITIES: [&str; 4] = ["pub", "pub(crate)", "pub(super)", "pub(in crate::shop)"];
const ATTRIBUTES: [&str; 6] = [
    "#[must_use]",
    "#[doc = \" Docs.\"]",
    "#[cfg(all())]",
    "#[inline(never)]",
    "#[a::b = 1]",
    "#[c { d }]",
];
const PARAMETERS: [&str; 8] =
    ["pk", "author", "db", "title", "r#type", "value", "key", "mut count"];

/// A function, and the names that its parameters bind.
pub(super) fn function(rng: &mut StdRng) -> (String, Vec<&'static str>) {
    let receiver = maybe(rng, 0.3, &RECEIVERS);
    let parameters: Vec<&str> = PARAMETERS.into_iter().filter(|_| rng.random_bool(0.25)).collect();
    let mut names: Vec<&str> =
        parameters.iter().map(|name| name.trim_start_matches("mut ")).collect();
    if receiver.is_empty() {
        names.extend(["x", "y"].iter().filter(|_| rng.random_bool(0.1)));
    } else {
        names.push("self");
    }
    let text = signature(rng, &receiver, &parameters);
    let body = body(rng, &names);
    let attributes = maybe(rng, 0.2, &ATTRIBUTES);
    let visibility = maybe(rng, 0.2, &VISIBILITIES);
    (format!("{attributes} {visibility} {text} {{ {body} }}"), names)
}

const RECEIVERS: [&str; 16] = [
    "&self",
    "&mut self",
    "self",
    "mut self",
    "&'a self",
    "&'a mut self",
    "self: &Self",
    "self: &mut Self",
    "self: Box<Self>",
    "mut self: Arc<Self>",
    "self: &'a mut Self",
    "self: Pin<&mut Self>",
    "mut self: std::pin::Pin<&mut Book>",
    "self: &mut Rc<Book>",
    "self: Row",
    "self: <Self as Deref>::Target",
];

fn signature(rng: &mut StdRng, receiver: &str, parameters: &[&str]) -> String {
    let qualifiers = ["async", "const", "unsafe", "extern \"C\"", "async unsafe", "extern"];
    let qualifiers = maybe(rng, 0.3, &qualifiers);
    let name = one(rng, &["view", "r#match", "books_of", "f", "İx"]);
    let generics = ["<T>", "<'a>", "<'a, T: Clone + 'a, const N: usize>", "<T = u64>", "<>"];
    let generics = maybe(rng, 0.3, &generics);
    let mut inputs: Vec<String> = Vec::new();
    if !receiver.is_empty() {
        inputs.push(receiver.to_owned());
    }
    for name in parameters {
        inputs.push(format!("{} {name}: {}", maybe(rng, 0.05, &ATTRIBUTES), ty(rng, 2)));
    }
    if rng.random_bool(0.15) {
        let patterns = [
            "(x, y)",
            "Page { x, .. }",
            "&x",
            "[x, rest @ ..]",
            "_",
            "ref x",
            "x @ Page { .. }",
            "1..=2",
        ];
        inputs.push(format!("{}: {}", one(rng, &patterns), ty(rng, 1)));
    }
    let output = if rng.random_bool(0.7) { format!("-> {}", ty(rng, 3)) } else { String::new() };
    let bounds =
        ["where T: Clone + Send + 'static", "where Self: Sized, for<'x> T: Fn(&'x u8)", "where"];
    let bounds = maybe(rng, 0.15, &bounds);
    format!("{qualifiers} fn {name}{generics}({}) {output} {bounds}", inputs.join(", "))
}

fn body(rng: &mut StdRng, names: &[&str]) -> String {
    let inner = maybe(rng, 0.1, &["#![allow(unused)]", "#![a] #![b]"]);
    let count = rng.random_range(0..3);
    let statements: Vec<String> = (0..count)
        .map(|_| match rng.random_range(0..5) {
            0 => format!("let x = {};", expression(rng, names, 2)),
            1 => one(
                rng,
                &["struct Local;", "fn inner() {}", "return;", ";", "todo!{ x }", "let y;"],
            ),
            2 => format!("let Some(x) = {} else {{ return; }};", expression(rng, names, 1)),
            _ => format!("{};", expression(rng, names, 2)),
        })
        .collect();
    let last = if rng.random_bool(0.7) { expression(rng, names, 2) } else { String::new() };
    format!("{inner} {} {last}", statements.join(" "))
}

/// An `impl` block.
pub(super) fn block(rng: &mut StdRng) -> String {
    let head = one(
        rng,
        &[
            "impl Book",
            "unsafe impl Trait for Book",
            "impl<'a, T> Shelf<'a, T> where T: Clone",
            "impl !A for B",
        ],
    );
    let count = rng.random_range(0..4);
    let items: Vec<String> = (0..count)
        .map(|_| match rng.random_range(0..6) {
            0 => one(
                rng,
                &["const A: u64 = 1;", "type B = u64;", "more! { x }", "fn declared(&mut self);"],
            ),
            1 => format!("#[invalidates(\"a\")] {}", function(rng).0),
            _ => function(rng).0,
        })
        .collect();
    format!("{head} {{ {} }}", items.join(" "))
}

/// A struct with marks, or, rarely, another type.
pub(super) fn model(rng: &mut StdRng) -> String {
    if rng.random_bool(0.05) {
        let others = [
            "enum Book { A, B }",
            "union Book { a: u64 }",
            "struct Book(u64);",
            "struct Book;",
            "struct Book {}",
        ];
        return one(rng, &others);
    }
    let attributes = several(rng, 2, |rng| format!("#[group({})]", several(rng, 3, on_item)));
    let attributes = attributes.replace(", #", " #");
    let visibility = maybe(rng, 0.3, &VISIBILITIES);
    let foreign = maybe(
        rng,
        0.2,
        &["#[sea_orm(table_name = \"book\")]", "#[sea_orm]", "#[sqlx(rename_all = \"UPPERCASE\")]"],
    );
    let name = one(rng, &["Book", "HTTPPage", "r#Type", "İx", "__", "ModelEx"]);
    let generics = maybe(rng, 0.05, &["<T>", "<'a>", "<const N: usize>"]);
    let names = ["id", "author", "status", "r#type", "year", "title", "r#gen", "_"];
    let fields: Vec<&str> = names.into_iter().filter(|_| rng.random_bool(0.5)).collect();
    let fields: Vec<String> = fields
        .into_iter()
        .map(|name| {
            let marks = if rng.random_bool(0.5) {
                let others = [
                    "#[sea_orm(primary_key)]",
                    "#[sea_orm(a b, = c)]",
                    "#[sqlx(default, flatten)]",
                    "#[sqlx(json(nullable), rename = \"a\")]",
                    "#[diesel(column_name = r#type)]",
                ];
                let other = maybe(rng, 0.2, &others);
                format!("{other} #[group({})]", several(rng, 2, on_field))
            } else {
                String::new()
            };
            format!("{marks} {} {name}: {}", maybe(rng, 0.2, &VISIBILITIES), ty(rng, 2))
        })
        .collect();
    format!(
        "{attributes} {foreign} {visibility} struct {name}{generics} {{ {} }}",
        fields.join(", ")
    )
}

fn on_item(rng: &mut StdRng) -> String {
    match rng.random_range(0..6) {
        0..3 => {
            let fields = ["author", "status", "r#type", "year", "title", "id", "nothing"];
            format!("index({})", several(rng, 4, |rng| one(rng, &fields)))
        }
        3 => one(rng, &["name = \"shop.book\"", "table = \"book\"", "name = 1", "name"]),
        4 => one(rng, &["no_helpers", "key", "index", "nme = \"a\""]),
        _ => one(rng, &["crate = crate::vendor", "crate = ::gcache", "crate", "crate = \"a\""]),
    }
}

fn on_field(rng: &mut StdRng) -> String {
    let marks =
        ["key", "index", "index", "index(author)", "name = \"a\"", "indx", "key = 1", "a::b"];
    if rng.random_bool(0.1) { one(rng, &["column = \"a\"", "column"]) } else { one(rng, &marks) }
}

/// `group!(…)`
pub(super) fn declaration(rng: &mut StdRng) -> String {
    let attributes = maybe(rng, 0.2, &ATTRIBUTES);
    let visibility = maybe(rng, 0.4, &VISIBILITIES);
    let name = one(rng, &["Feed", "HTTPPage", "r#Type", "İx", "__", "ß", "fn"]);
    let key = match rng.random_range(0..5) {
        0 | 1 => format!(": {}", ty(rng, 3)),
        2 | 3 => {
            let fields = several(rng, 3, |rng| {
                let column = maybe(rng, 0.2, &[", column = \"x\"", ", column = x"]);
                format!("{}: {}{column}", one(rng, &["id", "a", "r#fn"]), ty(rng, 2))
            });
            let indexes = maybe(
                rng,
                0.7,
                &[", index(a)", ", index(b: u8), index(b, a)", ", index()", ", index(b: u8, c)"],
            );
            format!("({fields}){indexes}")
        }
        _ => String::new(),
    };
    let end = maybe(
        rng,
        0.4,
        &[",", ", table = \"a.b\"", ", crate = ::gcache", ", crate = a::b,", ", crate", "x", ":"],
    );
    format!("{attributes} {visibility} {name}{key}{end}")
}
