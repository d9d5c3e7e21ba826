#!/bin/sh
# Training from the command line: its figures, runs in the background, stops, kills, what is refused.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"

ws=$scratch/ws
"$neggen" --quiet import "$ws" "$srcdir/samples/catalogue" >"$scratch/import" 2>&1 ||
  fail "the samples can be imported" "$(cat "$scratch/import")"

# field NAME: a number or word of the JSON in $out, the first of that name
field() {
  printf '%s\n' "$out" | tail -n 1 | sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p'
}
# masks: the metrics under both masks in $out
masks() {
  printf '%s\n' "$out" | tail -n 1 | sed 's/.*"masks":\({"train+valid":{[^}]*},"train":{[^}]*}}\).*/\1/'
}
# wait_for PID: until that process is gone
wait_for() {
  timeout 120 tail --pid="$1" -s 0.1 -f /dev/null
}

# --- figures
run "$neggen" train "$ws" --model popular --json
same "popular needs no epochs" "$status $(field epochs)" "0 0"
run "$neggen" train "$ws" --model mf --epochs 4 --json
same "a run ends well" "$status" 0
holds "it starts with what it is" "$out" '{"model":"mf","sampler":"uniform","seed":1,"settings":{*"event":"start"*'
same "an epoch is a line" "$(printf '%s\n' "$out" | grep -c '"event":"epoch"')" 4
same "the last line is the end" "$(field event)" end
trained=$(masks)
holds "it has metrics in both masks" "$trained" \
  '{"train+valid":{"recall@5":0.*,"mrr@50":0.*},"train":{"recall@5":0.*}}'
run "$neggen" eval "$ws" 2 --json
same "eval measures the same again" "$status $(masks)" "0 $trained"
run "$neggen" eval "$ws" 2 --split valid --json
holds "eval measures validation, too" "$out" '{"run":"2","split":"valid","masks":{"train":{"recall@5":*'
run "$neggen" train "$ws" --model mf --epochs 4 --seed 2 --quiet
same "quiet says nothing" "$status $out$err_text" "0 "
run "$neggen" runs "$ws"
holds "runs are listed" "$out" '*run*state*model*1*done*popular*2*done*mf*uniform*1*4*.*3*done*mf*'
run "$neggen" runs "$ws" --json
holds "as JSON, too" "$out" '{"runs":\[{"run":"1","state":"done",*}\]}'
if cmp -s "$ws/runs/2/model" "$ws/runs/3/model"; then fail "another seed is another model"
else pass "another seed is another model"; fi

# --- in the background
run "$neggen" train "$ws" --model mf --epochs 4 --detach
same "a run in the background says its id" "$status $out" "0 4"
pid=$(cat "$ws/runs/4/lock")
wait_for "$pid"
run "$neggen" runs "$ws" --json
holds "and is done some time later" "$out" '*{"run":"4","state":"done"*'
holds "what it printed is in its log" "$(cat "$ws/runs/4/log")" 'train*Recall@20*best epoch*'
if cmp -s "$ws/runs/2/model" "$ws/runs/4/model"; then pass "it finds the same as in front"
else fail "it finds the same as in front"; fi
refuses "what is wrong with it is told at once" 65 'neggen: *run neggen generate WS --all first' \
  "$neggen" train "$ws" --model neggen --detach
same "a run that never began leaves nothing" "$(ls "$ws/runs" | sort -n | tail -n 1)" 4

# --- stopped, killed, resumed
# begin ARGUMENT...: train behind our back, until it has made three epochs, and hold it there; $pid
begin() {
  mkfifo "$scratch/events"
  "$neggen" train "$ws" --json "$@" >"$scratch/events" 2>"$scratch/behind" &
  pid=$!
  exec 3<"$scratch/events"
  while read -r line <&3; do
    case $line in *'"epoch":3,'*) break ;; esac
  done
  kill -STOP "$pid"
  rm "$scratch/events"
}
long='--model lightgcn --epochs 40 --set patience=40 --checkpoint 0'
run "$neggen" train "$ws" $long --json
whole=$(masks)

begin $long
refuses "a second trainer on the same run is told who has it" 75 \
  'neggen: runs/6 is in use by another process (pid *)' "$neggen" train "$ws" --resume 6
kill -TERM "$pid"
kill -CONT "$pid"
cat <&3 >"$scratch/rest"
wait "$pid"
same "SIGTERM stops it" "$?" 130
exec 3<&-
holds "and it says so" "$(tail -n 1 "$scratch/rest")" '{"event":"stopped","run":"6",*'
run "$neggen" runs "$ws" --json
holds "it is listed as stopped" "$out" '*{"run":"6","state":"stopped"*'
refuses "what has not ended has no model" 65 'neggen: run 6 has no model yet (it is stopped)' \
  "$neggen" eval "$ws" 6
run "$neggen" train "$ws" --resume 6 --json
holds "it is resumed" "$status $out" '0 {"event":"resumed","run":"6","stage":"train",*"event":"end"*'
same "and finds what a run without a stop finds" "$(masks)" "$whole"
if cmp -s "$ws/runs/5/model" "$ws/runs/6/model"; then pass "to the bit"; else fail "to the bit"; fi
refuses "a run that has ended is not resumed" 64 'neggen: run 6 has ended; train another one' \
  "$neggen" train "$ws" --resume 6
refuses "a resumed run keeps its settings" 64 'neggen: --resume goes on with what run 6 *leave out --seed' \
  "$neggen" train "$ws" --resume 6 --seed 4

begin $long
kill -KILL "$pid"
exec 3<&-
wait "$pid" 2>/dev/null
run "$neggen" train "$ws" --resume 7 --detach
same "a killed run is resumed in the background" "$status $out" "0 7"
wait_for "$(cat "$ws/runs/7/lock")"
if cmp -s "$ws/runs/5/model" "$ws/runs/7/model"; then pass "and ends with the same bits"
else fail "and ends with the same bits"; fi

# --- nothing is held out
mkdir "$scratch/bare"
printf 'user_id:token\titem_id:token\tx_label:float\n' >"$scratch/bare/bare.inter"
for pair in 'u1 i1' 'u1 i2' 'u2 i2' 'u2 i3'; do
  printf '%s\t%s\t0\n' "${pair% *}" "${pair#* }" >>"$scratch/bare/bare.inter"
done
"$neggen" --quiet import "$scratch/bare-ws" "$scratch/bare" --split given
run "$neggen" train "$scratch/bare-ws" --model mf --epochs 2 --progress always
same "a run without held-out interactions ends well" "$status" 0
holds "what was not measured is a dash" "$out" \
  '*valid           *- *- *- *-*test, train+valid masked * - *- *- *-*test, train masked * - *'
case $out in *.0000* | *nan*) fail "and no number" "$out" ;; *) pass "and no number" ;; esac
run "$neggen" train "$scratch/bare-ws" --model mf --epochs 2
holds "what no terminal shows is JSON, and there it is null" "$out" '*"valid":{"recall@5":null,*"masks":{"train+valid":{"recall@5":null,*'
run "$neggen" eval "$scratch/bare-ws" 1
holds "eval says so, too" "$out" '0 users*recall *-*'
run "$neggen" eval "$scratch/bare-ws" 1 --split valid --json
holds "as JSON" "$out" '{"run":"1","split":"valid","masks":{"train":{"recall@5":null,*'
run "$neggen" runs "$scratch/bare-ws"
holds "and the list of runs" "$out" '*done*mf* - *-'

# kill_after COUNT ARGUMENT...: train, and kill it when it has told COUNT events
kill_after() {
  left=$1
  shift
  mkfifo "$scratch/events"
  "$neggen" train "$ws" --json "$@" >"$scratch/events" 2>"$scratch/behind" &
  pid=$!
  exec 3<"$scratch/events"
  while [ "$left" -gt 0 ] && read -r line <&3; do left=$((left - 1)); done
  kill -KILL "$pid" 2>/dev/null
  exec 3<&-
  wait "$pid" 2>/dev/null
  rm "$scratch/events"
}
for model in mf lightgcn; do
  settings="--model $model --epochs 12 --set patience=12 --set dim=16 --checkpoint 0"
  run "$neggen" train "$ws" $settings --json
  whole=$(ls "$ws/runs" | sort -n | tail -n 1)
  kill_after 1 $settings
  killed=$(ls "$ws/runs" | sort -n | tail -n 1)
  for events in 0 1 2 3 1 4 2; do kill_after "$events" --checkpoint 0 --resume "$killed"; done
  case $(tail -n 1 "$ws/runs/$killed/events.jsonl") in
  *'"event":"end"'*) ;;
  *) run "$neggen" train "$ws" --resume "$killed" --quiet ;;
  esac
  if cmp -s "$ws/runs/$whole/model" "$ws/runs/$killed/model"; then
    pass "$model that was killed again and again ends with the same bits"
  else
    fail "$model that was killed again and again ends with the same bits" "$out" "$err_text"
  fi
done

events_are_told "$ws"

# --- refused
refuses "no such model" 64 'neggen: --model takes one of popular|mf|lightgcn|vbpr|neggen, not "svd"' \
  "$neggen" train "$ws" --model svd
refuses "no such setting" 64 'neggen: --set for mf: no setting "gamma"; there are: lr, *' \
  "$neggen" train "$ws" --model mf --set gamma=1
refuses "a setting out of its limits" 64 'neggen: --set for mf: lr takes a number from 1e-06 to 1, not 9' \
  "$neggen" train "$ws" --model mf --set lr=9
refuses "no such run to resume" 66 "neggen: no run \"99\" in $ws" "$neggen" train "$ws" --resume 99
refuses "no such run to measure" 66 "neggen: no run \"99\" in $ws" "$neggen" eval "$ws" 99
refuses "no such workspace" 66 "neggen: $scratch/none *" "$neggen" runs "$scratch/none"

# --- matrix products from elsewhere: only OpenBLAS, opened by its name, is asked
library=$(sed -n 's/^#define OPENBLAS_SONAME "\(.*\)"/\1/p' "$builddir/config.h")
mkdir "$scratch/slow"
if echo 'void cblas_sgemm(void) { __builtin_trap(); }' |
  ${CC:-cc} -shared -fPIC -x c -o "$scratch/slow/$library" - 2>/dev/null; then
  run "$neggen" runs "$ws" --json
  runs_before=$out
  run env LD_PRELOAD="$scratch/slow/$library" ASAN_OPTIONS=verify_asan_link_order=0 "$neggen" eval "$ws" 2 --json
  same "a BLAS that was loaded before is not asked" "$status $(masks)" "0 $trained"
  elsewhere="env LD_LIBRARY_PATH=$scratch/slow"
  refuses "a BLAS that is not OpenBLAS does not train" 72 \
    "neggen: $library is not what neggen was built with: $scratch/slow/*" \
    $elsewhere "$neggen" train "$ws" --model mf --epochs 1
  refuses "nor does it measure" 72 "neggen: $library is not what neggen was built with: *" \
    $elsewhere "$neggen" eval "$ws" 2
  run "$neggen" runs "$ws" --json
  same "a run that was refused is not there" "$out" "$runs_before"
fi

refuses "a full disk is told" 74 'neggen: cannot write *' \
  sh -c "ulimit -f 600; exec '$neggen' train '$ws' --model mf --epochs 1 --quiet"

finish
