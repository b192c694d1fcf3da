#!/usr/bin/env bash
# moka 0.12.16: a cache that is switched off by `max_capacity(0)` drops what it is given, and its eviction listener never
# hears of it.
#
# A listener frees what belongs to a value, such as a file on disk. An operator sets the capacity to 0 to switch the
# cache off. Each insert then returns, the value is gone at once, and its file stays for good. With a capacity of 1 the
# listener hears of each value that had to go. A value that weighs more than all may weigh is told of, too.
#
# Guessed: each value that is given to the cache is in it, or was told to the listener.
# Seen: the output below.
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
moka = { version = "=0.12.16", features = ["sync"] }
TOML
cat > src/main.rs <<'RUST'
use moka::sync::Cache;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

/// Gives three values of weight 2 to a cache, and says where they are.
fn three(name: &str, capacity: u64, weigh: bool) {
    let told = Arc::new(AtomicUsize::new(0));
    let listener = {
        let told = Arc::clone(&told);
        move |_: Arc<u32>, _: String, _| {
            told.fetch_add(1, Ordering::SeqCst);
        }
    };
    let builder = Cache::builder().max_capacity(capacity).eviction_listener(listener);
    let cache = if weigh { builder.weigher(|_, _| 2).build() } else { builder.build() };
    for key in 0..3 {
        cache.insert(key, format!("file {key}"));
    }
    cache.run_pending_tasks();
    let kept = cache.iter().count();
    println!("{name}: {kept} kept, {} told, {} lost", told.load(Ordering::SeqCst), 3 - kept - told.load(Ordering::SeqCst));
}

fn main() {
    three("room for one", 1, false);
    three("each is too heavy", 1, true);
    three("room for none", 0, false);
    three("no weight at all", 0, true);
}
RUST
cargo run --quiet > seen

cat > expected <<'TEXT'
room for one: 1 kept, 2 told, 0 lost
each is too heavy: 0 kept, 3 told, 0 lost
room for none: 0 kept, 0 told, 3 lost
no weight at all: 0 kept, 0 told, 3 lost
TEXT
cat seen
diff expected seen
