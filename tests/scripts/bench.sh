#!/bin/sh
# The benches run, and say what they promise to say.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"

refuses "no such bench" 64 'neggen: no bench "speed"; neggen bench lists them' "$neggen" bench speed
run "$neggen" bench
for bench in $(printf '%s\n' "$out" | cut -d ' ' -f 1); do
  run "$neggen" bench "$bench" --runs 2 --scale 0.01 --json
  holds "bench $bench prints its figures" "$status $out" \
    '0 {"bench":"'"$bench"'","median_s":*,"runs_s":\[*,*\],"bytes":*,"flops":*,"peak_rss_bytes":*}'
done
finish
