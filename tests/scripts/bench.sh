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
sanitizers=$(grep '^#define HAVE_SANITIZERS' "$builddir/config.h") # they keep memory of their own beside
for model in mf lightgcn vbpr neggen; do
  run "$neggen" bench epoch --model "$model" --runs 2 --scale 0.02 --set dim=16 --json
  holds "an epoch of $model is held against its limit" "$status $out" \
    '0 {"bench":"epoch",*"limit_share":*,"memory_stated_bytes":*}'
  printf '%s\n' "$out" | sed 's/.*"memory_stated_bytes":\([0-9]*\).*"peak_rss_bytes":\([0-9]*\).*/\1 \2/' >"$scratch/memory"
  read -r stated used <"$scratch/memory"
  [ "$model" != neggen ] || holds "and against all that it needs" "$out" '*"floor_s":*'
  if [ -n "$sanitizers" ]; then :
  elif [ "$used" -le "$stated" ]; then pass "and needs no more memory than it stated"
  else fail "and needs no more memory than it stated" "$used of $stated"; fi
done
run "$neggen" bench epoch --alone --runs 2 --scale 0.01 --json
case $out in
*limit_share* | *floor_s* | *twin_s*) fail "alone is without limit and twin" "$out" ;;
*) pass "alone is without limit and twin" ;;
esac
refuses "one width of features is not enough" 64 'neggen: --features takes two widths, as in 4096,384, not "4096"' \
  "$neggen" bench epoch --features 4096
refuses "a setting that the model has not" 64 'neggen: no setting "gamma"; there are: *' \
  "$neggen" bench epoch --model mf --set gamma=1
finish
