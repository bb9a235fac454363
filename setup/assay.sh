#!/bin/sh
# The `assay` command: `jobs.cli` of the checkout whose `.venv` it was called in, from any working directory. A link to
# this file leads to the file; a `.venv` that is a link itself does not lead to the checkout that owns the environment.
file=$0
while [ -L "$file" ]; do
    target=$(readlink "$file")
    case $target in
    /*) file=$target ;;
    *) file=$(dirname "$file")/$target ;;
    esac
done
bin=$(cd -L "$(dirname "$file")" && pwd -L) || exit 2
checkout=${bin%/.venv/bin}
if [ "$checkout" = "$bin" ] || [ ! -f "$checkout/jobs/cli.py" ]; then
    echo "assay: $bin is not the .venv/bin of a checkout of Assay, so it is unclear whose code to run;" \
        "call the .venv/bin/assay of a checkout" >&2
    exit 2
fi
if [ -L "$checkout/.venv" ]; then
    "$checkout/setup/linked.sh" || exit 2
fi
exec "$bin/python" -c 'import sys; sys.path[0] = sys.argv.pop(1); from jobs.cli import main; sys.exit(main())' "$checkout" "$@"
