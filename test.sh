#!/usr/bin/env bash
# All tests of Longwave, as continuous integration runs them: ./test.sh
#
# It installs what the tests need and is missing (Debian, as root or with sudo), and says what; it
# prompts for nothing, and prints the seconds that each stage took. LONGWAVE_QUICK=1 fuzzes for one
# minute instead of four.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")" || exit 1
exec </dev/null
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-never}" CARGO_TERM_PROGRESS_WHEN=never

summary=()
failures=0

# stage NAME LIMIT COMMAND...: runs the command, ends it after LIMIT, keeps its time.
stage() {
    local name=$1 limit=$2 start=$SECONDS outcome=ok
    shift 2
    printf '\n== %s\n' "$name"
    timeout --kill-after=10s "$limit" "$@"
    local status=$?
    if [ "$status" -ne 0 ]; then
        outcome=FAILED
        [ "$status" -ne 124 ] || outcome="FAILED (ended after $limit)"
        failures=$((failures + 1))
    fi
    summary+=("$(printf '%6d s  %-8s %s' $((SECONDS - start)) "$name" "$outcome")")
    printf '== %s: %d s, %s\n' "$name" $((SECONDS - start)) "$outcome"
    return "$status"
}

minutes_of_fuzzing=4
[ -z "${LONGWAVE_QUICK:-}" ] || minutes_of_fuzzing=1

stage install 20m scripts/install-test-tools.sh
stage fmt 2m bash -c 'cargo fmt --all --check && cargo fmt --manifest-path fuzz/Cargo.toml --check'
stage clippy 15m cargo clippy --workspace --all-targets --locked -- -D warnings
if stage build 20m cargo nextest run --workspace --locked --no-run; then
    stage test 20m cargo nextest run --workspace --locked
    stage doctest 10m cargo test --workspace --doc --locked --quiet
    stage fuzz 20m fuzz/run.sh $((minutes_of_fuzzing * 60))
    if [ -f e2e/package.json ]; then
        stage browser 10m bash -c 'cd e2e && npm ci --no-audit --no-fund --loglevel=error && npm test'
    fi
fi

printf '\n'
printf '%s\n' "${summary[@]}"
printf '%6d s  in all\n' "$SECONDS"
if [ "$failures" -ne 0 ]; then
    printf '%d of %d stages failed\n' "$failures" "${#summary[@]}"
    exit 1
fi
