#!/usr/bin/env bash
# All checks in order, each timed; goes on after a failure, so that one run shows everything, and ends with 1 where any failed.
set -uo pipefail

failed=()

step() {
    local name=$1 began=$SECONDS
    shift
    echo "== $name"
    if "$@"; then
        echo "== $name: passed in $((SECONDS - began)) s"
    else
        echo "== $name: FAILED after $((SECONDS - began)) s"
        failed+=("$name")
    fi
}

# Each worker would compile and rewrite 350 files of tests anew, for half of the time that it takes to collect them.
unset PYTHONDONTWRITEBYTECODE
# A file's tests stay together, for they share what they set up; all workers share one engine. Airflow's tests wait most of
# their time, and so does what is made durable: four workers keep two processors at work, and the longest files come first
# (tests/support/order.py). One run, so that no processor idles while the last file of one selection ends.
tests=(.venv/bin/python -m pytest -q -n 4 --dist loadfile --no-loadscope-reorder)
# A lake makes hundreds of durable writes, each of which a disk takes time for and a file system in memory does not.
# Measured: nine field cases in 21 s instead of 29, with an eighth less of processor time.
in_memory=$(setup/memory_folder.sh)
if [ -n "$in_memory" ]; then
    tests+=(--basetemp "$in_memory/run")
    trap 'rm -rf "$in_memory"' EXIT
fi

step "set-up again, without a network" setup/offline.sh
# Beside the types, which keep one processor at work: tests are compiled once, where four workers would each do it. What
# cannot be collected fails below.
.venv/bin/python -m pytest -q --collect-only >/dev/null 2>&1 &
compiling=$!
step "format, lint, types" setup/lint.sh
wait "$compiling" || true
step "tests" "${tests[@]}"

if [ ${#failed[@]} -gt 0 ]; then
    if [ -n "$in_memory" ]; then
        trap - EXIT
        echo "test: what the tests wrote is in $in_memory, in memory until it is removed" >&2
    fi
    printf 'test: failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
echo "test: all passed in $SECONDS s"
