#!/bin/sh
# Migrates and imports from this machine: scripts/migrate.sh [version | force N]
#
# The database is that of DATABASE_URL (or DATABASE_HOST and the others); without them, that of compose.yaml. The
# programs are this machine's, or else those of the image.
set -eu
cd "$(dirname "$0")/.."

if [ -z "${DATABASE_URL:-}${DATABASE_HOST:-}" ]; then
  exec docker compose run --build --rm migrations "$@"
fi

if command -v migrate >/dev/null && command -v psql >/dev/null; then
  exec migrations/migrate.sh "$@"
fi

if ! docker info >/dev/null 2>&1; then
  echo "golang-migrate or psql is missing, and Docker does not run. Start Docker, or install both: psql comes with" \
    "PostgreSQL, golang-migrate by" >&2
  echo "  go install -tags postgres github.com/golang-migrate/migrate/v4/cmd/migrate@v4.20.1" >&2
  exit 1
fi
image=$(docker build --quiet migrations)
exec docker run --rm --network host \
  --env DATABASE_URL --env DATABASE_HOST --env DATABASE_PORT --env DATABASE_NAME --env DATABASE_USER \
  --env DATABASE_PASSWORD --env DATABASE_SSL_MODE "$image" "$@"
