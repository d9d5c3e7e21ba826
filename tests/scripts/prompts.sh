#!/bin/sh
# The prompt workbench from scripts: one template tried, its faults pointed at, what is kept of it.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/model-server.sh"

ws=$scratch/ws
"$neggen" import "$ws" "$srcdir/samples/catalogue" --quiet || exit 1
start_server plain
try() { # MODEL TEMPLATE ITEM OPTIONS...
  model=$1 template=$2 item=$3
  shift 3
  run "$neggen" prompts try "$ws" "$template" "$item" --backend openai --api-base "$url" --model "$model" "$@"
}

try good describe mug-02
holds "a try tells what it took" "$out" '*== reply*== cost*+* tokens, first byte after *, * s*kept as candidate*'
try good describe mug-02
holds "the same is not asked twice" "$out" '*from the record: nothing was sent*'
try wrong-shape describe mug-03
holds "a reply of the wrong shape is pointed at" "$status $out" '65*== reply (of no use)*reply:1:16: expected array, found string
*               ^
*'
try prose describe mug-03
holds "so is one that is no JSON" "$out" '*reply:1:1: the reply holds no JSON object*^*'
try good describe mug-04 --events
holds "events begin with the messages, fields marked" "$out" \
  '{"system":"*"marks":\[\[1,*,"document"\]*"picture":{"width":*,"event":"messages","template":"describe",*'
holds "and end with the run that was kept" "$out" '*"event":"round"*{"event":"run","id":*,"negative":*,"reason":null}'
run "$neggen" prompts render "$ws" describe mug-04 --events
holds "render tells the messages alone" "$(printf '%s\n' "$out" | wc -l) $out" '1 {"system":*"event":"messages"*'
# The view, without a terminal: edit, run again, compare.
play() { # LINE...
  printf '%s\n' "$@" >"$scratch/keys"
  (cd "$scratch" && "$builddir/neggen" open ws --script keys --size 80x24) 2>"$scratch/stderr" </dev/null
  status=$?
}
builddir=$(cd "$builddir" && pwd) neggen=$builddir/neggen
cat >"$scratch/edit" <<'EDIT'
#!/bin/sh
case $WORDS in
fail) echo half-done >>"$1"; exit 3 ;;
*) echo "$WORDS" >>"$1" ;;
esac
EDIT
chmod +x "$scratch/edit"
export VISUAL="$scratch/edit" EDITOR=false
export WORDS='Be brief.'
play P E :wait ":save-screen first.screen" E :wait d ":save-screen second.screen" End ":save-screen third.screen"
holds "an edited template runs again" "$status $(cat "$scratch/first.screen")" '0 *Pebble mug*run 1 of 1*REPLY*read without fault*was changed*'
same "it has its place in the workspace" "$(tail -n 1 "$ws/prompts/describe.prompt")" 'Be brief.'
holds "two versions are compared word by word" "$(cat "$scratch/second.screen" "$scratch/third.screen")" \
  '*word by word*REPLY  the same in both*USER *| USER*[[]Be brief]*SYSTEM  the same in both*'
before=$("$neggen" prompts list "$ws")
WORDS='Say {{nothing}}.'
play P E :wait ":save-screen bad.screen"
holds "one that does not parse is told with its place" "$(tr -d '\n' <"$scratch/bad.screen")" \
  '*ws/prompts/describe.draft.prompt:*:5: no field nothing*stays as you left*'
same "the former version goes on" "$("$neggen" prompts list "$ws")" "$before"
WORDS='fail'
play P E :wait ":save-screen fail.screen"
holds "an editor that fails changes nothing" "$(tr -d '\n' <"$scratch/fail.screen")" '*ended with status 3*'
same "and what was written is still there" \
  "$(tail -n 2 "$ws/prompts/describe.draft.prompt" | tr '\n' ' ')" 'Say {{nothing}}. half-done '

# Version against version, model against model.
"$neggen" import "$scratch/other" "$srcdir/samples/catalogue" --quiet || exit 1
other=$scratch/other
{ cat "$srcdir/prompts/mask.prompt"; echo 'Be brief.'; } >"$scratch/brief.prompt"
compare() { # OPTIONS...
  run "$neggen" prompts compare "$other" "$@"
}
compare mask --b "$scratch/brief.prompt" --items 6
holds "the offline engine answers two versions alike, and that is said" "$status $out" \
  '0 A  mask *B  mask *valid  *6 * 0  *0  *1.0000*does not read the wording*no item differs*'
compare mask --backend openai --api-base "$url" --model good --model-b parrot --items 6 --jobs 2
holds "models are told apart, with McNemar's p of 6 to 0" "$status $out" \
  '0 *valid  *6 *100.0% *0.0%  *6  *0  *0.0312*items that differ:*A run * valid*B run * complete: *'
compare mask --backend openai --api-base "$url" --model-a parrot --model-b good --items 1
holds "sides that name their models need no other" "$status $out" '0 A  mask *, parrot*B  mask *, good*'
compare 2 --json
holds "the result is kept, and can be had again" "$status $out" \
  '0 {"comparison":2,"template":"mask","a":{"hash":*"rows":\[{"name":"valid","kind":"rate","items":6,"a":1,"b":0,"only_a":6,*'
hash=$("$neggen" prompts versions "$other" mask | sed -n '/^[0-9a-f]/{s/ .*//p;q}')
compare mask --a "$hash" --backend openai --api-base "$url" --model good --items 3 --detach
id=$out
end=$(timeout 100 tail -n +1 -f "$other/jobs/$id/events.jsonl" | grep -m1 '"event":"end"')
holds "a kept version runs again, in the background" "$end" '{"event":"end","done":3,"total":3,*'
run "$neggen" info "$other" --json
holds "nothing of it waits for a curator" "$out" '*"negatives":0,"valid":0,*'
bad() { # NAME STATUS PATTERN OPTIONS...
  bad_name=$1 bad_status=$2 bad_pattern=$3
  shift 3
  refuses "$bad_name" "$bad_status" "$bad_pattern" "$neggen" prompts compare "$other" "$@"
}
bad "one version is none to compare" 64 'neggen: both sides are mask *' mask
bad "a hash that nobody used is told" 66 'neggen: no version of mask here begins with "zz"*' mask --a zz
bad "a template that is none is told" 64 'neggen: no template "dance": *' dance
bad "a job that is not there is told" 66 'neggen: *' 99
echo '{{' >>"$scratch/brief.prompt"
bad "a version that does not parse has its place" 65 'neggen: *brief.prompt:*:1: "{{" without "}}"' mask --b "$scratch/brief.prompt"

# In the view: the version before the edit against the one in use, item by item.
export WORDS='Be kind.'
rm -f "$ws/prompts/describe.draft.prompt"
printf '%s\n' P g :wait E :wait V '"4" Enter' :wait ":save-screen table.screen" Enter ":save-screen both.screen" q ":save-screen back.screen" >"$scratch/keys"
(cd "$scratch" && "$neggen" open ws --script keys --size 80x24 --backend openai --api-base "$url" --model good) \
  2>"$scratch/stderr" </dev/null
holds "V compares the version before with the one in use" "$? $(cat "$scratch/table.screen")" \
  '0*A  describe *B  describe *comparison *, done: 4 of 4 items*valid *4 *100.0% *100.0%*seconds*ITEMS*A: valid *B: valid*'
same "and q goes back to the table" "$(cat "$scratch/back.screen")" "$(cat "$scratch/table.screen")"
holds "Enter shows both runs word by word" "$(cat "$scratch/both.screen")" '*word by word*marked: run *shown: run *REPLY*'
finish
