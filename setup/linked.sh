#!/bin/sh
# For a checkout whose `.venv` is a link to the environment of another one. Ends well where that environment is what the
# set-up of this checkout would make; else it says what differs and ends with 2. It changes nothing: the environment is
# another's.
cd "$(dirname "$0")/.." || exit 2
owner=$(readlink -f .venv) || owner=$(readlink .venv)

refuse() {
    echo "setup: .venv of $PWD is a link to $owner, $1; $2, or remove the link and run \`make setup\` here" >&2
    exit 2
}

[ -x .venv/bin/python ] || refuse "where there is no environment" "run \`make setup\` in ${owner%/.venv}"
[ -f .venv/.setup/made_from ] || refuse "which does not say what it was made from" "run \`make setup\` in ${owner%/.venv}"
differing=$(setup/made_from.sh | grep -vxFf .venv/.setup/made_from | cut -d ' ' -f 2 | tr '\n' ' ')
[ -z "$differing" ] || refuse "which was made from another ${differing% }" "bring both checkouts to the same revision"
