#!/bin/sh
# Asking a model again: repair rounds, balance rounds, candidates that differ.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/model-server.sh"

ws=$scratch/ws
"$neggen" import "$ws" "$srcdir/samples/catalogue" --quiet || exit 1
start_server rounds --log "$scratch/log"
base=$url
ask() { # MODEL ITEM OPTIONS...
  model=$1 item=$2
  shift 2
  "$neggen" generate "$ws" "$item" --backend openai --api-base "$base" --model "$model" "$@"
}
# newest ITEM: its newest candidate, as JSON
newest() { "$neggen" show "$ws" "$1" --json | sed 's/.*{"id":/{"id":/'; }

# Repair rounds.
run ask flaky mug-02 --json
holds "each template's repair round is counted" "$out" \
  '*"valid":1,*"rounds":{"repair":{"asked":3,"helped":3,"valid_without":0},"balance":{"asked":0,"helped":0,"gain":null}}*'
run ask flaky mug-03 --repairs 0
holds "without repair rounds the first reply counts" "$status $err_text" '65 neggen: mug-03: the reply holds no JSON object*'
run ask prose mug-04 --repairs 3 --json
holds "as many as are asked for, and the probe" "$out" '*"requests":5,*"rounds":{"repair":{"asked":3,"helped":0,*'
run ask flaky mug-02 --again
holds "people are told what they were good for" "$out" \
  '*repair rounds: 3 asked, 3 helped; valid without them 0, with them 1*'

# Balance rounds.
run ask lopsided mug-01 --balance-rounds 3 --events
holds "a balance round tells the model how far each modality moved" "$out" \
  '*"state":"again",*"the two modalities should move about as much, and on the way to another item the text went 0.0*, the picture 0.*: choose a new value of material that changes the text more, and one of color that changes the picture less"*'
holds "it helps, and the round after it, which does not, is the last" "$out" \
  '*"rounds":{"repair":{"asked":0,"helped":0,"valid_without":1},"balance":{"asked":2,"helped":1,"gain":0.*'
holds "the candidate keeps how it was before" "$(newest mug-01)" \
  '*"valid":true,*"overall":0.[5-9]*"rounds":{"repair":0,"balance":2,"balance_before":0.[0-4]*'
run ask good mug-05 --balance-rounds 2
holds "where nothing is gained, the first candidate stands" "$out" \
  'mug-05: candidate *, valid, *balance rounds: 1 asked, 0 helped*'
holds "whole, with its checks" "$(newest mug-05)" \
  '*"valid":true,"draft":false,*"checks":{"keys":{"ok":true,*"picture":{"ok":true,*"rounds":{"repair":0,"balance":1,*'
run "$neggen" generate "$ws" mug-06 --balance-rounds 2 --json
holds "the offline engine is not asked again" "$out" '*"valid":1,*"balance":{"asked":0,*'

# A server that breaks in a balance round costs the round, not the candidate.
run ask breaks-on-repair mug-07 --balance-rounds 1 --retries 0
holds "a failure in a balance round costs the round only" "$status $out" '0 mug-07: candidate *, valid, *balance rounds: 1 asked, 0 helped*'

# Candidates that differ.
run ask good mug-08 --count 4 --jobs 4 --json
holds "four candidates" "$out" '*"items":4,"done":4,"valid":4,*'
same "each is told what the others have, and has other values" \
  "$("$neggen" show "$ws" mug-08 --json | grep -o '"modality":"image","key":"color",[^}]*"role":"key"' | sort -u | wc -l)" 4
run ask forgetful mug-09 --count 2 --events
holds "who repeats itself is asked again" "$out" '*"another candidate of this item has the same new values already: choose different ones"*'
holds "and doubted" "$(newest mug-09)" '*"valid":true,*"distinct":{"ok":false,"flag":true,*"rounds":{"repair":1,*'
run "$neggen" prompts render "$ws" complete mug-08 --backend openai
holds "a prompt shows what was chosen before" "$status $out" '*New values that were chosen for this item before (choose others):*'

run "$neggen" info "$ws"
holds "info counts and compares" "$out" '*repaired: *, valid then *balanced again: *, better then 1 (mean 0.*, before 0.*)*'
run "$neggen" info "$ws" --json
holds "as JSON, too" "$out" '*"rounds":{"repair":{"candidates":*,"valid":*},"balance":{"candidates":3,"better":1,"before":0.*,"after":0.*}}*'

finish
