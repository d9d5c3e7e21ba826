# lib.sh - sourced by the script tests: run the real program, compare, count
# SPDX-License-Identifier: MIT
# A script sources it, makes checks, and ends with `finish`.

set -u
builddir=${builddir:-$(pwd)}
srcdir=${srcdir:-$builddir/..}
neggen=$builddir/neggen
passed=0
failed=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/neggen-test-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
unset OPENAI_API_KEY OPENAI_BASE_URL
export XDG_CONFIG_HOME="$scratch/config" LC_ALL=C.UTF-8

pass() { passed=$((passed + 1)); echo "ok   $1"; }
fail() { failed=$((failed + 1)); echo "FAIL $1"; shift; for line in "$@"; do printf '     %s\n' "$line"; done; }

# same NAME GOT WANTED
same() {
  if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:    $2" "wanted: $3"; fi
}

# holds NAME TEXT PATTERN (a shell pattern)
holds() {
  case $2 in
  $3) pass "$1" ;;
  *) fail "$1" "got:     $2" "pattern: $3" ;;
  esac
}

# run COMMAND...: sets $out, $err_text, $status
run() {
  out=$("$@" 2>"$scratch/stderr" </dev/null)
  status=$?
  err_text=$(cat "$scratch/stderr")
}

# refuses NAME STATUS PATTERN COMMAND...: exit status, and one line on stderr that matches
refuses() {
  refuse_name=$1 refuse_status=$2 refuse_pattern=$3
  shift 3
  run "$@"
  lines=$(printf '%s\n' "$err_text" | wc -l)
  if [ "$status" != "$refuse_status" ]; then
    fail "$refuse_name" "exit status $status, wanted $refuse_status" "$err_text"
  elif [ "$lines" != 1 ]; then
    fail "$refuse_name" "wanted one line on stderr, got $lines" "$err_text"
  else
    holds "$refuse_name" "$err_text" "$refuse_pattern"
  fi
}

# events_are_told WS: the manual tells of every key of its runs' events and results
events_are_told() {
  untold=
  for key in $(cat "$1"/runs/*/events.jsonl "$1"/runs/*/metrics.json | grep -oE '"[a-z_0-9@+]+":' |
    tr -d '":' | sed -E 's/@[0-9]+$//' | sort -u); do
    grep -qwF -- "$key" "$builddir/man/neggen-train.1" || untold="$untold $key"
  done
  for event in $(cat "$1"/runs/*/events.jsonl | sed -nE 's/.*"event":"([a-z]+)".*/\1/p' | sort -u); do
    grep -qx "\.B $event" "$builddir/man/neggen-train.1" || untold="$untold $event"
  done
  same "the manual tells of every event and key" "$untold" ""
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" != 0 ]
  exit $?
}
