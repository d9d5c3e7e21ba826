#!/bin/sh
# The same negatives whatever the order, the number at once, kills on the way; others for another picture.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"

list=$builddir/tests/scripts/list-negatives
ws=$scratch/ws
"$neggen" import "$ws" "$srcdir/samples/catalogue" --quiet || exit 1
cp -r "$ws" "$scratch/mixed"
cp -r "$ws" "$scratch/killed"
every_item() { "$neggen" list "$1" --limit 1000 --json | grep -o '"key":"[^"]*' | sed 's/.*"//'; }
# same_lists NAME GOT: the candidates in a file are those of $scratch/want
same_lists() {
  if difference=$(diff "$scratch/want" "$2"); then pass "$1"
  else fail "$1" "$(printf '%s\n' "$difference" | cut -c 1-300 | head -n 4)"; fi
}

# --- in another order, some at once, in several goes
run "$neggen" generate "$ws" --all --seed 5 --quiet
same "all items get a candidate" "$status" 0
"$list" "$ws" >"$scratch/want"
same "one each" "$(awk '{ print $1 }' "$scratch/want")" "$(every_item "$ws")"
some=$(every_item "$ws" | awk 'NR % 5 == 3' | sort -r)
# shellcheck disable=SC2086 # a list of words
run env OMP_NUM_THREADS=1 "$neggen" generate "$scratch/mixed" $some --seed 5 --jobs 7 --quiet
same "some items come first, backwards, seven at once" "$status" 0
run "$neggen" generate "$scratch/mixed" --where mug --seed 5 --jobs 2 --quiet
run env OMP_NUM_THREADS=2 "$neggen" generate "$scratch/mixed" --all --seed 5 --jobs 16 --quiet
same "then all, sixteen at once" "$status" 0
"$list" "$scratch/mixed" >"$scratch/got"
same_lists "texts, changes, checks, pictures are the same" "$scratch/got"
run "$neggen" generate "$scratch/mixed" mug-01 bag-01 --seed 6 --quiet
same "another seed makes others" "$("$list" "$scratch/mixed" | grep -c '"seed":"6"')" 2

# --- killed at any moment
ws=$scratch/killed
moment() { awk "BEGIN { srand($$ + $1); printf \"%.3f\", $2 * rand() }"; }
# At first while the catalogue is counted, then between items or in a flush to disk.
for time in 1 2 3; do
  "$neggen" generate "$ws" --all --seed 5 --quiet &
  pid=$!
  sleep "$(moment $time .3)"
  kill -KILL $pid
  wait $pid 2>/dev/null
done
mkfifo "$scratch/events"
for time in 4 5 6 7 8; do
  "$neggen" generate "$ws" --all --seed 5 --jobs $time --events >"$scratch/events" &
  pid=$!
  exec 3<"$scratch/events"
  while read -r line <&3; do
    case $line in *'"event":"item"'*) break ;; esac
  done
  cat <&3 >/dev/null &
  exec 3<&-
  sleep "$(moment $time .25)"
  kill -KILL $pid
  wait $pid 2>/dev/null
done
kept=$("$list" "$ws" | wc -l)
run "$neggen" generate "$ws" --all --seed 5 --json
same "after eight kills the same command goes on" "$status" 0
holds "from what was there ($kept candidates)" "$out" "*\"done\":288,*\"cached\":$kept,*"
"$list" "$ws" >"$scratch/got"
same_lists "nothing is lost, doubled or different" "$scratch/got"
same "no temporary file is left" "$(find "$ws" -name '*.new*' -o -name '*-wal' -o -name '*-journal' -o -name '*~')" ""
same "nor a process" "$(pgrep -f "$ws" | tr '\n' ' ')" ""

# --- two pictures swapped: what is said of them goes along
cp -r "$srcdir/samples/catalogue" "$scratch/swapped-source"
cd "$scratch/swapped-source/images" || exit 1
mv mug-01.png x.png && mv lamp-05.png mug-01.png && mv x.png lamp-05.png
ws=$scratch/swapped
"$neggen" import "$ws" "$scratch/swapped-source" --quiet || exit 1
said() { # WS ITEM: what the description says of the picture
  "$neggen" generate "$1" "$2" --templates describe --quiet
  "$neggen" show "$1" "$2" --json | sed 's/.*"originals":{"text":"[^"]*","image":"\([^"]*\)".*/\1/'
}
mug=$(said "$scratch/ws" mug-01)
lamp=$(said "$scratch/ws" lamp-05)
holds "a description is a sentence" "$mug" 'A picture * in tone, mostly *.'
[ "$mug" != "$lamp" ] && pass "two pictures are described each" || fail "two pictures are described each" "$mug"
same "with the lamp's picture the mug is described as the lamp was" "$(said "$ws" mug-01)" "$lamp"
same "and the lamp as the mug" "$(said "$ws" lamp-05)" "$mug"
same "a third item is described as before" "$(said "$ws" bag-07)" "$(said "$scratch/ws" bag-07)"
finish
