#!/usr/bin/env bash
# Valkey 9.1.2, Redis 7.0.15: Sentinels with `down-after-milliseconds 1000` replace a primary that answers all the time, where
# somebody closes the connections that listen to it (`CLIENT KILL TYPE pubsub`).
#
# An operator closes the connections of listeners that are too slow. Sentinels listen, too: one command closes theirs. They
# connect again in a tenth of a second, and still answer PING by another connection. But a Sentinel that has lost either
# connection counts from the last PONG, and it sends a PING as seldom as once in `down-after-milliseconds`, a second at
# most. So it may take the primary for dead at once. If two of three do, there is a failover, and two primaries for a while.
# With 2,000 ms and more it does not happen.
#
# Guessed: listeners have to subscribe again, and nothing else happens.
# Seen: the output below, after some tries.
#
# `bash findings/sentinel_takes_a_primary_for_dead_whose_listeners_are_closed.sh [redis|valkey]`
set -euo pipefail
cd "$(dirname "$0")/.."

try() {
    ask() { # A command at a port, and the first two lines of its answer.
        exec 8<>"/dev/tcp/127.0.0.1/$1"
        printf '%s\r\n' "$2" >&8
        head -n "$3" <&8 | tr -d '\r'
        exec 8>&-
    }
    sentinel=${GCACHE_REDIS_SENTINEL%%,*}
    sentinel=${sentinel##*:}
    primary() { ask "$sentinel" "SENTINEL GET-MASTER-ADDR-BY-NAME main" 5 | tail -n 1; }
    before=$(primary)
    for tries in $(seq 1 600); do
        [ "$(ask "$before" PING 1)" = +PONG ] || { echo "the primary does not answer"; exit 1; }
        ask "$before" "CLIENT KILL TYPE pubsub" 1 >/dev/null
        sleep 0.05
        if [ "$(primary)" != "$before" ]; then
            echo "a primary that had answered each PING was replaced"
            echo "(after $tries tries)" >&2
            exit 0
        fi
    done
    echo "the primary stayed"
}
export -f try
said=$(bash .ci/redis --server "${1:-valkey}" --sentinel bash -c try)
echo "$said"
[ "$said" = "a primary that had answered each PING was replaced" ]
