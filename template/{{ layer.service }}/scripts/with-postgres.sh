#!/bin/sh
# Runs a command with the address of a PostgreSQL in DATABASE_URL: scripts/with-postgres.sh COMMAND [ARGUMENT…]
#
# When DATABASE_URL is set already, that is the server. If not, a throwaway one is started, from PostgreSQL's programs
# on this machine or else in Docker, and is gone when the command has ended.
set -eu

image=pgvector/pgvector:0.8.1-pg17
# Fast, and without care for the data.
settings="-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"

fail() {
  printf 'with-postgres: %s\n' "$*" >&2
  exit 1
}

[ $# -gt 0 ] || fail "say what to run, as in: scripts/with-postgres.sh make -C app test"

if [ -n "${DATABASE_URL:-}" ]; then
  exec "$@"
fi

# The folder of initdb, the newest if there are several.
find_programs() {
  if command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then
    dirname "$(command -v pg_ctl)"
    return
  fi
  for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
    [ -x "$folder/initdb" ] && echo "$folder"
  done | sort -V | tail -n 1
}

# as_server COMMAND…: as an ordinary user, because PostgreSQL refuses to be started by root.
as_server() {
  if [ "$(id -u)" -ne 0 ]; then
    "$@"
  elif command -v setpriv >/dev/null; then
    setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" --clear-groups "$@"
  else
    runuser -u "$server_user" -- "$@"
  fi
}

start_here() {
  folder=$(mktemp -d "${TMPDIR:-/tmp}/postgres.XXXXXX")
  server_user=nobody
  if id -u postgres >/dev/null 2>&1; then
    server_user=postgres
  fi
  printf '%s' "$password" >"$folder/password"
  if [ "$(id -u)" -eq 0 ]; then
    chown -R "$server_user" "$folder"
  fi
  cd "$folder"
  as_server "$programs/initdb" --pgdata="$folder/data" --username=postgres --pwfile="$folder/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 ||
    fail "initdb has failed: $(cat "$folder/initdb.log")"

  # PostgreSQL can't ask for a free port: try a few.
  attempt=0
  until
    port=$((20000 + ($$ * 31 + attempt * 997) % 12000))
    as_server "$programs/pg_ctl" start --wait --silent --pgdata="$folder/data" --log="$folder/server.log" \
      --options="-h 127.0.0.1 -p $port -k '' $settings" >/dev/null 2>&1
  do
    attempt=$((attempt + 1))
    [ $attempt -lt 5 ] || fail "PostgreSQL does not start: $(tail -n 5 "$folder/server.log")"
  done
  cd "$OLDPWD"
}

start_in_docker() {
  # shellcheck disable=SC2086 # a list of options
  container=$(docker run --detach --rm --env POSTGRES_PASSWORD="$password" --publish 127.0.0.1::5432 \
    --tmpfs /var/lib/postgresql/data "$image" $settings)
  port=$(docker port "$container" 5432/tcp | head -n 1 | sed 's/.*://')
  attempt=0
  # Over TCP, where the server answers only once it has initialised itself.
  until docker exec "$container" pg_isready --quiet --host=127.0.0.1; do
    attempt=$((attempt + 1))
    [ $attempt -lt 60 ] || fail "PostgreSQL does not start: $(docker logs "$container" 2>&1 | tail -n 5)"
    sleep 0.5
  done
}

# shellcheck disable=SC2317,SC2329 # called by the trap
stop() {
  if [ -n "$folder" ]; then
    if [ -e "$folder/data/postmaster.pid" ]; then
      as_server "$programs/pg_ctl" stop --silent --mode=immediate --pgdata="$folder/data"
    fi
    rm -rf "$folder"
  fi
  if [ -n "$container" ]; then
    docker stop --time 0 "$container" >/dev/null
  fi
}

folder="" container=""
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
programs=$(find_programs)
if [ -n "$programs" ]; then
  start_here
elif docker info >/dev/null 2>&1; then
  start_in_docker
else
  fail "there is no PostgreSQL to test with. Install one (apt install postgresql, brew install postgresql), start Docker," \
    "or set DATABASE_URL to a server whose superuser may create databases"
fi

export DATABASE_URL="postgres://postgres:$password@127.0.0.1:$port/postgres" DATABASE_SSL_MODE=disable
code=0
"$@" || code=$?
exit $code
