#!/bin/sh
# What the interface starts goes on without it: a run of the trainer, stopped and resumed; candidates of
# all items by a model behind HTTP.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/screen.sh"
. "$srcdir/tests/scripts/films.sh"
. "$srcdir/tests/scripts/model-server.sh"

here=$(cd "$builddir" && pwd)
open_it() { # WORKSPACE OPTION...: as a person at a terminal of tmux's own kind
  keys "clear; TERM=screen '$here/neggen' open $*; echo status \$?" Enter
}
leave() {
  keys Q
  sees "the interface is left" '*status 0*'
}
# epoch RUN: the newest that its events tell of
epoch() { sed -n 's/.*"event":"epoch".*"epoch":\([0-9]*\).*/\1/p' "$ws/runs/$1/events.jsonl" | tail -n 1; }
# alive FILE: the process whose number is in a lock (one that nobody waits for has no command line left)
alive() { [ -s "$1" ] && tr '\0' ' ' <"/proc/$(cat "$1")/cmdline" | grep -q . && echo alive; }
# change NAME VALUE: a setting of the form, whose first row is the model
change() {
  keys Home
  for step in $(seq "$(screen | awk -v name="$1" '/[ *]model  / { first = NR }
    first && $0 ~ "[ *]" name "  " { print NR - first; exit }')"); do
    keys Down
  done
  keys Enter
  keys "$2" Enter
  sees "$1 becomes $2" "*[*]$1 * $2*"
}

# --- a run from the form
ws=$scratch/ws
"$neggen" import "$ws" "$srcdir/samples/catalogue" --quiet || exit 1
shell train
open_it "$ws"
sees "the items are listed" '*Pebble mug*'
keys t
sees "the form is there" '*NEW RUN*no run yet*model*'
keys Tab Enter Enter # neggen -> popular -> mf
sees "another model has other settings" '*model * mf*patience*'
change patience 90000
change epochs 80000
keys s
sees "the run is under way" '*1   mf * running *'
sees "its curves are drawn" '*l loss 0.*r real*R Recall@20 0.*at *N NDCG@20*'
sees "with the time it may take" '*train, epoch * of at most 80000, * s each; * to * left*'
lowered=$(($(nice) + 10 < 19 ? $(nice) + 10 : 19))
same "it gives way to others" "$(awk '{ print $19 }' "/proc/$(cat "$ws/runs/1/lock")/stat")" "$lowered"
session=$(sed 's/.* nice //' "/proc/$(cat "$ws/runs/1/lock")/autogroup" 2>/dev/null || echo "$lowered")
same "as a session, too, where Linux goes by them" "$session" "$lowered"
keys Tab D
sees "it is not removed while it runs" '*delete needs a run that is not running*'
keys L
sees "what it prints is shown" '*LOG*train *loss 0.*Recall@20*'
keys L x
sees "it can be stopped" '*1   mf * stopped *'
stopped=$(epoch 1)
same "with its last word in its events" "$(tail -n 1 "$ws/runs/1/events.jsonl" | grep -o '"event":"[a-z]*"')" \
  '"event":"stopped"'
holds "and a checkpoint" "$(ls "$ws/runs/1")" '*checkpoint*'
keys R
sees "and resumed" '*1   mf * running *'
leave
same "the interface is left, the run goes on" "$(alive "$ws/runs/1/lock")" alive
open_it "$ws"
sees "it is found in the first line" '*mug*'
sees "with its epoch" '*run 1 epoch *R@20 0.*'
keys t
sees "and in the view" '*1   mf * running *R Recall@20 0.*at *'
keys x
sees "which stops it again" '*1   mf * stopped *'
keys s
sees "why another one cannot begin is said" '*there are no valid negatives to train with*'
leave
resumed=$(sed -n 's/.*"event":"resumed".*"epoch":\([0-9]*\).*/\1/p' "$ws/runs/1/events.jsonl")
same "the second part began where the first one ended" "$resumed" "$stopped"
same "no epoch is missing or told twice" \
  "$(grep -o '"event":"epoch".*"epoch":[0-9]*' "$ws/runs/1/events.jsonl" | sed 's/.*://' | awk '$1 != NR { print "at " NR ": " $1; exit }')" ""
tmux kill-session -t train

# --- candidates of all items, by a model
cd "$scratch" || exit 1
make_films
"$neggen" import films-ws films --quiet || exit 1
ws=$scratch/films-ws
mkfifo log
exec 8<>log
start_server films --log log
shell generate
open_it "$ws" --backend openai --model good --api-base "$url"
sees "the films are listed" '*good at http*Toy Story*'
kill -STOP $server_pid # nobody answers for a while
keys G
sees "a job is under way" '*generating*'
interface=$(tmux list-panes -t "$shell" -F '#{pane_pid}')
tmux kill-session -t "$shell" # a connection that breaks
timeout 20 tail --pid="$interface" -s 0.1 -f /dev/null
lock=$(find "$ws/jobs/1" -name lock)
same "the terminal hangs up, the job goes on" "$(alive "$lock")" alive
shell again
open_it "$ws" --backend openai --model good --api-base "$url"
sees "the films are listed again" '*Toy Story*'
keys o
sees "the job is found" '*1 *running * good*'
kill -CONT $server_pid
sees "and seen to its end" '*1 *done*'
read -r line <&8
holds "the server was asked" "$line" 'good * picture=*'
leave
run "$neggen" info "$ws" --json
holds "every film has its candidate" "$out" '*"negatives":4,"valid":4,*'
same "nothing runs any more" "$(alive "$lock")" ""
kill $server_pid
finish
