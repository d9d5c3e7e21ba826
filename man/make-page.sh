#!/bin/sh
# make-page.sh NEGGEN VERSION PAGE.in: the manual page on stdout, each line `@table NAME@` replaced by
# what `neggen help --table NAME` prints, so that no table of the manual differs from the program.
# SPDX-License-Identifier: MIT
set -eu
neggen=$1 version=$2 page=$3
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
  '@table '*@)
    name=${line#@table }
    "$neggen" help --table "${name%@}"
    ;;
  *@version@*) printf '%s%s%s\n' "${line%%@version@*}" "$version" "${line#*@version@}" ;;
  *) printf '%s\n' "$line" ;;
  esac
done <"$page"
