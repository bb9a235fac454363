#!/usr/bin/env bash
# A new folder in memory for what tests write, printed; nothing where there is too little memory, or none to be had.
# Usage: setup/memory_folder.sh [PLACE [MEGABYTES]]
set -euo pipefail

place=${1:-/dev/shm} least=${2:-8192}

megabytes_free() {
    df --output=avail --block-size=1M "$place" 2>/dev/null | tail -n 1
}

# What lies in such a place takes the memory that tests need as well, half as much again.
megabytes_of_memory() {
    awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo
}

runs_programs() {
    printf '#!/bin/sh\n' >"$1/probe" && chmod +x "$1/probe" && "$1/probe" 2>/dev/null && rm "$1/probe"
}

[ -d "$place" ] && [ -w "$place" ] || exit 0
[ "$(megabytes_free)" -ge "$least" ] && [ "$(megabytes_of_memory)" -ge $((least * 3 / 2)) ] || exit 0
folder=$(mktemp -d "$place/assay-tests-XXXXXX")
if runs_programs "$folder"; then
    echo "$folder"
else
    rm -rf "$folder"
fi
