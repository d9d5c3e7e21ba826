#!/bin/sh
# The whole line on the sample catalogue: import, generate, look, train, rank.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
ws=$scratch/ws

# number TEXT KEY: the first number under a key of a JSON text
number() { printf '%s\n' "$1" | grep -o "\"$2\":-\{0,1\}[0-9.e+-]*" | head -n 1 | sed 's/.*://'; }
# true_that NAME EXPRESSION: of numbers, as awk says
true_that() {
  if awk "BEGIN { exit !($2) }"; then pass "$1"; else fail "$1" "$2"; fi
}

run "$neggen" import "$ws" "$srcdir/samples/catalogue" --json
same "the samples are imported" "$status" 0
run "$neggen" info "$ws" --json
same "with all items, users and pictures" \
  "$(number "$out" items) $(number "$out" users) $(number "$out" pictures)" "288 640 288"

run "$neggen" generate "$ws" --all --json
same "negatives are generated" "$status" 0
true_that "of at least 95 items in 100, valid" "$(number "$out" valid) >= .95 * 288"
true_that "which move both modalities alike" "$(number "$out" balance) >= .7"
run "$neggen" generate "$ws" --all --json
same "again, they are there already" "$(number "$out" valid) $(number "$out" requests)" "0 0"

run "$neggen" show "$ws" mug-02
holds "both sides of one are seen" "$out" '*original * | intervened*PICTURE*balance *'

# recall MODEL: train it; its test Recall@20, all that is known of a user masked
recall() {
  "$neggen" train "$ws" --model "$1" --json 2>>"$scratch/train.txt" >"$scratch/$1.json" ||
    tail -n 3 "$scratch/train.txt" >&2
  number "$(tail -n 1 "$scratch/$1.json" | sed 's/.*"test"://')" recall@20
}
popular=$(recall popular)
lightgcn=$(recall lightgcn)
neggen_recall=$(recall neggen)
true_that "popularity tells something" "$popular > .15"
true_that "what users share tells a third more" "$lightgcn > 1.33 * $popular"
true_that "neggen ranks no worse than its base" "$neggen_recall > .95 * $lightgcn"
true_that "its best epoch comes after the base's first" \
  "$(number "$(tail -n 1 "$scratch/neggen.json")" best_epoch) > 1"
same "no figure is missing" "$(grep -c 'nan\|inf' "$scratch/neggen.json")" 0

run "$neggen" eval "$ws" 3 --json
same "the run measures again as it did" "$(number "$out" recall@20)" "$neggen_recall"
run "$neggen" info "$ws" --json
same "three runs are kept" "$(number "$out" runs)" 3
finish
