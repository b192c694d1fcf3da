#!/usr/bin/env bash
# Whether each crate that is released can be packaged, and its package be built by itself: `bash verify/package.sh`.
#
# Cargo resolves siblings that no registry has from the packages beside them, but for crates that are not to be
# published. So this packages a copy of what git knows of the tree, without `publish = false`. It uploads nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -cf - | tar -xf - -C "$copy"
sed -i '/^publish = false$/d; /^\[workspace.package\]$/a publish = true' "$copy/Cargo.toml"

# In the order in which they are published.
crates=(gcache-macros gcache-runtime gcache gcache-axum gcache-sea-orm gcache-minijinja)
target=${CARGO_TARGET_DIR:-$PWD/target}
(
    cd "$copy"
    # Tests are of the workspace, and in no package.
    cargo package --locked --target-dir "$target" "${crates[@]/#/-p=}" "$@" 2>&1 |
        sed '/^warning: ignoring \(test\|example\) /d'
)
