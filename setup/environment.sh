#!/usr/bin/env bash
# Makes .venv and installs the locked packages into it, each checked by its hash; uv does it where it is on the PATH, else pip.
# Whatever the user has set for either (a mirror, a cache, a proxy) stays in force.
set -euo pipefail

python=$(setup/prerequisites.sh)
locked=(--no-deps --require-hashes -r requirements.lock)

failed() {
    echo "setup: the packages could not be installed, see above; is there a network, or a mirror that pip or uv knows?" >&2
    exit 1
}

if command -v uv >/dev/null; then
    .venv/bin/python -c '' 2>/dev/null || uv venv --quiet --clear --no-project --python "$python" .venv
    echo "installing $(grep -c '^[a-zA-Z0-9].*==' requirements.lock) packages with uv"
    uv pip install --quiet --python .venv/bin/python "${locked[@]}" || failed
else
    .venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv
    echo "installing $(grep -c '^[a-zA-Z0-9].*==' requirements.lock) packages with pip (uv would be four times faster)"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input "${locked[@]}" || failed
fi
mkdir -p .venv/.setup
