#!/bin/sh
# Prints what the environment is made from, a line each: the digest and the name.
cd "$(dirname "$0")/.." || exit 2
for file in requirements.lock setup/jars.txt setup/assay.sh; do
    echo "$(sha256sum <"$file" | cut -d ' ' -f 1) $file"
done
echo "$(cat edge_bundle/compiler/kernel/*.py edge_bundle/compiler/kernel/*.c | sha256sum | cut -d ' ' -f 1) edge_bundle/compiler/kernel"
