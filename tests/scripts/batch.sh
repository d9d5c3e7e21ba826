#!/bin/sh
# Batch files: three rounds out and in, answers in any order, doubled, missing, failed, broken.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/model-server.sh"

ws=$scratch/ws
runner=$(dirname "$server")/run-batch
"$neggen" import "$ws" "$srcdir/samples/catalogue" --quiet || exit 1
start_server plain --log "$scratch/log"
cd "$scratch" || exit 1

export_to() { # FILE MODEL OPTIONS...
  file=$1 model=$2
  shift 2
  "$neggen" batch export "$ws" "$file" --model "$model" "$@"
}
import_from() { "$neggen" batch import "$ws" "$@"; }
lines() { wc -l <"$1" | tr -d ' '; }
fill() { tr '\n' ' ' <"$1"; }

# Three rounds.
run export_to r1.jsonl good --where mug
holds "the first questions are written" "$status $out" "0 $scratch/r1.jsonl
32 questions in 1 file, *; 0 wait in files of before, 0 items are there already*"
holds "as a batch service takes them" "$(head -1 r1.jsonl)" \
  '{"custom_id":"*","method":"POST","url":"/v1/chat/completions","body":{"model":"good","messages":*data:image/png;base64,*'
same "one a line, each named once" "$(sed -E 's/.*"custom_id":"([^"]*)".*/\1/' r1.jsonl | sort -u | wc -l)" 32
case $(cat r1.jsonl) in *'"stream"'*) fail "nothing is streamed" ;; *) pass "nothing is streamed" ;; esac
same "each asks for the shape of its reply" "$(grep -c '"max_completion_tokens":.*"json_schema":{"name":"neggen_describe"' r1.jsonl)" 32
run export_to twice.jsonl good --where mug --json
holds "what waits in a file is not written into another" "$out" '{"files":[[][]],"requests":0,*"before":32,*'
same "and without a question there is no file" "$(ls twice.jsonl 2>/dev/null)" ""
refuses "a file is not written over" 73 "neggen: $scratch/r1.jsonl is there already*" export_to r1.jsonl good --where lamp
"$runner" "$url" r1.jsonl a1.jsonl
run import_from a1.jsonl --json
holds "its answers are taken, and the items go on" "$status $out" \
  '0 {"lines":32,"answered":32,"unanswered":0,"doubled":0,"foreign":0,"bad":0,"items":32,"valid":0,"failed":0,"cached":0,"waiting":32}'
run export_to r2.jsonl good --where mug --quiet
same "the second round asks what to mask" "$(grep -c neggen_mask r2.jsonl)" 32
"$runner" "$url" r2.jsonl a2.jsonl
run import_from a2.jsonl --quiet
run export_to r3.jsonl good --where mug --quiet
same "the third for completions" "$(grep -c neggen_complete r3.jsonl)" 32
"$runner" "$url" r3.jsonl a3.jsonl
run import_from a3.jsonl
holds "then they are candidates" "$status $out" '0 32 answers taken*32 items went on: 32 valid, 0 failed*'
before=$(lines log)
run "$neggen" generate "$ws" --where mug --backend openai --api-base "$url" --model good --json
holds "the same as if the server had been asked, which it is not" "$out $(($(lines log) - before))" \
  '{"items":32,"done":32,"valid":0,"failed":0,"cached":32,"requests":0,* 0'
run export_to r4.jsonl good --where mug --json
holds "and there is nothing left to export" "$out" '{"files":[[][]],"requests":0,*"cached":32,"waiting":0}'
run "$neggen" batch status "$ws"
holds "the status knows them" "$out" "*0 wait         32 answered          0 failed  $scratch/r3.jsonl"
same "pictures are recorded by their hash" "$(grep -rlF 'image/png;base64' "$ws")" ""

# Live, and by files: the same candidates, of the same texts.
"$neggen" import live "$srcdir/samples/catalogue" --quiet || exit 1
run "$neggen" generate live --where mug --backend openai --api-base "$url" --model good --quiet
texts() { "$neggen" show "$1" mug-07 --json | grep -o '"changes":.*"texts":{[^}]*}'; }
same "a candidate is the same by either way" "$(texts "$ws")" "$(texts live)"

# Parts, by items and by size.
run export_to s1.jsonl good --where lamp --shard 1/2 --quiet
run export_to s2.jsonl good --where lamp --shard 2/2 --quiet
same "two parts make the whole" "$(cat s1.jsonl s2.jsonl | wc -l)" 32
holds "of about a half each" "$(lines s1.jsonl)" '1?'
refuses "a part that is none" 64 'neggen: --shard takes a part*not "3/2"' export_to s3.jsonl good --shard 3/2
run export_to parts.jsonl good --where bag --file-requests 12 --json
holds "a full file is followed by another" "$out" "{\"files\":[[]\"$scratch/parts.jsonl\",\"$scratch/parts-2.jsonl\",\"$scratch/parts-3.jsonl\"],\"requests\":32,*"
same "each within its limit" "$(lines parts.jsonl) $(lines parts-2.jsonl) $(lines parts-3.jsonl)" "12 12 8"

# Answers in any order, from several files, some twice, one missing, one that failed, and what is no answer.
for file in s1 s2 parts parts-2 parts-3; do "$runner" "$url" $file.jsonl $file.answers; done
cat s1.answers s2.answers | sort -r | sed 1d >lamps
head -5 s1.answers >>lamps
{
  sed -n 1,3p parts.answers
  echo '{"custom_id": "'
  sed -n 4p parts.answers | sed 's/"custom_id":"/&0/'
  printf '[1, 2]\n'
  sed -n 5p parts.answers | sed 's/"response":{.*/"response":null,"error":{"code":"batch_expired","message":"The window is over\\u001b[2J."}}/'
  sed -n 6p parts.answers | sed 's/"status_code":200/"status_code":429/;s/"body":{.*/"body":{"error":{"message":"Later."}}},"error":null}/'
  sed -n 7p parts.answers | sed 's/"finish_reason":"stop"/"finish_reason":"length"/'
  sed -n '8,$p' parts.answers
} >bags
run import_from lamps bags parts-2.answers parts-3.answers --json
holds "all that are good are taken" "$status $out" \
  '65 {"lines":*,"answered":60,"unanswered":2,"doubled":5,"foreign":1,"bad":2,"items":60,"valid":0,"failed":0,"cached":0,"waiting":60}'
holds "a bad line costs itself, and is told with its place" "$err_text" \
  'neggen: bags:4:15: *neggen: bags:6:1: expected an object *neggen: bags:7:1: The window is over*neggen: bags:8:1: answered 429: Later.'
case $err_text in *"$(printf '\033')"*) fail "no raw byte of it reaches the terminal" ;; *) pass "no raw byte of it reaches the terminal" ;; esac
run export_to again.jsonl good --where bag --json
holds "what failed, or was lost, is asked for in the next round" "$out" '*"requests":31,*"before":1,*'
same "by its own template" "$(grep -c neggen_mask again.jsonl) $(grep -c neggen_describe again.jsonl)" "28 3"
same "a reply that was cut is told so" "$(grep -c 'That reply cannot be used\|Asked before without success' again.jsonl)" 1
run export_to given-up.jsonl good --where bag --again --json
holds "--again gives up what waits" "$out" '*"requests":32,*"before":0,*'
refuses "a file of answers that is not there" 66 'neggen: *nowhere*' import_from nowhere
refuses "a batch without a model" 64 'neggen: a batch file is for one model: --model NAME' \
  "$neggen" batch export "$ws" x.jsonl
run import_from r1.jsonl
holds "questions are no answers" "$status $err_text" '65 neggen: r1.jsonl:1:1: neither "response" nor "error" is there*'

# A reply of no use is asked again, in the next round.
round() { # NAME
  export_to "$1" prose --where vase-0 --quiet && "$runner" "$url" "$1" "$1.answers" && import_from "$1.answers" --json 2>told
}
run round p1.jsonl
holds "prose is an answer, and of no use" "$out" '*"answered":9,*"waiting":9}'
run round p2.jsonl
same "it is asked for once more" "$(grep -c 'That reply cannot be used' p2.jsonl)" 9
holds "then the item has failed, and says why" "$out $(cat told)" '*"failed":9,*"waiting":0} neggen: vase-0*: the reply holds no JSON object*'

# Two candidates an item: the second is completed when it is known what the first one chose.
pair() { # NAME
  export_to "$1" good --where vase-1 --count 2 --repairs 0 --quiet && "$runner" "$url" "$1" "$1.answers" &&
    import_from "$1.answers" --json
}
pair c1.jsonl >/dev/null && pair c2.jsonl >/dev/null
run pair c3.jsonl
holds "one of two is completed" "$(lines c3.jsonl) $out" '10 {"lines":10,"answered":10,*"valid":10,*"waiting":0}'
run pair c4.jsonl
holds "then the other" "$(lines c4.jsonl) $out" '10 {"lines":10,"answered":10,*"cached":0,"waiting":0}'
same "which was told what is chosen already" "$(grep -c 'choose others):.nnone' c3.jsonl) $(grep -c 'choose others):.nnone' c4.jsonl)" '10 0'
run export_to c5.jsonl good --where vase-1 --count 2 --repairs 0 --json
holds "no answer was in vain" "$out" '*"requests":0,*"cached":20,*'

# A death in the middle of an import: the same command goes on.
run export_to k1.jsonl llama --quiet
"$runner" "$url" k1.jsonl k1.answers
mkfifo slow
(for n in 1 2 3 4 5 6 7 8 9 10; do cat k1.answers; done; sleep 60) >slow &
feeder=$!
"$neggen" batch import "$ws" slow --quiet &
pid=$!
answered() { "$neggen" batch status "$ws" --json | grep -o "$scratch/k1.jsonl[^}]*" | sed -E 's/.*"answered":([0-9]+).*/\1/'; }
while [ "$(answered)" = 0 ]; do sleep 0.05; done
kill -9 $pid $feeder
wait $pid 2>/dev/null
in=$(answered)
run import_from k1.answers --json
holds "after a kill what was in is there, the rest is taken, and all items go on ($in were in)" "$status $out" \
  "0 {\"lines\":288,\"answered\":$((288 - in)),\"unanswered\":0,\"doubled\":$in,\"foreign\":0,\"bad\":0,\"items\":288,*\"waiting\":288}"

# A disk that is full: no file, and nothing waits for one.
run sh -c "ulimit -f 64; '$neggen' batch export '$ws' full.jsonl --model good --where poster --quiet"
holds "a full disk leaves no file" "$status $err_text $(ls full* 2>/dev/null)" '7[34] neggen: cannot write *'
run export_to full.jsonl good --where poster --json
holds "and its questions are free" "$out" '*"requests":32,*"before":0,*'
finish
