#!/bin/sh
# Generation with the offline engine: one item, many, parts of the chain, stopped and resumed.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"

ws=$scratch/ws
twin=$scratch/twin
"$neggen" import "$ws" "$srcdir/samples/catalogue" --quiet || exit 1
"$neggen" import "$twin" "$srcdir/samples/catalogue" --quiet || exit 1

# What a person sees of an item's candidates, without days.
shown() { "$neggen" show "$1" "$2" | sed 's/20[0-9][0-9]-[0-9-]*//'; }

run "$neggen" generate "$ws" mug-02
same "one item gives a candidate" "$status" 0
holds "and says how it went" "$out" 'mug-02: candidate 1, valid, balance ?.?? (* questions, *'
run "$neggen" generate "$ws" mug-02
holds "what is there is not made again" "$out" 'mug-02 has this candidate already; --again makes*'
run "$neggen" generate "$ws" mug-02 --again --json
holds "--again makes another one" "$out" '{"items":1,"done":1,"valid":1,"failed":0,"cached":0,*'
run "$neggen" generate "$ws" mug-02 --seed 43 --json
holds "with the next seed" "$out" '*"valid":0,"failed":0,"cached":1,*'

run "$neggen" generate "$ws" mug-02 --keys turns --count 8 --json
holds "with the keys in turns they are others, too" "$out" '{"items":8,"done":8,"valid":8,"failed":0,"cached":0,*'
run "$neggen" show "$ws" mug-02 --json
turned=$(printf '%s\n' "$out" | sed 's/.*"model":"turns"/turns/' | head -c 5)
same "and are told apart" "$turned" turns
refuses "a model takes no turns" 64 'neggen: generate: --keys turns is the offline engine*' \
  "$neggen" generate "$ws" mug-02 --keys turns --backend openai --model m --api-base http://127.0.0.1:9

run "$neggen" generate "$ws" mug-03 --events
first=$(printf '%s\n' "$out" | sed -n 1p)
last=$(printf '%s\n' "$out" | sed -n '$p')
holds "events begin with what was asked for" "$first" '{"event":"start","pid":*"backend":"offline",*'
holds "events end with the totals" "$last" '{"event":"end","items":1,"done":1,"valid":1,*'
holds "a template is told when it starts and when it is done" "$out" \
  '*{"event":"template","item":"mug-03","template":"mask","state":"started",*"template":"mask","state":"done"*'
holds "an item is told with its candidate" "$out" \
  '*{"event":"item","item":"mug-03","negative":11,"valid":true,*"done":1,*"total":1}*'
same "and nothing else is printed" "$(printf '%s\n' "$out" | grep -cv '^{"event":".*}$')" 0

# Many items, and the same in another workspace, in another order and number at once.
run "$neggen" generate "$ws" --where lamp-0 --seed 7 --dry-run --json
holds "a dry run counts" "$out" '{"items":9,"done":0,"valid":0,"failed":0,"cached":0,"requests":27,*'
run "$neggen" generate "$ws" --where lamp-0 --seed 7 --json
holds "many items are a job" "$out" '{"items":9,"done":9,*,"stopped":false,"job":"1"}'
case $out in *'"failed":0,'*) pass "none of them fails" ;; *) fail "none of them fails" "$out" ;; esac
run "$neggen" generate "$ws" --where lamp-0 --seed 7 --json
holds "started again there is nothing to do" "$out" '*"valid":0,"failed":0,"cached":9,"requests":0,*'
run "$neggen" generate "$twin" lamp-07 lamp-04 lamp-01 --seed 7 --jobs 2
same "other items first" "$status" 0
for item in lamp-01 lamp-04 lamp-07; do
  same "the seed decides what becomes of $item" "$(shown "$twin" $item)" "$(shown "$ws" $item)"
done

# Parts of the chain.
run "$neggen" generate "$ws" bag-02 bag-04 --templates describe --again
holds "drafts of several items are answers, not valid negatives" "$out" '2 of 2 candidates: 2 answered, *'
refuses "complete needs a mask" 65 'neggen: bag-01: mask first: complete of "bag-01" builds on its reply' \
  "$neggen" generate "$ws" bag-01 --templates complete
refuses "mask needs a description" 65 'neggen: bag-01: describe first: mask of "bag-01" builds on its reply' \
  "$neggen" generate "$ws" bag-01 --templates mask
refuses "a gap in the chain is refused" 64 'neggen: templates run in a row*mask is missing' \
  "$neggen" generate "$ws" bag-01 --templates describe,complete
refuses "an unknown template is refused" 64 'neggen: --templates: no template "guess"*' \
  "$neggen" generate "$ws" bag-01 --templates guess
for template in describe mask; do
  run "$neggen" generate "$ws" bag-01 --templates $template
  holds "$template alone makes a draft" "$out" 'bag-01: candidate *, a draft (1 questions, *'
done
run "$neggen" generate "$ws" bag-01 --templates complete
holds "complete alone makes a candidate of them" "$out" 'bag-01: candidate *, valid, balance *'
run "$neggen" generate "$ws" bag-01 --templates complete
holds "and another one when asked again" "$out" 'bag-01: candidate *, valid, balance *'

# What is not there.
refuses "an item that is not there" 66 "neggen: no item \"unicorn\" in $ws" \
  "$neggen" generate "$ws" mug-01 unicorn
refuses "a workspace that is not there" 66 "neggen: $scratch/none is no workspace*" \
  "$neggen" generate "$scratch/none" --all
refuses "no items are named" 64 'neggen: generate: say which items: ITEM..., --all or --where TEXT' \
  "$neggen" generate "$ws"
run "$neggen" generate "$ws" --where "no such thing" --json
holds "a filter that nothing passes is no failure" "$status$out" '0{"items":0,"done":0,*'

# Stopped, and on again.
mkfifo "$scratch/events"
"$neggen" generate "$ws" --where clock --events >"$scratch/events" 2>"$scratch/stopped" &
pid=$!
{
  while read -r line; do
    case $line in *'"event":"item"'*) break ;; esac
  done
  kill -TERM $pid
  cat >"$scratch/rest"
} <"$scratch/events"
wait $pid
same "SIGTERM stops a job" "$?" 130
holds "it says how to go on" "$(cat "$scratch/stopped")" \
  'neggen: stopped after * of *; the same command goes on from there'
holds "the last event is that it stopped" "$(tail -n 1 "$scratch/rest")" '{"event":"stopped",*'
run "$neggen" generate "$ws" --where clock --json
cached=${out#*\"cached\":}
cached=${cached%%,*}
if [ "$status" = 0 ] && [ "$cached" -gt 0 ]; then pass "the same command goes on"
else fail "the same command goes on" "$status $out"; fi
run sh -c "'$neggen' generate '$ws' mug-05 --events >/dev/full"
same "a full disk under the events is an error" "$status" 130

# In the background.
run "$neggen" generate "$ws" --where vase-0 --detach
id=$out
same "--detach returns at once with the job's number" "$status" 0
end=$(timeout 100 tail -n +1 -f "$ws/jobs/$id/events.jsonl" | grep -m1 '"event":"end"')
holds "the job goes on to its end" "$end" '{"event":"end","items":9,"done":9,*"job":"'"$id"'"*'
holds "what it prints is in its log" "$(cat "$ws/jobs/$id/log")" '9 of 9 candidates: * valid, *'
refuses "what goes wrong before is said at once" 66 "neggen: no item \"unicorn\" in $ws" \
  "$neggen" generate "$ws" unicorn --detach

# The templates, looked at.
run "$neggen" prompts list
holds "prompts list" "$out" 'describe *mask *complete *{{document}}*'
run "$neggen" prompts lint
same "the templates are without fault" "$status $out" "0 nothing to complain of"
run "$neggen" prompts show mask
holds "prompts show" "$out" 'mask, version *system:*user:*{{document}}*reply schema:*'
run "$neggen" prompts render "$ws" describe mug-02
holds "prompts render shows the messages and the picture" "$out" \
  '== system*== user*title: *<picture *x* image/png * bytes>'
run "$neggen" prompts render "$ws" mask mug-02
holds "prompts render knows the users' tastes" "$out" '*material: *its users*lift *'
refuses "prompts render needs what comes before" 65 'neggen: mask first: complete of "mug-09"*' \
  "$neggen" prompts render "$ws" complete mug-09
run "$neggen" prompts try "$ws" complete mug-02
holds "prompts try shows messages, reply and checks" "$out" \
  '== system*== reply*== read as*== checks*+ keys*kept as candidate * of "mug-02"'
mkdir "$ws/prompts"
sed 's/{{document}}/{{documents}}/' "$srcdir/prompts/mask.prompt" >"$ws/prompts/mask.prompt"
refuses "a bad template has its place" 65 "neggen: $ws/prompts/mask.prompt:*:1: no field documents" \
  "$neggen" generate "$ws" mug-07
run "$neggen" prompts lint "$ws"
holds "lint finds it" "$status $out" "65 $ws/prompts/mask.prompt:*:1: no field documents"
sed 's/^inputs:.*/inputs: none/' "$srcdir/prompts/describe.prompt" >"$ws/prompts/describe.prompt"
run "$neggen" prompts lint "$ws" describe
holds "of the templates named alone" "$status $out" "65 $ws/prompts/describe.prompt:*:1: inputs names no picture: *"
rm "$ws/prompts/describe.prompt" "$ws/prompts/mask.prompt"
run "$neggen" prompts lint "$ws" --context 100000
same "what fits into a context is no fault" "$status $out" "0 nothing to complain of"
run "$neggen" prompts lint "$ws" --context 900
holds "what does not is one, at the length of the reply" "$status $(printf '%s' "$out" | head -1)" \
  "65 */prompts/describe.prompt:*:1: a prompt of about * tokens (\"*\") (four bytes each) and a reply of * do not fit into a context of 900"
same "of each template" "$(printf '%s\n' "$out" | grep -c 'do not fit')" 3
refuses "no such template" 64 'neggen: no template "dance"*' "$neggen" prompts lint "$ws" dance
refuses "prompts says what it can do" 64 'neggen: prompts: "dance" is none of *' "$neggen" prompts dance
finish
