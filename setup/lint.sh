#!/usr/bin/env bash
# Format, lint and strict types of the whole checkout.
set -uo pipefail
failed=0
.venv/bin/ruff format --check --quiet . || { echo "format: run .venv/bin/ruff format ." >&2; failed=1; }
.venv/bin/ruff check --quiet . || failed=1
.venv/bin/mypy . || failed=1
exit "$failed"
