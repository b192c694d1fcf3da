//! What stands in the parentheses of the attributes and of the macros.

use super::expression::expression;
use super::{fragment, one, several};
use rand::RngExt as _;
use rand::rngs::StdRng;

const FIELDS: [&str; 6] = ["author", "status", "id", "r#type", "pk", "crate"];
const CRATES: [&str; 5] =
    ["crate", "::gcache", "crate::vendor::cache", "cachelib", "super::gcache"];

/// `#[cache_against(…)]`
pub(super) fn cache_against(rng: &mut StdRng, names: &[&str]) -> String {
    let items = several(rng, 4, |rng| option(rng, names));
    joined(rng, names, &items)
}

/// `#[invalidates(…)]`
pub(super) fn invalidates(rng: &mut StdRng, names: &[&str]) -> String {
    if rng.random_bool(0.4) {
        return String::new();
    }
    let items = several(rng, 2, |rng| match rng.random_range(0..4) {
        0 | 1 => "result".to_owned(),
        2 => format!("key = {}", expression(rng, names, 2)),
        _ => format!("crate = {}", one(rng, &CRATES)),
    });
    joined(rng, names, &items)
}

/// `invalidate!(…)` and `depends_on!(…)`
pub(super) fn list(rng: &mut StdRng, names: &[&str]) -> String {
    let krate = if rng.random_bool(0.3) { one(rng, &CRATES) } else { String::new() };
    let items = if krate.is_empty() { krate } else { format!("crate = {krate}") };
    joined(rng, names, &items)
}

/// Groups, and the other items before or behind them.
fn joined(rng: &mut StdRng, names: &[&str], items: &str) -> String {
    let groups = several(rng, 3, |rng| group(rng, names));
    let (first, second) = if rng.random_bool(0.3) { (items, &*groups) } else { (&*groups, items) };
    let comma = if first.is_empty() || second.is_empty() { "" } else { ", " };
    let end = one(rng, &["", "", "", ",", ",,"]);
    format!("{first}{comma}{second}{end}")
}

fn group(rng: &mut StdRng, names: &[&str]) -> String {
    let path = one(
        rng,
        &["Book", "Feed", "Self", "crate::Book", "self::shop::Book", "::a::B", "Tag", "r#Type"],
    );
    let path = fragment(rng, path);
    let text = match rng.random_range(0..8) {
        0 => "\"movies\"".to_owned(),
        1 | 2 => path,
        3 | 4 => format!("{path}({})", expression(rng, names, 2)),
        5 => format!("{path}({})", several(rng, 3, |rng| expression(rng, names, 1))),
        _ => {
            let field =
                |rng: &mut StdRng| format!("{} = {}", one(rng, &FIELDS), expression(rng, names, 1));
            format!("{path}({})", several(rng, 3, field))
        }
    };
    fragment(rng, text)
}

fn option(rng: &mut StdRng, names: &[&str]) -> String {
    match rng.random_range(0..18) {
        0..3 => format!("skip({})", several(rng, 3, |rng| one(rng, names))),
        3..5 => format!("by({})", several(rng, 3, |rng| expression(rng, names, 2))),
        5 => "results".to_owned(),
        6 => format!("{} = {}", one(rng, &["ttl", "idle", "patience"]), time(rng)),
        7 => format!(
            "{} = {}",
            one(rng, &["ttl", "idle", "patience"]),
            expression(rng, &["LONG"], 2)
        ),
        8 => format!("capacity = {}", size(rng)),
        9 => {
            format!("max_weight = {}, weigh = {}", size(rng), expression(rng, &["String::len"], 2))
        }
        10 => format!("cache_if = {}", expression(rng, &["is_worth_it", "Vec::is_empty"], 2)),
        11 => "cache_err".to_owned(),
        12 => format!("bypass = {}", expression(rng, names, 2)),
        13 => format!("name = {}", one(rng, &["\"name\"", "\"\"", "r\"raw\"", "concat!(\"a\")"])),
        14 => format!("crate = {}", one(rng, &CRATES)),
        15 => format!("key = {}", expression(rng, names, 2)),
        16 => format!("{} = 1", one(rng, &["tll", "capcity", "unknown", "Book", "r#ttl"])),
        _ => one(rng, &["skip", "ttl", "by", "key", "results = 1", "cache_err(x)", "capacity(1)"]),
    }
}

fn time(rng: &mut StdRng) -> String {
    let texts = [
        "\"90s\"",
        "\"1h 30m\"",
        "\"0s\"",
        "\"soon\"",
        "\"\"",
        "90",
        "1.5",
        "\"1ns\"",
        "true",
        "\"off\"",
        "off",
    ];
    let text = one(rng, &texts);
    fragment(rng, text)
}

fn size(rng: &mut StdRng) -> String {
    let sizes = ["0", "1", "10_000", "0x10", "7u8", "-1", "1.5", "\"7\"", "MANY", "1kg"];
    let text = one(rng, &sizes);
    fragment(rng, text)
}
