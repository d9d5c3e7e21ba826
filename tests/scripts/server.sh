#!/bin/sh
# A job on a server: tries again, formats that hold, the record, budgets, a kill, a key that is nowhere.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/model-server.sh"

ws=$scratch/ws
key=sk-secret-0123456789
"$neggen" import "$ws" "$srcdir/samples/catalogue" --quiet || exit 1
"$neggen" generate "$ws" mug-01 --quiet || exit 1 # counts the catalogue once

start_server plain --key "$key" --log "$scratch/log"
base=$url
printf '%s\n' "$key" >"$scratch/key"

ask() { # MODEL OPTIONS...
  model=$1
  shift
  $via "$neggen" generate "$ws" --backend openai --api-base "$base" --model "$model" \
    --api-key-file "$scratch/key" "$@"
}
via= # exec: for a process that is to be killed
asked() { grep -c "^$1 " "$scratch/log"; } # how often the server was asked for a model

# What may pass is tried again.
for model in rate-ms rate-seconds rate-date conflict late-408; do
  run ask "$model" mug-02 --json
  holds "$model: tried again until it is good" "$out" '*"valid":1,*"retries":2,*'
done
run ask busy-503 mug-02 --json
holds "busy: tried again" "$out" '*"valid":1,*"retries":2,*"errors":{"busy server":2}*'
run ask poisoned mug-02 --json
holds "a spoilt cache of prompts: asked without it" "$out" '*"valid":1,*"retries":3,*'
run ask error-500@describe mug-02 --retries 1 --quiet
same "an error that stays: asked once more" "$status $(asked error-500@describe)" "69 3"
run ask mistake-500 mug-02 --quiet
same "the client's own mistake is not sent twice" "$status $(asked mistake-500)" "69 2"
run ask quota mug-02 --quiet
same "an exhausted quota neither" "$status $(asked quota)" "69 2"
run ask crowded --where mug-0 --jobs 4 --json
holds "a server with room for one gets one at a time" "$out" '{"items":9,"done":9,"valid":9,*'
run ask drips mug-02 --stall 1 --quiet
same "a slow reply is no standstill" "$status" 0
run ask stalls mug-02 --stall 1 --retries 0 --quiet
holds "a standstill is" "$status $err_text" '69 *the reply stood still for 1 seconds (--stall)'
run ask good mug-02 --api-base "$base/moved/" --quiet
same "a redirect to the same host is followed" "$status" 0

run ask hang@describe mug-02 --first-byte 1 --retries 0 --quiet
holds "silence has a limit of its own" "$status $err_text" '69 *not a byte of a reply within 1 seconds (--first-byte)'

# Response formats: what is refused, or not held, is not asked for again.
run ask only-object mug-02 --quiet
same "a server without json_schema is asked for json_object" \
  "$(grep -c '^only-object [dmc].* format=json_object' "$scratch/log")" 3
run ask ignores-format mug-02 --quiet
same "a server that holds none is asked in plain words" \
  "$(grep -c '^ignores-format [dmc].* format=plain' "$scratch/log")" 3
run ask drops-format mug-02 --json
holds "a schema that is refused later: the next format, at once" "$out" '*"valid":1,*"retries":0,*'
run ask only-object mug-03 --quiet
same "what a probe found is kept" "$(grep -c '^only-object probe' "$scratch/log")" 3

# The record: nothing is paid twice.
run ask good mug-04 --templates describe --quiet
before=$(asked good)
run ask good mug-04 --json
holds "what was answered before comes from the record" "$out $(($(asked good) - before))" '*"reused":1,*} 2'
run ask good mug-04 --templates describe --seed 43 --json
holds "another seed is another question" "$out" '*"requests":1,*"reused":0,*'
run ask good mug-04 --templates describe --seed 42 --no-cache --json
holds "--no-cache asks again" "$out" '*"requests":2,*"reused":0,*'
"$neggen" batch record "$ws" "$scratch/kept.jsonl" mug-04 --quiet
same "and keeps both answers" \
  "$(grep '"template":"describe","model":"good"' "$scratch/kept.jsonl" | cut -c1-80 | sort | uniq -d | wc -l)" 1
run ask prose mug-04 --quiet
before=$(asked prose)
run ask prose mug-04 --again --seed 42 --quiet
same "a reply of no use is not paid again either" "$status $(($(asked prose) - before))" "65 0"

# Before it costs anything.
mkdir -p "$XDG_CONFIG_HOME/neggen"
printf '[price good]\ninput = 2\noutput = 10\n' >"$XDG_CONFIG_HOME/neggen/config"
before=$(asked good)
run ask good --where bag --dry-run
holds "a dry run tells requests, tokens and how, cost" "$out" \
  'dry run: 32 candidates, *at least 96 questions*about * tokens in and * out (four bytes a token*cost about *, at 2 and 10 *'
same "and asks nothing" "$(asked good)" "$before"
run ask unheard-of --where bag --dry-run
holds "of a model without a price no cost" "$out" '*cost unknown: *price unheard-of*'
refuses "a cost without a price" 78 'neggen: --budget cost=... needs the price*price unheard-of*' ask unheard-of bag-01 --budget cost=1
refuses "a budget of nothing" 64 'neggen: --budget takes tokens=N,requests=N,cost=X*' ask good bag-01 --budget tokens=none
printf '[price good]\ninput = cheap\n' >"$scratch/wrong"
refuses "a price that is none" 78 "neggen: $scratch/wrong:2: a price is a number*" ask good bag-01 --config "$scratch/wrong"

# Budgets are hard, also with several under way.
number() { printf '%s' "$out" | sed -E "s/.*\"$1\":([0-9.]+).*/\\1/"; }
before=$(asked good)
run ask good --where bag --jobs 8 --budget requests=10 --json
holds "a budget of requests stops the job, and says how to go on" "$status $err_text" \
  '75 neggen: --budget requests=10 is used up; * of 32 are done, with a larger one the same command goes on'
same "at that number" "$(($(asked good) - before)) $(number requests)" "10 10"
run ask good --where bag --jobs 8 --budget tokens=20000 --json
holds "a budget of tokens" "$status $err_text" '75 neggen: --budget tokens=20000: * are used, and the next request may take *'
total=$(($(number tokens_in) + $(number tokens_out)))
[ "$total" -le 20000 ] && [ "$total" -gt 5000 ]
same "is nearly used, and not passed ($total)" $? 0
run ask good --where bag --jobs 8 --budget cost=0.06 --json
holds "a budget of cost" "$status $err_text" '75 neggen: --budget cost=0.06: * is spent, and the next request may cost *'
awk "BEGIN { exit !($(number cost) <= 0.06) }"
same "is not passed ($(number cost))" $? 0
run ask good --where bag --jobs 8 --json
holds "the rest without one" "$status $out" '0 {"items":32,"done":32,*'

run ask good --where lamp --dry-run
holds "of a model that was asked before, tokens by the record" "$out" '*(by what this model took of each template before)*'

run ask drips --where bag --progress always
holds "progress tells rate, time left, tokens and what went wrong" "$(tr '\r' '\n' <"$scratch/stderr" | grep tokens | tail -1)" \
  '*generating * items*/s*tokens*'

# kill -9 in the middle of many requests: only those under way are asked again.
jobs=4
cp -r "$ws" "$scratch/twin"
run ask drips --where poster --jobs 16 --json
whole=$(number requests)
rm -r "$ws" && mv "$scratch/twin" "$ws"
before=$(asked drips)
via=exec
ask drips --where poster --jobs $jobs --quiet &
pid=$!
via=
while [ "$(asked drips)" -lt $((before + 40)) ]; do sleep 0.05; done
kill -9 $pid
wait $pid 2>/dev/null
run ask drips --where poster --jobs 16 --json
holds "after a kill the job goes on" "$status $out" '0 {"items":32,"done":32,*"failed":0,*'
twice=$(($(asked drips) - before - whole))
[ "$twice" -ge 0 ] && [ "$twice" -le $jobs ]
same "and asks twice at most what was under way ($twice of $jobs)" $? 0

# Ctrl-C.
before=$(asked drips)
via=exec
ask drips --where chair --jobs 2 2>"$scratch/err" >"$scratch/stopped" &
pid=$!
via=
while [ "$(asked drips)" -lt $((before + 8)) ]; do sleep 0.05; done
kill -INT $pid
wait $pid
same "an interrupt stops the job" "$?" 130
holds "it says how to go on" "$(cat "$scratch/err")" 'neggen: stopped after * of 3?; the same command goes on from there'

# Embeddings: in batches, each text once, checked.
embed() { # MODEL OPTIONS...
  model=$1
  shift
  "$neggen" embed "$ws" --encoder "$base" --model "$model" --api-key-file "$scratch/key" "$@"
}
sent() { grep -c "^embeddings $1 " "$scratch/log"; }
run embed words --modality text
holds "a server makes the vectors of a modality" "$status $out" '0 * texts asked of words, 0 there already*text      288 x 24   words*'
same "in batches of 64" "$(sed -n 's/^embeddings words //p' "$scratch/log" | sort -n | tail -1)" 64
before=$(sent words)
run embed words --modality text
holds "what was embedded before is not asked for" "$status $out $(($(sent words) - before))" '0 0 texts asked of words, * there already* 0'
run embed words --modality image --jobs 4 --json
holds "pictures by their descriptions, where they have one" "$out" '*"image":{"encoder":"words","rows":288,"columns":24,"present":[1-9]*'
run embed words --modality text --json
ordered=$out
run embed swapped --modality text --json
same "answers may come in any order" "$(printf '%s' "$out" | sed 's/swapped/words/')" "$ordered"
refuses "vectors of another dimension" 65 "neggen: $base/v1/embeddings: answered a vector of 23 numbers, the others have 24" \
  embed short --modality text
refuses "a server that is not there" 69 'neggen: http://127.0.0.1:1/v1/embeddings: no connection' \
  "$neggen" embed "$ws" --encoder http://127.0.0.1:1 --model words --modality text --retries 0
refuses "a model is needed" 64 'neggen: the openai backend needs --model NAME' "$neggen" embed "$ws" --encoder "$base" --modality text
run "$neggen" embed "$ws" --encoder builtin --quiet

# What the doctor says of a server is what it does.
doctor() { # MODEL OPTIONS...
  model=$1
  shift
  "$neggen" doctor --api-base "$base" --model "$model" --api-key-file "$scratch/key" "$@"
}
run doctor good --workspace "$ws"
holds "the doctor finds all well" "$status $out" '0 *+ blas * OpenBLAS*+ workspace  sound; 288 items*+ server *+ text *"Ready."*+ pictures   seen: *+ format     json_schema*+ embeddings *'
run doctor prose
holds "a model that does not follow is found out" "$status $out" \
  '0 *? text *the one word "ready" was asked for, and came: "What a lovely poster*expect many failed checks*'
run doctor llama
holds "slots and context of llama-server" "$out" '*kind * llama-server, 2 slots, context of 4096 tokens*'
run doctor ignores-format
holds "a format that is taken and not held" "$out" '*? format     no response_format was held*'
run doctor only-object
holds "json_object is held" "$out" '*? format     json_object*'
run doctor unheard-of
holds "a model that is not listed" "$status $out" '69 *? models * not among them: unheard-of*- text       answered 404: no such model*'
run "$neggen" doctor --api-base "$base" --json
holds "a key that is missing" "$status $out" '69 *"name":"server","health":"bad","text":"answered 401: Invalid API Key","advice":"OPENAI_API_KEY or*'
run "$neggen" doctor --api-base http://127.0.0.1:1
holds "a server that is not there" "$status $out" '69 *- server     no connection*does the server run?*'
run "$neggen" doctor --api-base "$base" --api-key-file "$scratch/key"
holds "without a model the first one is asked" "$out" '*; asked: good*+ text *'
cp -r "$ws" "$scratch/damaged"
dd if=/dev/zero of="$scratch/damaged/catalogue.db" bs=4096 seek=4 count=8 conv=notrunc 2>/dev/null
run "$neggen" doctor --workspace "$scratch/damaged"
holds "a workspace that is damaged" "$status $out" '78 *- workspace *damaged*'

run "$neggen" prompts lint "$ws" --backend openai --api-base "$base" --model llama --api-key-file "$scratch/key"
holds "the server tells what fits into its context" "$status $out" '0 nothing to complain of'
refuses "or is not there" 69 'neggen: http://127.0.0.1:1/v1/models: no connection' \
  "$neggen" prompts lint "$ws" --backend openai --api-base http://127.0.0.1:1 --model llama

# The key: not in the workspace, the log, the core of a process that dies, or what a child sees.
mkdir "$scratch/core"
(
  cd "$scratch/core" || exit 1
  ulimit -c unlimited
  OPENAI_API_KEY=$key exec "$neggen" generate "$ws" vase-01 --backend openai --api-base "$base" --model hang --quiet
) 2>/dev/null &
pid=$!
while [ "$(asked hang)" -lt 1 ]; do sleep 0.05; done
same "the key is in no argument and no environment" \
  "$(cat /proc/$pid/environ /proc/$pid/cmdline | tr '\0' '\n' | grep -c "$key")" 0
kill -ABRT $pid
wait $pid 2>/dev/null
same "nor in a core" "$(grep -rlaF "$key" "$scratch/core")" ""
wrong=sk-wrong-$key
printf '%s\n' "$wrong" >"$scratch/wrong-key"
run "$neggen" generate "$ws" --where vase --backend openai --api-base "$base" --model good --api-key-file "$scratch/wrong-key" \
  --max-failures 1
holds "nor in the words of a server that repeats it" "$err_text" 'neggen: stopped *answered 401: Invalid API Key: Bearer [*][*]*'
case $err_text in
*"$key"*) fail "all of it is blotted out" "$err_text" ;;
*) pass "all of it is blotted out" ;;
esac
same "nor in the workspace, its jobs and their logs" "$(grep -rlaF "$key" "$ws")" ""
finish
