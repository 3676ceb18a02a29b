# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the end-to-end tests share: a place of their own, results, recordings, readers.
#
# A test prints `ok NAME`, `not ok NAME: why` or `skip NAME: why` lines; `finish` is its last command.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tickfan=$root/build/tickfan
work=$(mktemp -d "${TMPDIR:-/tmp}/tickfan-e2e.XXXXXX")
shm=/dev/shm
[ -w $shm ] || shm=$work
TICKFAN_DIR=$(mktemp -d "$shm/tickfan-e2e.XXXXXX")
export TICKFAN_DIR
unset TICKFAN_STREAM TICKFAN_LOG
cd "$work"

pids=()
cleanup() {
    local status=$? pid
    trap '' INT TERM
    for pid in "${pids[@]}"; do kill -CONT "$pid" 2> /dev/null || true; kill "$pid" 2> /dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2> /dev/null || true; done
    "$tickfan" gc --quiet > /dev/null 2>&1 || true
    rm -rf "$TICKFAN_DIR" "$work"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

failures=0
ok() { printf 'ok %s\n' "$1"; }
not_ok() { printf 'not ok %s: %s\n' "$1" "$2"; failures=$((failures + 1)); }
skip() { printf 'skip %s: %s\n' "$1" "$2"; }
# same NAME WANT GOT
same() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "wanted $2, got $3"; fi; }
# What a program wrote, under a failure.
show() { sed 's/^/    /' "$@" | tail -n 15; }
finish() { [ $failures -eq 0 ]; }

# field KEY FILE: the value of a key that occurs once in FILE's JSON; empty when it does not.
field() { sed -n "/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/{s//\\1/p;q}" "$2"; }

[ -x "$tickfan" ] || { not_ok setup "there is no $tickfan; build it with 'ninja'"; exit 1; }

# status COMMAND...: runs it, output to ./out and ./err, exit status in $status.
status() {
    status=0
    "$@" > out 2> err < /dev/null || status=$?
}

# background NAME COMMAND...: output to NAME.out and NAME.err, its process in ${pid[NAME]}.
declare -A pid=()
background() {
    local name=$1
    shift
    "$@" > "$name.out" 2> "$name.err" < /dev/null &
    pid[$name]=$!
    pids+=("$!")
}

# ended NAME [SECONDS]: wait for it; its exit status in $status, 124 when it had to be killed.
ended() {
    local i name=$1 limit=$((${2:-60} * 20))
    for ((i = 0; i < limit; i++)); do
        [ "$(state_of "${pid[$name]}")" != gone ] || break
        sleep 0.05
    done
    if [ $i -eq $limit ]; then
        kill -KILL "${pid[$name]}" 2> /dev/null || true
        wait "${pid[$name]}" 2> /dev/null || true
        status=124
        return
    fi
    status=0
    wait "${pid[$name]}" || status=$?
} 2> /dev/null # "Killed", says the shell

# One letter of /proc/PID/stat, or `gone` for what is no more or waits to be reaped.
state_of() {
    local stat
    stat=$(cat "/proc/$1/stat" 2> /dev/null) || { echo gone; return; }
    stat=${stat##*) }
    case ${stat%% *} in Z | X) echo gone ;; *) echo "${stat%% *}" ;; esac
}

# live STREAM [SECONDS]: wait until it can be attached to.
live() {
    local i
    for ((i = 0; i < ${2:-10} * 20; i++)); do
        "$tickfan" ls --no-rate --json "$1" 2> /dev/null | grep -q '"state":"live"' && return
        sleep 0.05
    done
    return 1
}

# SysV segments that a process made and that are still there.
segments_of() { awk -v pid="$1" 'NR > 1 && $5 == pid' /proc/sysvipc/shm | wc -l; }
