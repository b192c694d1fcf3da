//! A literal tag with a placeholder would be one tag for all calls.

use gcache::{cache_against, depends_on, invalidate, invalidates};

#[cache_against("product {id}")]
fn page(id: u64) -> String {
    depends_on!("prices {id:>5}");
    format!("product {id}")
}

#[invalidates("product {id}")]
fn rename(id: u64) {
    invalidate!("front page", "prices {id}");
}

#[cache_against("{}", "a { b }", "{1}", Tag("{id}"))]
fn braces(id: u64) -> u64 {
    id
}

fn main() {
    page(7);
    rename(7);
    braces(7);
}
