#!/usr/bin/env bash
# A visitor with a browser: rates a film, and looks at every page that shows it, on one machine and on two, for which a
# Redis or Valkey is started. Installs headless Chromium by apt if it is missing.
#
#     bash examples/filmclub/browser-test.sh [--pictures DIR]
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v chromedriver >/dev/null || ! command -v chromium >/dev/null; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends chromium chromium-driver
fi
exec bash .ci/redis cargo test -p filmclub --locked --test browser -- "$@"
