#!/bin/sh
# Features of a catalogue: built in, or from a file.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"

mkdir "$scratch/source"
printf 'user_id:token\titem_id:token\nu1\ti1\nu1\ti2\nu2\ti3\n' >"$scratch/source/x.inter"
printf 'item_id:token\ttitle:token_seq\tgenres:token_seq\n%s\n%s\n%s\n' 'i1	Heat	Action,Crime' \
  'i2	Fargo	Crime' 'i3	Babe	Comedy' >"$scratch/source/x.item"
run "$neggen" import "$scratch/ws" "$scratch/source"
same "a catalogue without pictures is imported" "$status" 0

run "$neggen" embed "$scratch/ws"
holds "it has texts" "$out" 'text      3 x 256   built in*3 items have it*'
holds "and no pictures" "$out" '*image     3 x 0 *0 items have it*'
run "$neggen" embed "$scratch/ws" --json
holds "the report has a twin for programs" "$out" '{"items":3,"negatives":0,"modalities":{"text":{"encoder":"builtin","rows":3,"columns":256,*'

run "$neggen" embed "$scratch/ws" --encoder svd --modality text
holds "the texts may be rotated" "$status $out" '0 text      3 x 256   built in*3 items have it*'
holds "which the card tells" "$(cat "$scratch/ws/features/text.json")" '*"TF-IDF of words and pairs, truncated SVD (1)"*'
run "$neggen" embed "$scratch/ws"
holds "and stays so" "$(cat "$scratch/ws/features/text.json")" '*truncated SVD*'
refuses "pictures may not" 64 "neggen: embed: --encoder svd goes with --modality text" \
  "$neggen" embed "$scratch/ws" --encoder svd --modality image
run "$neggen" embed "$scratch/ws" --encoder builtin --modality text
holds "until the first encoder is asked for" "$(cat "$scratch/ws/features/text.json")" '*random projection*'

# Two columns, three rows: a header of 64 bytes and six floats.
printf '\223NUMPY\001\000\166\000%-117s\n' \
  "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }" >"$scratch/clip.npy"
printf '\0\0\200\077\0\0\0\0\0\0\0\0\0\0\200\077\0\0\200\077\0\0\200\077' >>"$scratch/clip.npy"
run "$neggen" embed "$scratch/ws" --encoder "$scratch/clip.npy" --modality image
holds "vectors from a file stand in for a modality" "$out" '*image     3 x 2   clip.npy*3 items*'
run "$neggen" embed "$scratch/ws" --encoder builtin --modality image
holds "and go again" "$out" '*image     3 x 0   built in*'

refuses "a file needs its modality" 64 \
  "neggen: embed: --encoder $scratch/clip.npy needs --modality text or image" \
  "$neggen" embed "$scratch/ws" --encoder "$scratch/clip.npy"
printf 'i1\ni9\ni3\n' >"$scratch/ids"
refuses "an item that is not there is named with its line" 65 "neggen: $scratch/ids:2: no item \"i9\"" \
  "$neggen" embed "$scratch/ws" --encoder "$scratch/clip.npy" --modality text --ids "$scratch/ids"
refuses "what is no matrix is refused" 65 "neggen: $scratch/ids: is no .npy file" \
  "$neggen" embed "$scratch/ws" --encoder "$scratch/ids" --modality text
refuses "no workspace is told" 66 "neggen: $scratch/none is no workspace: *" \
  "$neggen" embed "$scratch/none"
rm -rf "$scratch/ws/features"
: >"$scratch/ws/features"
refuses "features that cannot be written are told" 73 "neggen: $scratch/ws/features exists and is not a directory" \
  "$neggen" embed "$scratch/ws"
finish
