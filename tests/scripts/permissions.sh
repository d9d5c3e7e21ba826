#!/bin/sh
# Who may read and write what a workspace holds.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"

# fill WS: everything that a workspace can hold
fill() {
  "$neggen" --quiet import "$1" "$srcdir/samples/catalogue" &&
    "$neggen" --quiet generate "$1" --where mug &&
    "$neggen" --quiet train "$1" --model neggen --epochs 1 &&
    "$neggen" --quiet embed "$1" >/dev/null
}
# others WS TYPE MODE: what of that type (f or d) below WS has another mode; the roots do not count
others() {
  find "$1" -mindepth 1 -type "$2" ! -perm "$3" -printf '%P %m\n' | sort
}

umask 022
run fill "$scratch/mine"
same "a workspace is filled" "$status" 0
for made in work.db catalogue.db features/negatives.json features/text.npy jobs/1/events.jsonl \
  runs/1/checkpoint runs/1/metrics.json; do
  [ -e "$scratch/mine/$made" ] || fail "$made was made" "$(find "$scratch/mine")"
done
same "its files are its owner's alone" "$(others "$scratch/mine" f 0600)" ""
same "and its folders" "$(others "$scratch/mine" d 0700)" ""

mkdir "$scratch/ours"
chmod 2775 "$scratch/ours"
run fill "$scratch/ours"
same "a group's workspace is filled" "$status" 0
same "its files are the group's, too" "$(others "$scratch/ours" f 0660)" ""
same "and its folders, with what comes into them" "$(others "$scratch/ours" d 2770)" ""

run "$neggen" --quiet show "$scratch/mine" mug-01 --save-picture original "$scratch/mug.png"
same "what leaves a workspace is made as the umask says" "$(stat -c %a "$scratch/mug.png")" 644
finish
