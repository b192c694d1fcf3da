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
# Those that programs name. It leaves crates with `publish = false` out unless they are named. The runtime and the
# macros have no interface of their own: gcache re-exports it.
for crate in gcache gcache-axum gcache-sea-orm gcache-minijinja; do
    cargo semver-checks --package "$crate" --baseline-rev "$baseline" "$@"
done
