#!/usr/bin/env bash
# quick_cache 0.7.0, clru 0.6.3, lru-mem 0.3.0: a value that becomes heavier than the whole cache. One keeps it, beyond
# its bound, and two go on answering with the value before.
#
# `quick_cache` refuses to insert such a value, and drops the one before. Written through `get_mut` of its `unsync` cache
# it stays, ten times as heavy as everything may be, until the next insert of anything, which throws out a light
# neighbour that nobody touched along with it. `clru` and `lru-mem` refuse it with an error, and keep the value before:
# a program that caches what it has just written, and takes the error for "not cached", reads the old row from then on.
#
# Guessed: whichever way a value grows too heavy, its key is not in the cache any more, and others are.
# Seen: the output below. moka 0.12 does as guessed, once its pending tasks have run.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[workspace]
[dependencies]
clru = "=0.6.3"
lru-mem = "=0.3.0"
moka = { version = "=0.12.16", features = ["sync"] }
quick_cache = "=0.7.0"
TOML
cat > src/main.rs <<'RUST'
use std::num::NonZeroUsize;

/// The most that all values may weigh together; a row weighs its length.
const MOST: usize = 100;

#[derive(Clone)]
struct Length;

impl quick_cache::Weighter<&'static str, String> for Length {
    fn weight(&self, _: &&'static str, row: &String) -> u64 {
        row.len() as u64
    }
}

impl clru::WeightScale<&'static str, String> for Length {
    fn weight(&self, _: &&'static str, row: &String) -> usize {
        row.len()
    }
}

fn small() -> String {
    "before".to_owned()
}

fn large() -> String {
    "after".repeat(10 * MOST)
}

fn show(row: Option<&String>) -> &str {
    row.map_or("nothing", |row| &row[..5])
}

fn main() {
    let mut cache = quick_cache::unsync::Cache::with_weighter(10, MOST as u64, Length);
    cache.insert("row", small());
    cache.insert("row", large());
    println!("quick_cache, insert: {}", show(cache.get(&"row")));
    cache.insert("row", small());
    cache.insert("neighbour", small());
    *cache.get_mut(&"row").unwrap() = large();
    let (row, weight) = (show(cache.get(&"row")), cache.weight() > 10 * MOST as u64);
    println!("quick_cache, get_mut: {row}, more than ten times too heavy: {weight}");
    cache.insert("another", small());
    let left = ["row", "neighbour", "another"].map(|key| show(cache.get(&key)));
    println!("quick_cache, and then an insert: {left:?}");

    let config = clru::CLruCacheConfig::new(NonZeroUsize::new(MOST).unwrap());
    let mut cache = clru::CLruCache::with_config(config.with_scale(Length));
    cache.put_with_weight("row", small()).unwrap();
    let refused = cache.put_with_weight("row", large()).is_err();
    println!("clru: refused: {refused}, {}", show(cache.get(&"row")));

    let mut cache = lru_mem::LruCache::new(10 * MOST);
    cache.insert("row", small()).unwrap();
    let refused = cache.insert("row", large()).is_err();
    println!("lru-mem: refused: {refused}, {}", show(cache.get(&"row")));

    let weigher = |_: &&'static str, row: &String| row.len() as u32;
    let cache = moka::sync::Cache::builder().max_capacity(MOST as u64).weigher(weigher).build();
    cache.insert("row", small());
    cache.insert("row", large());
    cache.run_pending_tasks();
    println!("moka: {}", show(cache.get(&"row").as_ref()));
}
RUST
env -u CARGO_TARGET_DIR cargo run --quiet > seen.txt

diff - seen.txt <<'SEEN' || { echo "another output than was seen"; exit 1; }
quick_cache, insert: nothing
quick_cache, get_mut: after, more than ten times too heavy: true
quick_cache, and then an insert: ["nothing", "nothing", "befor"]
clru: refused: true, befor
lru-mem: refused: true, befor
moka: nothing
SEEN
echo "as seen: beside moka, an update that is too heavy leaves quick_cache beyond its bound, clru and lru-mem with the old value"
