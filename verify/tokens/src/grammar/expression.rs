//! Expressions and types.

use super::{fragment, one, several};
use rand::RngExt as _;
use rand::rngs::StdRng;

/// An expression that may use `names`.
pub(super) fn expression(rng: &mut StdRng, names: &[&str], depth: usize) -> String {
    let text = if depth == 0 || rng.random_bool(0.4) {
        simple(rng, names)
    } else {
        compound(rng, names, depth - 1)
    };
    fragment(rng, text)
}

fn simple(rng: &mut StdRng, names: &[&str]) -> String {
    const OTHERS: [&str; 14] = [
        "7",
        "10_000u64",
        "\"text\"",
        "true",
        "()",
        "'c'",
        "1.5",
        "None",
        "self",
        "self.id",
        "MANY",
        "crate::LONG",
        "usize::MAX",
        "b\"bytes\"",
    ];
    if names.is_empty() || rng.random_bool(0.3) { one(rng, &OTHERS) } else { one(rng, names) }
}

fn compound(rng: &mut StdRng, names: &[&str], depth: usize) -> String {
    let a = expression(rng, names, depth);
    let b = expression(rng, names, depth);
    let name = simple(rng, names);
    match rng.random_range(0..30) {
        0 => format!("&{a}"),
        1 => format!("*{a}"),
        2 => format!("&mut {a}"),
        3 => format!("-{a}"),
        4 => format!("({a})"),
        5 => format!("({a}, {b})"),
        6 => format!("[{a}, {b}]"),
        7 => format!("[{a}; 3]"),
        8 => format!("{a} + {b}"),
        9 => format!("{a} == {b}"),
        10 => format!("{a} as u64"),
        11 => format!("{name}.field.0"),
        12 => format!("{name}.method::<u64>({a})"),
        13 => format!("call({})", several(rng, 3, |rng| expression(rng, names, depth))),
        14 => format!("|{}| {a}", one(rng, &["", "x", "pk: u64", "(a, _)", "&db"])),
        15 => format!("move || {{ {a}; {b} }}"),
        16 => format!("{{ let {} = {a}; {b} }}", one(rng, &["x", "pk", "(db, x)", "Some(x)"])),
        17 => format!(
            "match {name} {{ {} => {a}, _ => {b} }}",
            one(rng, &["pk", "Some(db)", "1 | 2"])
        ),
        18 => format!("if {name} {{ {a} }} else {{ {b} }}"),
        19 => format!("if let Some(pk) = {name} && x {{ {a} }} else {{ {b} }}"),
        20 => format!(
            "format!(\"{{{}}} {{:>1$}}\", {a})",
            one(rng, &["pk", "db:?", "x:>pk$", "self"])
        ),
        21 => format!("Book {{ id: {a}, ..{name} }}"),
        22 => format!("{a}..{b}"),
        23 => format!("{a}?"),
        24 => format!("async move {{ {a}.await }}"),
        25 => format!("unsafe {{ {a} }}"),
        26 => format!("return {a}"),
        27 => format!("<{} as Trait>::of({a})", ty(rng, 1)),
        28 => format!("loop {{ break {a} }}"),
        _ => format!("{name} = {a}"),
    }
}

/// A type.
pub(super) fn ty(rng: &mut StdRng, depth: usize) -> String {
    let text = if depth == 0 || rng.random_bool(0.5) {
        const SIMPLE: [&str; 22] = [
            "u64",
            "String",
            "&str",
            "&'a str",
            "&'static str",
            "&mut Db",
            "&Db",
            "Arc<str>",
            "()",
            "!",
            "Self",
            "T",
            "f64",
            "_",
            "crate::Book",
            "::std::string::String",
            "impl Clone",
            "dyn Any",
            "Cow<'_, str>",
            "fn(&str) -> &str",
            "Box<dyn Fn(&str) -> u8>",
            "impl for<'x> Fn(&'x u8)",
        ];
        one(rng, &SIMPLE)
    } else {
        let (a, b) = (ty(rng, depth - 1), ty(rng, depth - 1));
        match rng.random_range(0..14) {
            0 => format!("Option<{a}>"),
            1 => format!("Vec<{a}>"),
            2 => format!("Result<{a}, {b}>"),
            3 => format!("({a}, {b})"),
            4 => format!("({a},)"),
            5 => format!("({a})"),
            6 => format!("[{a}; 3]"),
            7 => format!("&[{a}]"),
            8 => format!("&'a {a}"),
            9 => format!("&mut {a}"),
            10 => format!("*const {a}"),
            11 => format!("<{a} as Trait<{b}>>::Out"),
            12 => format!("HashMap<{a}, {b}>"),
            _ => format!("for<'x> fn({a}, &'x {b}) -> {a}"),
        }
    };
    fragment(rng, text)
}
