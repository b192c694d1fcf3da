#!/usr/bin/env bash
# Whether the public interface breaks that of an earlier commit: `bash verify/semver.sh COMMIT`.
#
# Needs `cargo install cargo-semver-checks --locked`, which takes some minutes, and a clone with that commit.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -lt 1 ]; then
    echo "which commit is the interface compared with? bash verify/semver.sh COMMIT" >&2
    exit 2
fi
if ! command -v cargo-semver-checks >/dev/null; then
    echo "cargo-semver-checks is missing: cargo install cargo-semver-checks --locked" >&2
    exit 2
fi
baseline=$1
shift
# It leaves crates with `publish = false` out unless they are named, and looks at no item that a crate re-exports from
# another: nearly all of gcache's interface is found in gcache-runtime alone. What is found there of items that generated
# code alone names breaks no program, since both have the same version.
failed=()
for crate in gcache-runtime gcache gcache-axum gcache-sea-orm gcache-minijinja; do
    cargo semver-checks --package "$crate" --baseline-rev "$baseline" "$@" || failed+=("$crate")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "breaks the interface, or could not be compared: ${failed[*]}" >&2
    exit 1
fi
