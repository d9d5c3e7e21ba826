#!/bin/sh
# Bad input after the import: items and pictures that are gone, users without a history, disks that are
# full, workspaces of another version. Each is one clear line, an exit status, and nothing half done.
# (What an import refuses: import.sh. Terminals: pty/terminal.c. Servers: model.sh. Two trainers: train.sh.)
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/films.sh"
cd "$scratch" || exit 1
make_films
cp -r "$srcdir/samples/catalogue" samples
"$neggen" import ws samples --quiet && "$neggen" import films-ws films --quiet || exit 1

# --- an item, a workspace, a run that is not there; every command says so alike
for command in 'show ws unicorn' 'generate ws unicorn' 'prompts render ws describe unicorn' \
  'prompts try ws describe unicorn'; do
  # shellcheck disable=SC2086 # words
  refuses "no such item: $command" 66 'neggen: no item "unicorn" in ws' "$neggen" $command
done
for command in 'info none' 'list none' 'show none x' 'generate none --all' 'embed none' 'train none' 'runs none' \
  'eval none 1' 'prompts render none mask x'; do
  # shellcheck disable=SC2086 # words
  refuses "no such workspace: $command" 66 'neggen: none is no workspace: make one with neggen import none SOURCE' \
    "$neggen" $command
done

# --- a workspace that a newer version made: bytes 60 to 63 of a database are the version of its tables
cp -r ws newer
printf '\0\0\0\143' | dd of=newer/work.db bs=1 seek=60 conv=notrunc 2>/dev/null
for command in 'info newer' 'generate newer mug-01' 'train newer' 'import newer samples'; do
  # shellcheck disable=SC2086 # words
  refuses "a newer workspace: $command" 65 'neggen: */newer/work.db was made by a newer neggen (its tables are version 99*' \
    "$neggen" $command
done

# --- pictures that were there at the import
cd samples/images || exit 1
rm mug-01.png
head -c 300 lamp-01.png >x && mv x lamp-01.png
echo 'A bag, in words.' >bag-01.png
echo "$picture_huge" | base64 -d >vase-01.png
cd ../..
gone() { # NAME STATUS ITEM PATTERN
  refuses "$1" "$2" "neggen: $3: its picture was there when it was imported: $4" "$neggen" generate ws "$3" --quiet
}
gone "a picture that is gone" 66 mug-01 'cannot read */mug-01.png: No such file or directory'
gone "a picture that was cut" 65 lamp-01 '*/lamp-01.png: is truncated'
gone "a picture that is none any more" 65 bag-01 '*/bag-01.png: is not a picture we read (PNG, JPEG, GIF, BMP)'
gone "a picture that is huge now" 65 vase-01 '*/vase-01.png: is 20000x20000 pixels, more than 50 million'
refuses "it cannot be saved" 66 'neggen: cannot read */mug-01.png: *' \
  "$neggen" show ws mug-01 x.png --save-picture original
run "$neggen" generate ws --where -01 --json
holds "the others get theirs" "$status $out" '0 *"valid":5,"failed":4,*'
same "half a negative is not made" "$("$neggen" show ws mug-01 --json | sed 's/.*"negatives"://')" '[]}'
"$neggen" import ws samples --quiet
run "$neggen" generate ws mug-01
holds "imported again, an item without a picture goes by its text" "$status $out" '0 mug-01: candidate *, valid (2 questions*'
refuses "and has nothing to describe" 65 'neggen: mug-01: "mug-01" has no picture to describe: *' \
  "$neggen" generate ws mug-01 --templates describe --again

# --- users without a history, catalogues without pairs
run "$neggen" train films-ws --model mf --epochs 2 --json
holds "users with one interaction can be trained with" "$status $out" '0 *"event":"end"*'
run "$neggen" generate films-ws 12
holds "an item that one user chose gets a candidate, or a reason" "$status $out$err_text" '0 12: candidate *'
run "$neggen" import lonely films --k-core 4 --json
holds "a filter may leave no pair at all" "$status $out" '0 *"users":{"total":0,*"interactions":{"total":0,*'
refuses "then there is nothing to train on" 65 \
  'neggen: lonely has no interactions to train on: import a catalogue with interactions first' "$neggen" train lonely --model mf
run "$neggen" generate lonely 7
holds "but negatives can be made" "$status $out" '0 7: candidate 1, valid*'

# --- full disks
for command in 'list ws' 'show ws mug-02' 'show ws mug-02 --json' 'info ws' 'prompts render ws describe mug-02' \
  'generate ws mug-02' 'train ws --model popular --json' 'runs ws' 'help generate'; do
  refuses "a full disk under stdout: $command" 74 'neggen: cannot write to standard output: No space left on device' \
    sh -c "'$neggen' $command >/dev/full"
done
refuses "a full disk under a saved picture" 74 'neggen: cannot write /dev/full: No space left on device' \
  "$neggen" show ws mug-02 /dev/full --save-picture original
size=$(($(wc -c <ws/work.db) / 512 + 300))
refuses "a full disk under a job" 74 'neggen: cannot write ws/work.db: *' \
  sh -c "ulimit -f $size; exec '$neggen' generate ws --all --quiet"
run "$neggen" generate ws --where lamp-0 --json
holds "with room again, it goes on" "$status $out" '0 *"done":9,"valid":*'
finish
