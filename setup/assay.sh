#!/bin/sh
# The `assay` command: `jobs.cli` of the checkout that this environment stands in, from any working directory.
bin=$(dirname "$(readlink -f "$0")")
exec "$bin/python" -c 'import sys; sys.path[0] = sys.argv.pop(1); from jobs.cli import main; sys.exit(main())' "${bin%/.venv/bin}" "$@"
