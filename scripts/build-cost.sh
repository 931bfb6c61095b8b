#!/usr/bin/env bash
# What a cold default release build costs in CPU time: scripts/build-cost.sh [--units]
#
# It builds into an empty directory of its own, which is removed afterwards. What others do on the
# machine meanwhile hardly matters: CPU seconds are counted, of cargo and all that it starts. With
# --units it also prints the twenty costliest crates. The limit is 13 CPU-minutes.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
exec </dev/null

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
# Fetched beforehand: a download is no build.
cargo fetch --locked --quiet

TIMEFORMAT='%U %S %R'
{ time CARGO_TARGET_DIR="$directory" cargo build --release --locked --quiet --timings \
    2>"$directory/log"; } 2>"$directory/times" || { cat "$directory/log"; exit 1; }

awk '{
    cpu = $1 + $2
    printf "%d min %02d s of CPU, %d min %02d s on the clock\n", cpu / 60, cpu % 60, $3 / 60, $3 % 60
    if (cpu > 13 * 60) { print "over the limit of 13 CPU-minutes"; exit 1 }
}' "$directory/times" || over=1

if [ "${1:-}" = --units ]; then
    # The report holds its data as JSON, one object per unit.
    python3 - "$directory"/cargo-timings/cargo-timing.html <<'PYTHON'
import json, re, sys
page = open(sys.argv[1]).read()
units = json.loads(re.search(r"UNIT_DATA = (\[.*?\]);", page, re.S).group(1))
for unit in sorted(units, key=lambda unit: -unit["duration"])[:20]:
    print(f'{unit["duration"]:7.1f} s  {unit["name"]} {unit["version"]}{unit["target"]}')
PYTHON
fi
exit "${over:-0}"
