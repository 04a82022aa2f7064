#!/bin/sh
# Brings the database up to date: first the SQL migrations in sql/, then the rows of import/*.csv.
#
#   migrate.sh            migrate and import; a second run changes nothing
#   migrate.sh version    show the version that the database is at
#   migrate.sh force N    set that version after a failed migration was repaired; -1 means: nothing applied
#
# Settings: DATABASE_URL, or DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER and DATABASE_PASSWORD;
# DATABASE_SSL_MODE, DATABASE_SSL_ROOT_CERT, MIGRATION_LOCK_TIMEOUT_SECONDS.
set -eu
cd "$(dirname "$0")"

say() { printf 'migrations: %s\n' "$*"; }

fail() {
  say "$*" >&2
  exit 1
}

# psql and golang-migrate read the same PG* variables, so that the password is in no command line.
query() {
  if [ "$PGSSLMODE" = verify-full ] && [ -z "${PGSSLROOTCERT:-}" ]; then
    set -- -d "sslrootcert=system" "$@"
  fi
  psql -X -A -t -q -v ON_ERROR_STOP=1 "$@"
}

# ── Settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────

# url_part PART: a part of DATABASE_URL, decoded: scheme, user, password, host, port, name, or a parameter.
url_part() {
  LC_ALL=C awk -v part="$1" '
    function digit(character) { return index("0123456789abcdef", tolower(character)) - 1 }
    function decode(text,    decoded) {
      while (match(text, /%[0-9A-Fa-f][0-9A-Fa-f]/)) {
        decoded = decoded substr(text, 1, RSTART - 1)
        decoded = decoded sprintf("%c", digit(substr(text, RSTART + 1, 1)) * 16 + digit(substr(text, RSTART + 2, 1)))
        text = substr(text, RSTART + 3)
      }
      return decoded text
    }
    # Cuts `rest` at the separator and returns what stood before it.
    function before(separator,    at, head) {
      at = index(rest, separator)
      head = at ? substr(rest, 1, at - 1) : rest
      rest = at ? substr(rest, at + length(separator)) : ""
      return head
    }
    BEGIN {
      rest = ENVIRON["DATABASE_URL"]
      found["scheme"] = before("://")
      authority = before("?")
      for (number = split(rest, parameters, "&"); number > 0; number--) {
        rest = parameters[number]
        name = before("=")
        found[name] = rest
      }
      rest = authority
      authority = before("/")
      found["name"] = rest
      if (match(authority, /.*@/)) {
        rest = substr(authority, 1, RLENGTH - 1)
        authority = substr(authority, RLENGTH + 1)
        found["user"] = before(":")
        found["password"] = rest
      }
      if (match(authority, /:[0-9]*$/)) {
        found["port"] = substr(authority, RSTART + 1)
        authority = substr(authority, 1, RSTART - 1)
      }
      gsub(/^\[|\]$/, "", authority)
      if (authority != "") found["host"] = authority
      printf "%s", decode(found[part])
    }'
}

problems=""
problem() { problems="$problems
  $*"; }

read_settings() {
  if [ -n "${DATABASE_URL:-}" ]; then
    case $(url_part scheme) in
      postgres | postgresql) ;;
      *) problem "DATABASE_URL has to start with postgres://, as in postgres://user:password@host:5432/name" ;;
    esac
    host=$(url_part host) port=$(url_part port) name=$(url_part name) user=$(url_part user) password=$(url_part password)
    ssl_mode=$(url_part sslmode) ssl_root_cert=$(url_part sslrootcert)
    for part in host name user; do
      eval "[ -n \"\$$part\" ]" ||
        problem "DATABASE_URL names no $part, as in postgres://user:password@host:5432/name"
    done
  else
    host=${DATABASE_HOST:-} port=${DATABASE_PORT:-} name=${DATABASE_NAME:-} user=${DATABASE_USER:-}
    password=${DATABASE_PASSWORD:-} ssl_mode="" ssl_root_cert=""
    for variable in DATABASE_HOST DATABASE_NAME DATABASE_USER DATABASE_PASSWORD; do
      eval "[ -n \"\${$variable:-}\" ]" || problem "$variable is missing"
    done
  fi

  port=${port:-5432}
  case $port in
    *[!0-9]*) problem "DATABASE_PORT has to be a number, as in 5432" ;;
  esac

  ssl_mode=${ssl_mode:-${DATABASE_SSL_MODE:-require}}
  ssl_root_cert=${ssl_root_cert:-${DATABASE_SSL_ROOT_CERT:-}}
  case $ssl_mode in
    disable | prefer | require | verify-full) ;;
    verify-ca) [ -n "$ssl_root_cert" ] || problem "DATABASE_SSL_ROOT_CERT is missing; DATABASE_SSL_MODE=verify-ca needs it" ;;
    *) problem "DATABASE_SSL_MODE has to be disable, prefer, require, verify-ca or verify-full" ;;
  esac
  if [ -n "$ssl_root_cert" ] && ! [ -r "$ssl_root_cert" ]; then
    problem "DATABASE_SSL_ROOT_CERT: there is no readable file $ssl_root_cert"
  fi

  lock_timeout=${MIGRATION_LOCK_TIMEOUT_SECONDS:-300}
  case $lock_timeout in
    *[!0-9]* | ??????*) problem "MIGRATION_LOCK_TIMEOUT_SECONDS has to be a number of seconds, as in 300" ;;
  esac

  for program in psql migrate; do
    command -v "$program" >/dev/null || problem "the program $program is missing; the image of this folder has it"
  done
  if [ -n "$problems" ]; then
    fail "nothing was done:$problems"
  fi

  unset PGSERVICE PGSERVICEFILE PGHOSTADDR PGPASSFILE PGSSLCERT PGSSLKEY PGSSLROOTCERT PGOPTIONS
  export PGHOST="$host" PGPORT="$port" PGDATABASE="$name" PGUSER="$user" PGPASSWORD="$password" PGSSLMODE="$ssl_mode"
  export PGAPPNAME=migrations PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=10 LC_ALL=C
  if [ -n "$ssl_root_cert" ]; then
    export PGSSLROOTCERT="$ssl_root_cert"
  fi
  export MIGRATION_LOCK_TIMEOUT_SECONDS="$lock_timeout"
}

connect() {
  encrypted=$(query -c "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") ||
    fail "no connection to database $PGDATABASE at $PGHOST:$PGPORT as $PGUSER; the line above says why." \
      "Check the settings, that the server runs and that its firewall lets this machine in"
  # golang-migrate does not know "prefer".
  if [ "$PGSSLMODE" = prefer ]; then
    PGSSLMODE=disable
    if [ "$encrypted" = t ]; then
      PGSSLMODE=require
    fi
  fi
}

# ── One run at a time ────────────────────────────────────────────────────────────────────────────────────────────────

# locked COMMAND…: runs this script again while a session of psql holds a lock, and ends as that does.
#
# The lock is asked for between transactions and not waited for inside one: a CREATE INDEX CONCURRENTLY of the other
# run would wait for this transaction in turn.
locked() {
  exec 3>&1
  code=$(
    query -v VERBOSITY=terse <<SQL
DO \$\$
DECLARE
  deadline timestamptz := clock_timestamp() + interval '$MIGRATION_LOCK_TIMEOUT_SECONDS seconds';
BEGIN
  WHILE NOT pg_try_advisory_lock(hashtextextended('migrate.sh', 0)) LOOP
    IF clock_timestamp() > deadline THEN
      RAISE EXCEPTION 'another run has held the lock for $MIGRATION_LOCK_TIMEOUT_SECONDS seconds';
    END IF;
    COMMIT;
    PERFORM pg_sleep(0.5);
  END LOOP;
END
\$\$;
\set code \`./migrate.sh --locked $* </dev/null >&3 2>&3; echo \$?\`
\echo :code
SQL
  ) || fail "no lock; see the line above. Nothing was changed: run it again when the other run has ended, or set" \
    "MIGRATION_LOCK_TIMEOUT_SECONDS higher"
  [ "$code" = 0 ] || exit 1
}

# ── Migrations ───────────────────────────────────────────────────────────────────────────────────────────────────────

# Versions in sql/ without leading zeros, in order.
versions() {
  for file in sql/*.up.sql; do
    [ -e "$file" ] || continue
    number=${file#sql/}
    number=${number%%_*}
    echo "$number"
  done | sed 's/^0*\([0-9]\)/\1/' | sort -n
}

newest() { versions | tail -n 1; }

version_before() {
  before=$(versions | awk -v version="$1" '$1 < version' | tail -n 1)
  echo "${before:--1}"
}

name_of() {
  for file in sql/*.up.sql; do
    number=$(echo "${file#sql/}" | sed 's/^0*\([0-9]\)/\1/')
    if [ "${number%%_*}" = "$1" ]; then
      echo "$file"
      return
    fi
  done
  echo "migration $1"
}

# read_state: sets version (empty before the first migration) and dirty (t or f).
read_state() {
  state=""
  migrated=$(query -c "SELECT to_regclass('schema_migrations') IS NOT NULL")
  if [ "$migrated" = t ]; then
    state=$(query -F ' ' -c "SELECT version, dirty FROM schema_migrations")
  fi
  version=${state% *} dirty=${state#* }
}

explain_dirty() {
  fail "the database is marked dirty at version $version: $(name_of "$version") failed half way." \
    "PostgreSQL has taken all of it back, unless the file has a COMMIT or a statement like CREATE INDEX CONCURRENTLY." \
    "Look at the database, correct the file, run this image with the command \"force $(version_before "$version")\"" \
    "(or \"force $version\" when you completed the migration by hand), then run it as usual"
}

golang_migrate() { migrate -path sql -database postgres:/// -lock-timeout "$MIGRATION_LOCK_TIMEOUT_SECONDS" "$@" 2>&1; }

apply_migrations() {
  if [ "$dirty" = t ]; then
    explain_dirty
  fi
  if [ -z "$(newest)" ]; then
    say "there are no migrations in sql/"
    return
  fi
  if ! golang_migrate up; then
    read_state
    if [ "$dirty" = t ]; then
      explain_dirty
    fi
    fail "the migrations failed before any of them changed something; see the lines above"
  fi
  read_state
  say "the database is at version $version"
}

# ── Import ───────────────────────────────────────────────────────────────────────────────────────────────────────────

# check_import FILE: sets table and columns, quoted for SQL, from import/NN_table.csv and its first line.
check_import() {
  table=$(basename "$1" .csv)
  echo "$table" | grep -Eq '^[0-9]{2}_([a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*$' ||
    fail "$1: the name has to be two digits for the order, and the table, as in import/01_items.csv"
  table=$(echo "${table#??_}" | sed 's/[^.]*/"&"/g')

  byte_order_mark=$(printf '\357\273\277')
  columns=$(head -n 1 "$1" | tr -d '\r"' | sed "s/^$byte_order_mark//")
  echo "$columns" | grep -Eq '^[a-z_][a-z0-9_]*(,[a-z_][a-z0-9_]*)*$' ||
    fail "$1: the first line has to name the columns in small letters, separated by commas, as in id,name"
  columns=$(echo "$columns" | sed 's/[^,]*/"&"/g')
}

# A temporary table bears its file's name, so that PostgreSQL's errors do so too.
import_commands() {
  echo "BEGIN;"
  for file in import/*.csv; do
    check_import "$file"
    rows="pg_temp.\"$(basename "$file")\""
    cat <<SQL
\\warn migrations: reading $file
CREATE TEMPORARY TABLE $rows ON COMMIT DROP AS SELECT $columns FROM $table WITH NO DATA;
\\copy $rows FROM '$file' WITH (FORMAT csv, HEADER)
SELECT count(*) AS read FROM $rows \\gset
INSERT INTO $table ($columns) SELECT $columns FROM $rows ON CONFLICT DO NOTHING;
\\warn migrations: :ROW_COUNT of its :read rows are new
SQL
  done
  echo "COMMIT;"
}

import_rows() {
  set -- import/*.csv
  [ -e "$1" ] || return 0
  commands=$(import_commands) || exit 1
  printf '%s\n' "$commands" | query -f - ||
    fail "the import failed; the lines above name the file. No row of any file was imported (the migrations stay):" \
      "correct the file and run it again"
}

# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────

up() {
  read_state
  if [ -n "$version" ] && [ "$dirty" = f ] && [ "$version" -gt "$(newest || echo 0)" ]; then
    say "the database is at version $version, newer than the $(newest) of this image, as it is when an older release" \
      "is deployed again: nothing to do"
    return
  fi
  apply_migrations
  import_rows
}

case "${1:-up}" in
  --locked)
    shift
    # psql sets these for the programs that it starts, and golang-migrate refuses to run with them.
    unset PGSYSCONFDIR PGLOCALEDIR
    case $1 in
      up) up ;;
      force)
        golang_migrate force -- "$2"
        say "the database now counts as being at version $2"
        ;;
    esac
    ;;
  up)
    # A stop request waits: a migration that is cut off leaves the database dirty.
    trap '' TERM
    read_settings
    connect
    locked up
    ;;
  version)
    read_settings
    connect
    read_state
    say "the database is at version ${version:-0}$([ "$dirty" != t ] || echo ', dirty'); this image brings $(newest)"
    ;;
  force)
    case ${2:-} in
      -1) ;;
      "" | *[!0-9]*) fail "say which version, as in: migrate.sh force $(newest)" ;;
    esac
    read_settings
    connect
    locked force "$2"
    ;;
  *)
    fail "\"$1\" is none of the commands up, version and force"
    ;;
esac
