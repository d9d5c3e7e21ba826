#!/bin/sh
# Recorded replies: what a model answered once is answered again, without it.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/model-server.sh"

ws=$scratch/ws
key=sk-secret-0123456789
"$neggen" import "$ws" "$srcdir/samples/catalogue" --quiet || exit 1
cp -r "$ws" "$scratch/empty"
start_server plain --key "$key" --log "$scratch/log"
printf '%s\n' "$key" >"$scratch/key"
live() { "$neggen" generate "$ws" "$@" --backend openai --api-base "$url" --api-key-file "$scratch/key" --quiet; }
live mug-01 mug-02 --model good || exit 1
live mug-03 --model flaky || exit 1
live mug-04 --model length@mask 2>/dev/null
live mug-05 --model error-500@complete --retries 0 2>/dev/null
before=$(wc -l <"$scratch/log")

# From the workspace's own record.
replay() { "$neggen" generate "$1" "$2" --backend replay --model "$3"; }
run replay "$ws" mug-01 good
holds "the record answers" "$status $out" '0 mug-01: candidate *, valid, *'
texts() { "$neggen" show "$ws" "$1" --json | grep -o '"backend":"[a-z]*"\|"changes":[^]]*]' | sed -n "/$2/{n;p;}" | tail -1; }
same "with what the model said" "$(texts mug-01 replay)" "$(texts mug-01 openai)"
run replay "$ws" mug-03 flaky
holds "a reply of no use, and the one after it" "$status $out" '0 mug-03: *, valid, *'
refuses "an answer that was cut is cut again" 65 'neggen: mug-04: the reply was cut at max_tokens *' replay "$ws" mug-04 length@mask
refuses "a failure fails again" 69 'neggen: mug-05: answered 500: Something broke.*' replay "$ws" mug-05 error-500@complete
refuses "what was never asked has no answer" 69 'neggen: lamp-01: the record has no reply to describe of "lamp-01"' replay "$ws" lamp-01 good

# From a file.
run "$neggen" batch record "$ws" "$scratch/all.jsonl"
holds "the exchanges are written as answers" "$status $out $(head -1 "$scratch/all.jsonl")" \
  '0 * exchanges {"custom_id":"*","item":"mug-01","template":"describe","model":"good","response":{"status_code":200,"body":"data: *'
same "the key is not among them" "$(grep -cF "$key" "$scratch/all.jsonl")" 0
run "$neggen" batch record "$ws" "$scratch/one.jsonl" mug-02 --json
same "of one item" "$out $(grep -vc '"item":"mug-02"' "$scratch/one.jsonl")" '{"exchanges":3} 0'
from() { "$neggen" generate "$scratch/empty" "$1" --backend replay --replies "$2" --model "$3"; }
run from mug-02 "$scratch/one.jsonl" good
holds "a file answers elsewhere" "$status $out" '0 mug-02: candidate 1, valid, *'
run from mug-02 "$scratch/all.jsonl" another
holds "another model's questions have the answers for the same item" "$status $out" '0 mug-02: candidate 2, valid, *'
refuses "an item that is not in it" 69 "neggen: mug-01: $scratch/one.jsonl has no reply to describe of \"mug-01\"" \
  from mug-01 "$scratch/one.jsonl" good
refuses "a file that is not there" 66 'neggen: *nowhere*' from mug-01 "$scratch/nowhere" good
echo '{"custom_id": 7}' >>"$scratch/one.jsonl"
refuses "a file with a bad line" 65 "neggen: $scratch/one.jsonl:4:1: no text \"custom_id\"*" from mug-02 "$scratch/one.jsonl" good

# A prompt that was edited has the answer to what it was, and its own check of it.
mkdir "$ws/prompts"
sed 's/^max_tokens: .*/max_tokens: 77/' "$srcdir/prompts/describe.prompt" >"$ws/prompts/describe.prompt"
run "$neggen" prompts try "$ws" describe mug-01 --backend replay --model good
holds "an edited prompt is tried without a server" "$status $out" '0 *== reply*"description"*'
same "nobody was asked" "$(wc -l <"$scratch/log")" "$before"
finish
