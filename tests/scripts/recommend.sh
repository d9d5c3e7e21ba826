#!/bin/sh
# A user's items by a trained run, and why: what a run tells of the modalities, printed and shown.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"

ws=$scratch/ws
"$neggen" --quiet import "$ws" "$srcdir/samples/catalogue" || exit 1
refuses "without a run nothing is recommended" 66 'neggen: *has no run that ended: neggen train WS first' \
  "$neggen" recommend "$ws" u001
"$neggen" --quiet generate "$ws" --where mug || exit 1
"$neggen" --quiet train "$ws" --model mf --epochs 3 || exit 1
run "$neggen" recommend "$ws" u001 -k 3
holds "the newest run ranks" "$status $out" '0 user u001 by run 1*item*  1 *  2 *  3 *'
run "$neggen" recommend "$ws" u001 --why -k 3
holds "a model without a module says so" "$out" "*this run's model has no module*"
run "$neggen" train "$ws" --model neggen --epochs 3 --set controls=off --set lr=0.01 --quiet
same "a run with a module" "$status $err_text" "0 "
run "$neggen" recommend "$ws" u001 --why -k 3
holds "takes its scores apart" "$out" \
  "user u001 by run 2*on this user's items  text * picture *: the * decides * score * base * module * text * picture *  3 *"
run "$neggen" recommend "$ws" u001 --why -k 2 --json
holds "as JSON, too" "$out" \
  '{"run":"2","user":"u001","influence":{"text":*,"image":*},"items":\[{"item":*,"score":*,"why":{"base":*,"module":*,"text":*,"image":*}},{*}\]}'
all=$("$neggen" recommend "$ws" u001 --run 1 -k 1000 --json | tr '{' '\n' | grep -c '"item"')
has=$(cut -f 1,2 "$srcdir"/samples/catalogue/*.inter | grep -c '^u001')
same "what the user has in training or validation is left out" \
  "$([ "$all" -lt 288 ] && [ "$all" -ge $((288 - has)) ] && echo yes)" yes
holds "each item is a line of the run's influences" "$(head -n 1 "$ws/runs/2/influence.jsonl")" \
  '{"item":"mug-*","text":*,"image":*}'
refuses "no such user" 66 "neggen: no user \"nobody\" in $ws" "$neggen" recommend "$ws" nobody
refuses "no such run" 66 "neggen: no run \"9\" in $ws" "$neggen" recommend "$ws" u001 --run 9

# What was planted in the users of the samples: asked of the module.
run "$neggen" eval "$ws" 2 --causes "$srcdir/samples/truth.json"
holds "a run is asked for what was planted" "$status $out" \
  '0 run 2: *the causal module *the base model *co-occurrence (lift) *what histories tell *who knows the generator *most that is asked *asked: *; neggen-eval(1) says why'
run "$neggen" eval "$ws" 2 --causes "$srcdir/samples/truth.json" --json
holds "as JSON, too" "$out" '{"run":"2","auc":{"module":{"all":*"lift":{*"ideal":{"all":0.9*'
refuses "a run without a module cannot be asked" 65 \
  'neggen: run 1 (mf) has no module that tells what an attribute does' \
  "$neggen" eval "$ws" 1 --causes "$srcdir/samples/truth.json"
refuses "a file that is not there" 66 'neggen: *none.json*' "$neggen" eval "$ws" 2 --causes "$scratch/none.json"

events_are_told "$ws"

# In the compare view, beside what was measured in texts and pixels.
cat >"$scratch/look.script" <<'END'
Enter
:save-screen compare.screen
END
here=$(cd "$builddir" && pwd)
cd "$scratch" || exit 1
run "$here/neggen" open "$ws" --script "$scratch/look.script"
same "a script looks" "$status $err_text" "0 "
holds "the compare view says what decides" "$(grep '^ model' "$scratch/compare.screen")" \
  ' model   text * picture * run 2: * decides*'
finish
