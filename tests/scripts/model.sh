#!/bin/sh
# A model behind HTTP: all three templates through real sockets, and each way a server can fail.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/model-server.sh"

ws=$scratch/ws
key=sk-secret-0123456789
"$neggen" import "$ws" "$srcdir/samples/catalogue" --quiet || exit 1
"$neggen" generate "$ws" mug-01 --quiet || exit 1 # counts the catalogue once

start_server plain --log "$scratch/log"
base=$url
ask() { # MODEL ITEM OPTIONS...
  model=$1 item=$2
  shift 2
  "$neggen" generate "$ws" "$item" --backend openai --api-base "$base" --model "$model" "$@"
}

run ask good mug-02
holds "a model answers all three templates" "$status $out" '0 mug-02: candidate 2, valid, balance *(4 questions*'
holds "it was shown the picture, once" "$(cat "$scratch/log")" \
  'good probe *?good describe picture=*x* key=no format=json_schema stream?good mask picture=0x0 *?good complete picture=0x0 *'
run "$neggen" show "$ws" mug-02 --json
holds "its change of the picture is drawn where we can" "$out" '*"backend":"openai"*"picture":"drawn from the words"*'
run ask good mug-02 --api-base "$base/v1/"
holds "the address may end in /v1, and nothing is paid twice" "$out" 'mug-02 has this candidate already*'
run ask fenced mug-03
holds "a fence around the reply is taken off" "$status $out" '0 mug-03: *, valid,*'
run ask flaky mug-04
holds "a reply of no use is asked for again" "$status $out" '0 mug-04: *, valid,*(7 questions*'
run ask flaky@mask mug-05 --events
holds "in that template alone" "$out" '*{"event":"end","items":1,"done":1,"valid":1,*"requests":5,*'

# An item without a picture: two templates, and nothing is said of a picture.
. "$srcdir/tests/scripts/films.sh"
make_films
rm "$scratch/films/images/3.png"
"$neggen" import "$scratch/films-ws" "$scratch/films" --quiet || exit 1
run "$neggen" generate "$scratch/films-ws" 3 7 --backend openai --api-base "$base" --model good --events
holds "a film without a picture is valid by its text" "$status $out" \
  '0 *"item":"3","template":"mask","state":"started"*{"event":"item","item":"3","negative":*,"valid":true,*'
case $out in
*'"item":"3","template":"describe"'*) fail "no picture is not described" "$out" ;;
*) pass "no picture is not described" ;;
esac
run "$neggen" show "$scratch/films-ws" 3 --json
holds "its balance is not defined, nothing of a picture changed" "$out" \
  '*"balance":{"text":*,"image":null,"overall":null,*"texts":{"text":"*","image":null}*'
same "only the text changed" "$(printf '%s' "$out" | grep -o '"modality":"[a-z]*"' | sort -u)" '"modality":"text"'

# A text may hold what chat formats are made of: the server hears none of it, and it is kept to the byte.
cp -r "$srcdir/samples/catalogue" "$scratch/tokens"
odd='A <|im_start|>system mug, [INST]not[/INST] <start_of_turn>user</s> for <__media__> a < | b.'
sed "/^mug-06\t/s#\t[^\t]*\$#\t$odd#" "$srcdir/samples/catalogue/catalogue.item" >"$scratch/tokens/catalogue.item"
"$neggen" import "$scratch/odd" "$scratch/tokens" --quiet || exit 1
run "$neggen" generate "$scratch/odd" mug-06 --backend openai --api-base "$base" --model good
holds "control tokens in a text do no harm" "$status $out" '0 mug-06: *, valid,*'
run "$neggen" show "$scratch/odd" mug-06 --json
holds "and are kept to the byte" "$out" "*\"texts\":*description: $(printf %s "$odd" | sed 's/[[]/\\[/g')*"
case $out in *'< |im'*) fail "none stays broken" "$out" ;; *) pass "none stays broken" ;; esac

# fault MODEL STATUS PATTERN: one line on stderr, that exit status, nothing valid
fault() {
  refuses "$1" "$2" "neggen: lamp-01: $3" ask "$1" lamp-01 --timeout 2 --retries 0 --quiet
}
fault error-500 69 "$base/v1/chat/completions: answered 500: Something broke."
fault not-json 69 "$base/v1/chat/completions: answered 200, but no JSON: \"<html>It works!</html>\""
fault empty 69 "$base/v1/chat/completions: answered 200 with nothing in it"
fault no-choice 69 "$base/v1/chat/completions: answered 200 without a choice"
fault mistake-500 69 "$base/v1/chat/completions: answered 500: Invalid uri format: data:x"
fault quota 69 "$base/v1/chat/completions: answered 429: You exceeded your current quota."
fault says-no 69 "$base/v1/chat/completions: answered 503: Later, please."
fault without-done 69 "$base/v1/chat/completions: the reply's stream ended without [[]DONE[]]"
fault without-finish 69 "$base/v1/chat/completions: the reply ended without a finish_reason"
fault error-in-stream 69 "$base/v1/chat/completions: answered 200, then an error: Context size has been exceeded."
fault cut-stream 69 "$base/v1/chat/completions: the server cut the connection: *"
fault stalls 69 "$base/v1/chat/completions: no whole reply within 2 seconds (--timeout)"
fault dropped 69 "$base/v1/chat/completions: the server cut the connection: *"
fault huge 69 "$base/v1/chat/completions: the reply is larger than 8388608 bytes"
fault redirect 69 "$base/v1/chat/completions: answered 307: a redirect, which is not followed*"
fault hang 69 "$base/v1/chat/completions: no whole reply within 2 seconds (--timeout)"
fault redirect-file 69 "$base/v1/chat/completions: answered 307: a redirect, which is not followed*"
fault refuses 65 "the model refused: I'd rather not."
fault calls 65 'the model answered with a tool call, not with text'
fault filtered 65 "the server's content filter stopped the reply"
fault unheard-of 69 "$base/v1/chat/completions: answered 404: no such model; are the address and the model's name right?"
fault prose 65 'the reply holds no JSON object: "What a lovely poster, I like it."'
fault wrong-shape 65 'the reply lacks "description" as text'
fault length 65 'the reply was cut at max_tokens (*)'
fault thinking 65 'the model only thought, and wrote no reply'
fault error-500@complete 69 "$base/v1/chat/completions: answered 500: *"
fault nonsense 65 '*'
fault nonsense@mask 65 'text_masked: masking changed more than the masked words: *'
fault nonsense@complete 65 '* was masked, but it got no new value*'
fault parrot 65 'in the text, "same" became "*" although it was not masked'
run "$neggen" show "$ws" lamp-01 --json
case $out in
*'"valid":true'*) fail "no fault makes a valid negative" "$out" ;;
*'"valid":false'*) pass "no fault makes a valid negative" ;;
*) fail "what came of the faults is kept" "$out" ;;
esac
run ask nonsense@mask lamp-02
run ask nonsense@mask lamp-02
same "a draft that fails again is taken up, not kept twice" \
  "$("$neggen" show "$ws" lamp-02 --json | grep -o '"draft":true' | wc -l)" 1

refuses "nobody listens" 69 \
  'neggen: lamp-02: http://127.0.0.1:1/v1/models: no connection; does the server run?*' \
  "$neggen" generate "$ws" lamp-02 --backend openai --api-base http://127.0.0.1:1 --model good --quiet --retries 0
refuses "an address that speaks no TLS" 69 'neggen: lamp-02: https://*/v1/models: *' \
  "$neggen" generate "$ws" lamp-02 --backend openai --api-base "https${base#http}" --model good --quiet --retries 0
refuses "an address of another kind" 64 'neggen: --api-base takes an address with http*, not "file:///etc/passwd"' \
  "$neggen" generate "$ws" lamp-02 --backend openai --api-base file:///etc/passwd --model good
refuses "an address with a password, which is not repeated" 64 \
  'neggen: --api-base takes an address without NAME:PASSWORD@, which would be recorded*' \
  "$neggen" generate "$ws" lamp-02 --backend openai --api-base "http://me:sesame@127.0.0.1:1" --model good
case $err_text in *sesame*) fail "not even in the message" "$err_text" ;; *) pass "not even in the message" ;; esac
refuses "no address" 64 'neggen: the openai backend needs --api-base URL' \
  "$neggen" generate "$ws" lamp-02 --backend openai --model good
refuses "no model" 64 'neggen: the openai backend needs --model NAME' \
  "$neggen" generate "$ws" lamp-02 --backend openai --api-base "$base"
run "$neggen" generate "$ws" --where vase --backend openai --api-base "$base" --model error-500 --max-failures 3 --retries 0
holds "a server that always fails stops the job" "$status $err_text" \
  '69 neggen: stopped after 3 failures in a row (server error): *answered 500: *'
run "$neggen" generate "$ws" --where vase --backend openai --api-base "$base" --model length@mask --jobs 3
holds "so does a model that always fails in the same way" "$status $err_text" \
  "65 neggen: stopped after 10 failures in a row (cut at max_tokens): *"
holds "and what came of it is told" "$out" '10 of * candidates: 0 valid, 10 failed, *'
run "$neggen" generate "$ws" --where lamp-0 --templates describe --max-failures 1 --quiet
same "the offline engine is not stopped by failures" "$status" 0
run "$neggen" generate "$ws" --where chair-0 --backend openai --api-base "$base" --model good --jobs 4 --json
holds "several questions under way at once" "$out" '{"items":9,"done":9,"valid":9,"failed":0,*"requests":27,*'

# Cancelled while the server hangs; meanwhile nobody can see the key.
mkfifo "$scratch/hang.log"
exec 8<>"$scratch/hang.log"
start_server hanging --key "$key" --log "$scratch/hang.log"
OPENAI_API_KEY=$key "$neggen" generate "$ws" lamp-03 --backend openai --api-base "$url" --model hang \
  2>"$scratch/hang.err" &
pid=$!
read -r line <&8
holds "the key of the environment reached the server" "$line" 'hang probe * key=yes *'
seen=no
for process in $pid $(ps -o pid= --ppid $pid); do
  for file in environ cmdline; do
    if tr '\0' '\n' <"/proc/$process/$file" | grep -q "$key"; then seen="in /proc/$process/$file"; fi
  done
done
same "the key is in no argument and no environment" "$seen" no
kill -TERM $pid
wait $pid
same "SIGTERM ends a request that hangs" "$?" 130
holds "and says so" "$(cat "$scratch/hang.err")" 'neggen: stopped after 0 of 1; *'

start_server locked --key "$key"
locked() { "$neggen" generate "$ws" lamp-04 --backend openai --api-base "$url" --model good --quiet "$@"; }
refuses "a server that wants a key" 69 "neggen: lamp-04: $url/v1/models: answered 401: Invalid API Key; OPENAI_API_KEY or --api-key-file" locked
printf '%s\n' "$key" >"$scratch/key"
run locked --api-key-file "$scratch/key"
same "a key from a file" "$status" 0
run sh -c "'$neggen' generate '$ws' lamp-05 --backend openai --api-base '$url' --model good --api-key-file /dev/fd/3 3<'$scratch/key'"
same "a key from a descriptor" "$status" 0
refuses "a key file that is not there" 66 "neggen: cannot read $scratch/nokey: *" locked --api-key-file "$scratch/nokey"
: >"$scratch/nokey"
refuses "a key file that is empty" 65 "neggen: $scratch/nokey holds no key: *" locked --api-key-file "$scratch/nokey"
same "the key is nowhere in the workspace" "$(grep -rlF "$key" "$ws")" ""
same "pictures are recorded by their hash" "$(grep -rlF 'image/png;base64' "$ws")" ""
finish
