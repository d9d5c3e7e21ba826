#!/bin/sh
# The manual: a page for each command, tables filled in by the program, no warning of groff.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"

for page in "$builddir"/man/*.[157]; do
  name=$(basename "$page")
  same "$name has its tables filled in" "$(grep -c '^@\|@version@' "$page")" 0
  if command -v groff >/dev/null; then
    same "groff reads $name without a warning" \
      "$(groff -t -man -Tutf8 -ww -z "$page" 2>&1 | head -n 3)" ""
  fi
done
commands=$("$neggen" --help | sed -n '/^commands:/,/^$/p' | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p')
for command in $commands; do
  same "$command has a page" "$(test -s "$builddir/man/neggen-$command.1" && echo yes)" yes
  run "$neggen" "$command" --help
  holds "$command --help begins with its usage" "$out" "usage: neggen $command*"
done
finish
