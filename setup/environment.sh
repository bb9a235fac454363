#!/usr/bin/env bash
# Makes an environment, .venv or the named folder, and installs the packages of requirements.lock or of the named lock into it,
# each checked by its hash; uv does it where it is on the PATH, else pip.
# Whatever the user has set for either (a mirror, a cache, a proxy) stays in force.
set -euo pipefail

python=$(setup/prerequisites.sh)
folder=${1:-.venv}
lock=${2:-requirements.lock}
locked=(--no-deps --require-hashes -r "$lock")

failed() {
    echo "setup: the packages could not be installed, see above; is there a network, or a mirror that pip or uv knows?" >&2
    exit 1
}

if command -v uv >/dev/null; then
    "$folder/bin/python" -c '' 2>/dev/null || uv venv --quiet --clear --no-project --python "$python" "$folder"
    echo "installing $(grep -c '^[a-zA-Z0-9].*==' "$lock") packages with uv"
    uv pip install --quiet --python "$folder/bin/python" "${locked[@]}" || failed
else
    "$folder/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$folder"
    echo "installing $(grep -c '^[a-zA-Z0-9].*==' "$lock") packages with pip (uv would be four times faster)"
    "$folder/bin/python" -m pip install -qq --disable-pip-version-check --no-input "${locked[@]}" || failed
fi
mkdir -p "$folder/.setup"
