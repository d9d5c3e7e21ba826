#!/bin/sh
# Import in every format, and export that imports again to the same catalogue.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/films.sh"
cd "$scratch" || exit 1
make_films

# matrix ROWS COLUMNS FILE FLOATS: little-endian floats as octal escapes, behind a header
matrix() {
  printf '\223NUMPY\001\000\166\000%-117s\n' \
    "{'descr': '<f4', 'fortran_order': False, 'shape': ($1, $2), }" >"$3"
  printf "$4" >>"$3"
}
one='\000\000\200\077' two='\000\000\000\100' none='\000\000\000\000'

# What is told of mixed sources
mkdir mixed
printf '1\t10\t5\t100\n1\t11\t3\t101\n' >mixed/u.data
printf '10::Am\351lie (2001)::Comedy|Romance\n11::Heat (1995)::Crime\n' >mixed/movies.dat
run "$neggen" import ws mixed
same "it says which format it took and what was Latin-1" \
  "$(echo "$out" | grep -E '^(interactions|items  .*:)')" \
"interactions  u.data (movielens): 2 rows
items         movies.dat (movielens): 2 rows, 1 in Latin-1"
run "$neggen" show ws 10
holds "the title came through" "$out" 'Amélie*year        2001*Comedy,Romance*'
refuses "a format that the file is not of is refused" 65 \
  'neggen: mixed/movies.dat:1:7: expected UTF-8, found the byte 0xe9' \
  "$neggen" import ws mixed/movies.dat --format csv
refuses "so is one that has no such file" 66 'neggen: nothing to import in mixed: looked for tables called \*.json, *' \
  "$neggen" import ws mixed --format jsonl
refuses "and one that is none" 64 'neggen: *--format*xml*' "$neggen" import ws mixed --format xml

# One bad row of each format leaves the workspace as it was
for bad in 'csv:user_id,item_id,rating|1,10,x:2:6: expected a number for "rating", found "x"' \
  'tsv:user_id#item_id#rating|1#10#x:2:6: expected a number for "rating", found "x"' \
  'jsonl:{"user_id":1,"item_id":10}|{"user_id":1}:2:1: expected an id for "item_id", found nothing' \
  'data:1#10#5#100|1#10#x#100:2:6: expected a number for "rating:float", found "x"' \
  'dat:1!!10!!5!!100|1!!10!!x!!100:2:8: expected a number for "rating:float", found "x"'; do
  ending=${bad%%:*}
  rest=${bad#*:}
  place=${rest##*:2:}
  printf '%s\n' "${rest%:2:*}" | tr '|#!' '\n\t:' >bad.$ending
  refuses "a bad row of bad.$ending" 65 "neggen: bad.$ending:2:$place" "$neggen" import ws bad.$ending
done
run "$neggen" info ws --json
holds "nothing of them was imported" "$out" '*"items":2,"users":1,"interactions":2,*'

# Matrices
"$neggen" import features films >/dev/null
four=$one$two$one$one$none$one$two$two
matrix 4 2 text_feat.npy "$four"
run "$neggen" import features text_feat.npy
same "a matrix goes into a workspace by the order of its items" "$status $err_text $out" \
  "0  features      text_feat.npy (npy): text, 4 of 4 items, 2 columns"
run "$neggen" embed features
holds "and is what is trained on" "$out" 'text      4 x 2   text_feat.npy*'
matrix 4 2 films/image.npy "$four"
printf '12\n9\n3\n7\n' >films/image.ids
run "$neggen" import features films
holds "one in the folder of the tables is taken with them, by the ids beside it" "$out" \
  'features      image.npy (npy): image, 4 of 4 items, 2 columns*'
printf '12\n9\n99\n7\n' >films/items.ids
mv films/image.ids films/other.ids
refuses "an id of no item is refused with its line" 65 'neggen: films/items.ids:3: no item "99"' \
  "$neggen" import new films
[ -e new ] && fail "and nothing is imported" || pass "and nothing is imported"
rm films/items.ids
matrix 3 2 films/image.npy "$one$two$one$one$none$one"
refuses "rows that are no items are refused" 65 'neggen: films/image.npy: has 3 rows, the catalogue has 4 items*' \
  "$neggen" import new films
echo words >films/image.npy
refuses "what is no matrix is not looked at, by name" 65 'neggen: films/image.npy:1:1: this is of no format*' \
  "$neggen" import new films/image.npy
rm films/image.npy
cp text_feat.npy what.npy
refuses "a matrix must say what it is of" 65 'neggen: what.npy: call it text\*.npy or image\*.npy*' \
  "$neggen" import features what.npy
refuses "and needs items" 66 'neggen: nowhere is no workspace*' "$neggen" import nowhere text_feat.npy

# Out and in again: what is exported of the import is the same, byte for byte
"$neggen" import round films >/dev/null
for format in recbole jsonl npy; do
  run "$neggen" export round out-$format --format $format --quiet
  same "export as $format ends well" "$status$err_text" 0
  run "$neggen" import again-$format out-$format --json
  holds "it imports again as $format" "$out" '*"items":{"total":4,"new":4,*"interactions":{"total":10,*"pictures":{"total":4,"read":4,*'
  "$neggen" export again-$format back-$format --format $format --quiet
  same "the second export is the first one" "$(diff -r out-$format back-$format 2>&1)" ""
  same "and what is shown of an item is, too" "$("$neggen" show again-$format 12 --json | sed 's/"path":"[^"]*"//g')" \
    "$("$neggen" show round 12 --json | sed 's/"path":"[^"]*"//g')"
done
run "$neggen" import again-npy out-npy
holds "the features come with their ids" "$out" 'features      text.npy (npy): text, 4 of 4 items, 256 columns*'
holds "importing an export again changes nothing" "$out" '*items                 4
  users                 4
  interactions         10
  pictures              4*'
run "$neggen" export round out --json
holds "the report has a twin for programs" "$out" \
  '{"folder":"out","format":"recbole","items":4,"users":4,"interactions":10,"pictures":4,"pictures_gone":0,"escapes":false,*'
refuses "a folder with things in it is left alone" 73 \
  'neggen: out is a folder with things in it: name a new one' "$neggen" export round out
refuses "so is a file" 73 'neggen: text_feat.npy is there already and no folder: name a new one' \
  "$neggen" export round text_feat.npy
refuses "no workspace, no export" 66 'neggen: nowhere is no workspace*' "$neggen" export nowhere new
head -c 300000 /dev/zero >films/images/7.png
(ulimit -f 200; exec "$neggen" export round full) >out.txt 2>err.txt
same "a full disk is an error of writing" "$?" 74
holds "and told" "$(cat err.txt)" 'neggen: cannot *full*'
same "and leaves nothing" "$(ls -d full* 2>/dev/null)" ""
finish
