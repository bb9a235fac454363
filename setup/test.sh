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

pytest=(.venv/bin/python -m pytest -q)
# Each of two workers has an engine of its own; a file's tests stay together, for they share what they set up.
twice=("${pytest[@]}" -n 2 --dist loadfile)

step "set-up again, without a network" setup/offline.sh
step "format, lint, types" setup/lint.sh
step "architecture" "${pytest[@]}" tests/architecture
step "fast tests" "${twice[@]}" -m "not spark and not airflow and not slow" --ignore tests/architecture
step "Spark and slow tests" "${twice[@]}" -m "(spark or slow) and not airflow"
step "DAGs in Airflow" "${twice[@]}" -m "airflow"

if [ ${#failed[@]} -gt 0 ]; then
    printf 'test: failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
echo "test: all passed in $SECONDS s"
