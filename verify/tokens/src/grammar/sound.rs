//! Inputs that keep every rule of the macros, which so must expand.

use super::{maybe, one};
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};

const PARAMETERS: [&str; 8] = [
    "pk: u64",
    "author: &str",
    "mut title: String",
    "r#type: Option<Vec<u8>>",
    "value: T",
    "miss: (u8, u8)",
    "tags: &'a [String]",
    "key: crate::Key",
];

/// The last as `macro_rules!` hands on a `$body:block`.
const BODIES: [&str; 5] = [
    "{}",
    "{ todo!() }",
    "{ #![allow(x)] let x = db; x?; return 7; }",
    "{ loop { pk.await } }",
    "invisible!{ { pk } }",
];

/// A cached function: the attribute, and the item.
pub(super) fn cached(rng: &mut StdRng) -> (String, String) {
    let receiver = maybe(rng, 0.3, &["&self", "self", "&mut self", "self: Arc<Self>"]);
    let by = rng.random_bool(0.3);
    let parameters: Vec<&str> = PARAMETERS.into_iter().filter(|_| rng.random_bool(0.3)).collect();
    let names: Vec<&str> = parameters.iter().map(|parameter| name(parameter)).collect();
    // What `by` leaves out, no group may use.
    let kept: Vec<&str> = names.iter().copied().filter(|_| !by || rng.random_bool(0.7)).collect();
    let mut skipped = vec!["db"];
    let mut items: Vec<String> = Vec::new();
    if by && receiver != "&mut self" {
        let own: &[&str] = if receiver.is_empty() { &[] } else { &["self.id"] };
        items.push(format!("by({})", [own, &kept].concat().join(", ")));
    } else if by {
        skipped.push("self");
        items.push(format!("by({})", kept.join(", ")));
    } else if !receiver.is_empty() {
        skipped.push("self");
    }
    items.push(format!("skip({})", skipped.join(", ")));
    items.extend((0..rng.random_range(1..4)).map(|_| group(rng, &kept)));
    if rng.random_bool(0.2) {
        items.push(format!("Book, key = {}", value(rng, &kept)));
    }
    items.extend(options(rng));
    items.shuffle(rng);
    let pieces = [receiver.as_str(), "db: &mut Db"].into_iter().filter(|piece| !piece.is_empty());
    let inputs: Vec<&str> = pieces.chain(parameters).collect();
    let item = format!(
        "{} {} fn view<'a, T: Key>({}) {} {}",
        maybe(rng, 0.3, &["#[must_use]", "#[doc = \" Docs.\"] pub", "pub(crate)"]),
        maybe(rng, 0.4, &["async", "unsafe"]),
        inputs.join(", "),
        maybe(
            rng,
            0.8,
            &["-> u64", "-> Result<T, E>", "-> Vec<&'static str>", "-> fn(&str) -> &str"]
        ),
        one(rng, &BODIES),
    );
    (items.join(", "), item)
}

fn name(parameter: &str) -> &str {
    let end = parameter.find(':').unwrap_or(parameter.len());
    parameter[..end].trim_start_matches("mut ")
}

fn group(rng: &mut StdRng, names: &[&str]) -> String {
    let path = one(rng, &["Book", "crate::Book", "Self", "Tag", "invisible!{ shop::Book }"]);
    let value = value(rng, names);
    match rng.random_range(0..5) {
        0 => path,
        1 => "\"movies\"".to_owned(),
        2 => format!("{path}({value}, {})", self::value(rng, names)),
        3 => format!("{path}(author = {value}, r#type = {})", self::value(rng, names)),
        _ => format!("{path}({value})"),
    }
}

/// An expression over `names`.
fn value(rng: &mut StdRng, names: &[&str]) -> String {
    let name = names.choose(rng).copied().unwrap_or("7");
    match rng.random_range(0..8) {
        0 => format!("&{name}"),
        1 => format!("{name}.clone()"),
        2 => format!("{{ let db = {name}; db }}"),
        3 => format!("match {name} {{ db => db + 1 }}"),
        4 => format!("invisible!{{ {name} }}"),
        5 if name != "7" => format!("format!(\"{{{}}}\")", name.trim_start_matches("r#")),
        6 => format!("[{name}].iter().map(|db| *db).max()"),
        _ => name.to_owned(),
    }
}

fn options(rng: &mut StdRng) -> Vec<String> {
    let bounds = [
        "capacity = 10_000",
        "capacity = MANY * 2",
        "max_weight = 0x10, weigh = String::len",
        "weigh = |page| page.len(), max_weight = invisible!{ 7 }",
    ];
    let choices = [
        maybe(rng, 0.2, &["results"]),
        maybe(rng, 0.2, &["ttl = \"1h 30m\"", "ttl = LONG", "ttl = invisible!{ \"90s\" }"]),
        maybe(rng, 0.2, &["idle = \"2days\"", "idle = Duration::from_secs(1)"]),
        maybe(rng, 0.2, &["patience = \"2s\"", "patience = \"off\"", "patience = LONG"]),
        maybe(rng, 0.3, &bounds),
        maybe(rng, 0.2, &["cache_if = Vec::is_empty", "cache_if = |page: &u64| *page > 1"]),
        maybe(rng, 0.2, &["cache_err"]),
        maybe(rng, 0.2, &["bypass = db.is_empty()", "bypass = true"]),
        maybe(rng, 0.2, &["name = \"name\"", "name = invisible!{ \"n\" }"]),
        maybe(rng, 0.2, &["crate = crate::vendor::gcache", "crate = ::cachelib"]),
    ];
    choices.into_iter().filter(|option| !option.is_empty()).collect()
}

/// A mutation: the attribute, and the item.
pub(super) fn mutation(rng: &mut StdRng) -> (String, String) {
    let body = one(rng, &["", "todo!()", "self.a = b; Ok(c?)", "if a { return b; } c"]);
    let output = maybe(rng, 0.5, &["-> u64", "-> Result<Book, E>", "-> (Vec<Book>, &'static str)"]);
    let method = |receiver: &str| format!("fn f<T>({receiver}, pk: u64) {output} {{ {body} }}");
    let receiver = one(rng, &["&mut self", "self", "&self", "&'a mut self"]);
    match rng.random_range(0..4) {
        0 => {
            (String::new(), format!("impl Book {{ {} {} }}", method("&mut self"), method("&self")))
        }
        1 => (String::new(), format!("pub async {}", method(&receiver))),
        2 => {
            let attribute = format!("{}, \"tag\"", group(rng, &["pk"]));
            (attribute, format!("async fn f(pk: u64) {output} {{ {body} }}"))
        }
        _ => ("result, Book(pk)".to_owned(), format!("fn f(pk: &u64) -> Vec<Book> {{ {body} }}")),
    }
}

/// A model.
pub(super) fn model(rng: &mut StdRng) -> String {
    let on_item =
        maybe(rng, 0.3, &["#[group(index(author, r#type), index(r#type, year, author))]"]);
    let name = maybe(rng, 0.3, &["#[group(name = \"a.b\")]", "#[group(no_helpers, crate = a::b)]"]);
    let marks = [
        "#[group(index)]",
        "#[group(index, key)]",
        "#[group(key)]",
        "#[sea_orm(primary_key, x = 1)]",
    ];
    let [id, author, kind, year] = [(); 4].map(|()| maybe(rng, 0.4, &marks));
    let ident = one(rng, &["Book", "HTTPPage", "r#Type"]);
    format!(
        "{on_item} {name} pub struct {ident} {{ {id} id: u64, {author} author: Vec<u8>, \
         {kind} pub r#type: invisible!{{ Option<u8> }}, {year} year: &'static str, title: T }}"
    )
}

/// A struct whose fields name groups.
pub(super) fn depending(rng: &mut StdRng) -> String {
    let groups = [
        "Book(pk)",
        "Book?(editor.id)",
        "a::Line(pk, author)",
        "Book(author = pk)",
        "Rates",
        "\"tag\"",
    ];
    let [one, other] = [(); 2].map(|()| one(rng, &groups));
    let krate = maybe(rng, 0.3, &[",", ", crate = a::b"]);
    let generics = maybe(rng, 0.3, &["<'a, T: Clone>", "<const N: usize>"]);
    format!(
        "#[depends({one}, {other}{krate})] pub struct Found{generics} {{ pk: u64, pub author: Vec<u8>, editor: Editor }}"
    )
}

/// A group.
pub(super) fn declaration(rng: &mut StdRng) -> String {
    if rng.random_bool(0.4) {
        let indexes = [
            ", index(author: Vec<u8>)",
            ", index(id), index(author: u8, id)",
            ", index(r#type: T,)",
        ];
        return format!(
            "{} {}({}){}{}",
            maybe(rng, 0.5, &["#[cfg(unix)] pub", "pub(crate)", "pub(in a::b)"]),
            one(rng, &["Feed", "HTTPPage", "r#Type"]),
            one(rng, &["id: u64", "id: &'static str, year: invisible!{ T }", "id: (u8, String),"]),
            maybe(rng, 0.7, &indexes),
            maybe(rng, 0.5, &[",", ", name = \"a.b\", crate = a::b", ", local", ", secret,"]),
        );
    }
    format!(
        "{} {} {}{}{}",
        maybe(rng, 0.2, &["#[derive(Clone)]", "#[doc = \" Docs.\"]"]),
        maybe(rng, 0.5, &["pub", "pub(crate)", "pub(in a::b)"]),
        one(rng, &["Feed", "HTTPPage", "r#Type"]),
        maybe(rng, 0.6, &[": u64", ": Vec<(u8, String)>", ": &'static str", ": invisible!{ T }"]),
        maybe(rng, 0.5, &[",", ", crate = ::gcache", ", crate = a::b,"]),
    )
}

/// A list of groups.
pub(super) fn list(rng: &mut StdRng) -> String {
    let names = ["pk", "self.id"];
    let groups: Vec<String> = (0..rng.random_range(1..4)).map(|_| group(rng, &names)).collect();
    format!("{}{}", groups.join(", "), maybe(rng, 0.3, &[",", ", crate = a::b"]))
}
