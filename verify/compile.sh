#!/usr/bin/env bash
# What gcache adds to the time that a program takes to compile: `bash verify/compile.sh [ROUNDS [CHECKOUT]]`.
#
# An axum program with 20 cached functions, on ten types and half of them async, is built without a cache, with `cached`, with this gcache,
# and with that of another CHECKOUT. In each of 3 ROUNDS, each has a clean dev build of everything, and then a build of
# the program alone. Prints the least user CPU seconds of each, and their ratios to those without a cache.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# program NAME DEPENDENCY USE DERIVE ATTRIBUTE: writes one.
program() {
    mkdir -p "$work/$1/src"
    cp Cargo.lock "$work/$1"
    cat >"$work/$1/Cargo.toml" <<END
[package]
name = "shop"
edition = "2024"
[workspace]
[dependencies]
axum = "0.8"
serde = { version = "1", features = ["derive"] }
tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
$2
END
    {
        echo "use axum::{Json, Router, extract::Path, routing::get}; $3"
        for n in {1..10}; do
            echo "#[derive(Clone, serde::Serialize$4)] struct Book$n { id: u64, title: String }"
            echo "${5/Model/Book$n} fn count_$n(id: u64) -> u64 { id + $n }"
            echo "${5/Model/Book$n} async fn book_$n(id: u64) -> Book$n { Book$n { id, title: count_$n(id).to_string() } }"
            echo "async fn page_$n(Path(id): Path<u64>) -> Json<Book$n> { Json(book_$n(id).await) }"
        done
        echo "#[tokio::main] async fn main() {"
        echo "    let pages = Router::new()$(printf '.route("/%d/{id}", get(page_%d))' 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9 10 10);"
        echo "    axum::serve(tokio::net::TcpListener::bind(\"[::1]:0\").await.unwrap(), pages).await.unwrap();"
        echo "}"
    } >"$work/$1/src/main.rs"
}
ours() {
    program "$1" "gcache = { path = \"$(realpath "$2")\" }" "use gcache::{Invalidates, cache_against};" ", Invalidates" \
        "#[cache_against(Model, key = id)]"
}
names=(without cached gcache)
program without "" "" "" ""
program cached 'cached = { version = "4", features = ["async"] }' "use cached::macros::cached;" "" "#[cached(max_size = 10_000)]"
ours gcache .
if [ $# -gt 1 ]; then
    names+=(before)
    ours before "$2"
fi

# build NAME: prints the user CPU seconds of a build of what is not there. One that fails ends all of it.
TIMEFORMAT=%U
build() {
    local program=("--manifest-path" "$work/$1/Cargo.toml" "--target-dir" "$work/$1/target")
    { time cargo build -q "${program[@]}" 2>"$work/errors"; } 2>&1 || {
        cat "$work/errors" >&2
        return 1
    }
}

for _ in $(seq "$rounds"); do
    for name in "${names[@]}"; do
        rm -rf "$work/$name/target"
        build "$name" >>"$work/$name/all"
        cargo clean -q -p shop --manifest-path "$work/$name/Cargo.toml" --target-dir "$work/$name/target"
        build "$name" >>"$work/$name/alone"
    done
done

printf '%-10s%14s%10s%14s%10s\n' "" "everything, s" "ratio" "program, s" "ratio"
least() { sort -n "$work/$1/$2" | head -1; }
for name in "${names[@]}"; do
    echo "$name $(least "$name" all) $(least without all) $(least "$name" alone) $(least without alone)"
done | awk '{ printf "%-10s%14.2f%10.2f%14.2f%10.2f\n", $1, $2, $2 / $3, $4, $4 / $5 }'
