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
pytest=(.venv/bin/python -m pytest -q)
# Each worker has an engine of its own; a file's tests stay together, for they share what they set up.
spread=("${pytest[@]}" --dist loadfile)
# Airflow's tests mostly wait: a third worker uses the processors meanwhile, and the longest files come first
# (tests/support/order.py).
mixed=("${spread[@]}" -n 3 --no-loadscope-reorder)

step "set-up again, without a network" setup/offline.sh
step "format, lint, types" setup/lint.sh
step "architecture" "${pytest[@]}" tests/architecture
step "fast tests" "${spread[@]}" -n 2 -m "not spark and not airflow and not slow" --ignore tests/architecture
step "Spark, Airflow and slow tests" "${mixed[@]}" -m "spark or airflow or slow"

if [ ${#failed[@]} -gt 0 ]; then
    printf 'test: failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
echo "test: all passed in $SECONDS s"
