#!/bin/sh
# Starts the next migration: scripts/new-migration.sh NAME
set -eu
cd "$(dirname "$0")/../migrations/sql"

name=${1:-}
case $name in
  "" | [!a-z]* | *[!a-z0-9_]*)
    echo "A migration's name has small letters, digits and underscores, as in: make migration NAME=add_price" >&2
    exit 2
    ;;
esac
if [ "${#name}" -gt 60 ]; then
  echo "A migration's name has at most 60 characters, as in: make migration NAME=add_price" >&2
  exit 2
fi

newest=$(find . -name '*.sql' | sed -n 's|^\./0*\([0-9]*\)_.*|\1|p' | sort -n | tail -n 1)
file=$(printf '%06d_%s' $((${newest:-0} + 1)) "$name")

echo "-- The release before this one is still running while this is applied: it has to work with the result." >"$file.up.sql"
echo "-- Takes back what $file.up.sql does." >"$file.down.sql"
echo "migrations/sql/$file.up.sql"
echo "migrations/sql/$file.down.sql"
