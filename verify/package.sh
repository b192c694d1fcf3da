#!/usr/bin/env bash
# Whether each crate that is released can be packaged, and its package be built by itself: `bash verify/package.sh`.
#
# Cargo resolves siblings that no registry has from the packages beside them, but for crates that are not to be
# published. So this packages a copy of what git knows of the tree, without `publish = false`. It uploads nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/tree"
git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -cf - | tar -xf - -C "$copy/tree"
sed -i '/^publish = false$/d; /^\[workspace.package\]$/a publish = true' "$copy/tree/Cargo.toml"

# Cargo unpacks the siblings' packages once for each name, version and folder, and never looks at them again: in a
# folder that was here before, the packages of before would be built. So the folder is new, and so is Cargo's home,
# which refers to the usual one for all that comes from a registry.
home=${CARGO_HOME:-$HOME/.cargo}
mkdir -p "$copy/home/registry/src"
for path in "$home"/config.toml "$home"/git "$home"/registry/{index,cache} "$home"/registry/src/[!-]*; do
    [[ -e $path ]] && ln -s "$path" "$copy/home/${path#"$home/"}"
done

# In the order in which they are published.
crates=(gcache-macros gcache-runtime gcache gcache-axum gcache-sea-orm gcache-sqlx gcache-minijinja gcache-redis gcache-cli)
(
    cd "$copy/tree"
    # Tests are of the workspace, and in no package.
    CARGO_HOME=$copy/home cargo package --locked --target-dir "$copy/target" "${crates[@]/#/-p=}" "$@" 2>&1 |
        sed '/^warning: ignoring \(test\|example\) /d'
)
