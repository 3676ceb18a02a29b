#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs inside the guest (busybox sh): the real binary on a machine with several NUMA nodes.
# Prints `ok NAME` or `not ok NAME: why` a check.  Arguments: number of nodes, messages, readers,
# "huge" or "small" pages.
nodes=$1 messages=$2 readers=$3 pages=$4
export TICKFAN_DIR=/dev/shm/tickfan
list=$(seq -s, 0 $((nodes - 1)))

verdict() { # NAME CONDITION-STATUS WHY
    if [ "$2" = 0 ]; then echo "ok $1"; else echo "not ok $1: $3"; fi
}
field() { # FILE KEY: a number or string of one-line JSON
    sed -n "s/.*\"$2\":\"\{0,1\}\([^,\"}]*\).*/\1/p" "$1" | head -n 1
}

/t/tickfan gen -o /tmp/day.itch --messages "$messages" --symbols 200 2>/dev/null || exit 1
/t/tickfan inspect --json --digest /tmp/day.itch > /tmp/inspect || exit 1
want_ticks=$(field /tmp/inspect ticks) want_digest=$(field /tmp/inspect digest)

# Reader R runs on node R mod nodes, each on a CPU of its own while there are enough.
node_of() { echo $(($1 % nodes)); }
cpu_of() {
    range=$(cat "/sys/devices/system/node/node$(node_of "$1")/cpulist")
    first=${range%%-*} last=${range##*-}
    echo $((first + ($1 / nodes + 1) % (last - first + 1)))
}

for backing in sysv file; do
    name="$backing-$pages"
    huge=off; [ "$pages" = huge ] && huge=require
    # Readers find the ring of the node they run on by themselves: they are told no node.
    for r in $(seq 0 $((readers - 1))); do
        taskset -c "$(cpu_of "$r")" /t/tickfan tap --digest --latency --wait block --appear 60s \
            > "/tmp/tap.$r" 2> "/tmp/tap.$r.err" &
    done
    taskset -c 0 /t/tickfan replay -q --backing "$backing" --huge-pages $huge --nodes "$list" \
        --capacity 4096 --instruments 1024 --lockstep --wait-readers "$readers" \
        --wait-timeout 600s /tmp/day.itch 2> /tmp/replay.err
    verdict "replay-$name" $? "$(head -n 2 /tmp/replay.err)"
    wait
    bad=""
    for r in $(seq 0 $((readers - 1))); do
        out=/tmp/tap.$r
        [ "$(field "$out" ticks)" = "$want_ticks" ] || bad="$bad reader $r: $(head -c 200 "$out" "$out.err")"
        [ "$(field "$out" digest)" = "$want_digest" ] || bad="$bad reader $r: digest"
        [ "$(field "$out" overrun)" = 0 ] || bad="$bad reader $r: overrun"
        [ "$(tail -n 1 "$out" | sed 's/.*"node":\([0-9-]*\).*/\1/')" = "$(node_of "$r")" ] ||
            bad="$bad reader $r: read a far ring"
    done
    [ -z "$bad" ]; verdict "digest-and-local-ring-$name-$readers-readers" $? "$bad"
done

# A ring that a node cannot hold is an error with numbers, not a ring somewhere else.
/t/tickfan replay -q --nodes "$((nodes - 1))" --huge-pages off --capacity 8M /tmp/day.itch 2> /tmp/full.err
status=$?
[ $status = 71 ]; verdict "full-node-exit-71" $? "exit $status: $(cat /tmp/full.err)"
grep -q "node $((nodes - 1))" /tmp/full.err && grep -q 'MiB' /tmp/full.err
verdict "full-node-says-numbers" $? "$(cat /tmp/full.err)"

left=$(ls /dev/shm/tickfan 2>/dev/null; grep -c . /proc/sysvipc/shm | grep -vx 1)
[ -z "$left" ]; verdict "nothing-left" $? "$left"
