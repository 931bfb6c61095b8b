#!/usr/bin/env bash
# Fuzzes every target, sharing the time among them: fuzz/run.sh SECONDS [TARGET...]
#
# It needs stable Rust and a C++ compiler, nothing else: the coverage that libFuzzer steers by
# comes from LLVM's own pass, which stable rustc can be told to run. New inputs go to
# fuzz/target/grown/<target>, what breaks a promise to fuzz/artifacts/<target>; the corpora in
# fuzz/corpus are only read.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET...]}
shift
if [ $# -gt 0 ]; then
    targets=("$@")
else
    mapfile -t targets < <(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | tail -n +2)
fi

host=$(rustc -vV | sed -n 's/^host: //p')
coverage=(
    --cfg fuzzing
    -Cpasses=sancov-module
    -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares
    -Cforce-frame-pointers=yes
)
# With --target, the flags are not for build scripts and macros, which have no fuzzer to talk to.
RUSTFLAGS="${coverage[*]}" CARGO_TARGET_DIR=target \
    cargo build --release --quiet --target "$host" --bins

share=$((seconds / ${#targets[@]}))
[ "$share" -gt 0 ] || share=1
failed=0
for target in "${targets[@]}"; do
    mkdir -p "target/grown/$target" "artifacts/$target"
    log=target/$target.log
    if "target/$host/release/$target" \
        -max_total_time="$share" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="artifacts/$target/" \
        "target/grown/$target" "corpus/$target" >"$log" 2>&1 </dev/null; then
        first=$(grep -m1 -o 'INITED cov: [0-9]*' "$log" | grep -o '[0-9]*$' || true)
        last=$(grep -o 'cov: [0-9]*' "$log" | tail -1 | grep -o '[0-9]*$' || true)
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        printf '%-21s %4s s %10s inputs, coverage %s -> %s\n' \
            "$target" "$share" "${runs:-?}" "${first:-?}" "${last:-?}"
    else
        failed=1
        printf '%-21s FAILED\n' "$target"
        grep -A3 'panicked at' "$log" | cut -c -500
        tail -12 "$log"
    fi
done
exit "$failed"
