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
finish
