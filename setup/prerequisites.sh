#!/usr/bin/env bash
# Prints the Python to build the environment with; says what is missing and how to get it, and ends with 2 where something is.
set -euo pipefail

fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))'
missing=0

lacks() {
    echo "setup: $1" >&2
    missing=1
}

python=
for candidate in ${PYTHON:+"$PYTHON"} python3.11 python3.12 python3; do
    if "$candidate" -c "$fits" 2>/dev/null; then
        python=$("$candidate" -c 'import sys; print(sys.executable)')
        break
    fi
done
if [ -z "$python" ]; then
    lacks "Python 3.11 or 3.12 is needed; on Debian: apt-get install python3 python3-venv, or name one with PYTHON=/path/to/python3.11 make setup"
elif ! command -v uv >/dev/null && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    lacks "$python cannot make environments; on Debian: apt-get install python3-venv (or install uv, which is faster)"
fi

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1 || true)
if [ -z "$version" ]; then
    lacks "Java 17 or newer is needed for Spark; on Debian: apt-get install openjdk-17-jre-headless, or set JAVA_HOME"
elif [ "$version" -lt 17 ]; then
    lacks "Java $version is too old for Spark, 17 or newer is needed; on Debian: apt-get install openjdk-17-jre-headless, or set JAVA_HOME"
fi

# Source: measured, the environment takes 2.8 GB.
free=$(df -Pk . | awk 'NR == 2 {print int($4 / 1024)}')
if [ ! -e .venv/bin/python ] && [ "$free" -lt 3000 ]; then
    lacks "3000 MB of disk are needed here, $free MB are free; make room, or clone to another disk"
fi

[ "$missing" = 0 ] || exit 2
echo "$python"
