#!/bin/sh
# Writes the hash-pinned lock files anew: requirements/lock.sh [uv options, such as --upgrade]
set -eu
cd "$(dirname "$0")"
export UV_CUSTOM_COMPILE_COMMAND="requirements/lock.sh"
for set in render test; do
  uv pip compile --quiet --generate-hashes --universal --python-version 3.11 "$@" "$set.in" --output-file "$set.txt"
done
