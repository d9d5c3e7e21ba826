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
finish
