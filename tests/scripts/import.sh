#!/bin/sh
# Import a small source: what it says, what it refuses, what it keeps; info, list and show of it.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/films.sh"
cd "$scratch" || exit 1
make_films

run "$neggen" import ws films
same "import ends well" "$status $err_text" "0 "
same "it says what it took for what and how many" "$(echo "$out" | sed 's/in [0-9.]* s$/in N s/')" \
"interactions  films.inter (recbole): 10 rows
  user        user_id:token
  item        item_id:token
  rating      rating:float
  time        timestamp:float
items         films.item (recbole): 4 rows
  item        item_id:token
  title       title                      4 different
  value       year                       3 different
  list        genres                     7 entries
  prose       plot                       4 different
pictures      images: 4 of 4 items
split         random, seed 42: 4 train, 3 valid, 3 test
now in ws, in N s
  items                 4   4 new
  users                 4   4 new
  interactions         10   10 new
  pictures              4"

run "$neggen" import ws films --json
holds "importing again doubles nothing" "$out" \
  '*"items":{"total":4,"new":0,"changed":0,"same":4},"users":{"total":4,"new":0,"filtered":0},"interactions":{"total":10,"rows":10,"new":0,"changed":0,"same":10,"repeated":0,"filtered":0},"pictures":{"total":4,"read":0,"unchanged":4,"missing":0,"failed":0,"unused":0,"reasons":\[\]}*'

run "$neggen" info ws
same "info counts" "$(echo "$out" | sed 's/imported .*from/imported AT from/')" \
"ws
items                   4   4 with a picture
users                   4
interactions           10   4 train, 3 valid, 3 test
                            split: random, seed 42
negatives               0   0 valid, of 0 items
reviewed                0   0 accepted, 0 rejected; 0 wait
runs                    0
imported AT from $(realpath films/films.inter)"
run "$neggen" info ws --json
holds "info --json has the promised keys" "$out" \
  '{"workspace":"ws","items":4,"users":4,"interactions":10,"pictures":4,"negatives":0,"valid":0,*"reviewed":0,*"runs":0,*}'

run "$neggen" list ws
same "list goes in the order of the source" "$out" \
"7         Toy Story                   1995, Animation, Child..
3         Heat                        1995, Action, Crime
9         Fargo                       1996, Crime, Drama
12        Der Himmel über Berlin      1987, Drama, Fantasy"
run "$neggen" list ws --where CRIME --limit 1
same "list finds, in any case" "$out" "3         Heat                        1995, Action, Crime"
run "$neggen" list ws --where red --json
holds "list finds what the picture shows" "$out" '{"items":\[{"key":"7",*{"key":"12",*\]}'

run "$neggen" show ws 12
same "show prints the item" "$out" \
"Der Himmel über Berlin
item 12   1 user
TEXT
  title       Der Himmel über Berlin
  year        1987
  genres      Drama,Fantasy
  plot        An angel falls in love and wants to live in Berlin.
PICTURE
  brightness  $(echo "$out" | sed -n 's/^  brightness  //p')
  contrast    $(echo "$out" | sed -n 's/^  contrast    //p')
  warmth      $(echo "$out" | sed -n 's/^  warmth      //p')
  saturation  $(echo "$out" | sed -n 's/^  saturation  //p')
  texture     $(echo "$out" | sed -n 's/^  texture     //p')
  color       red
  composition $(echo "$out" | sed -n 's/^  composition //p')
no negative yet: neggen generate ws 12"
run "$neggen" show ws 7 --json
holds "show --json has the item and its negatives" "$out" \
  '{"item":{"key":"7","title":"Toy Story","attributes":{"text":{"year":"1995","genres":\["Animation","Children'"'"'s","Comedy"\]},"image":{*"color":"red"*"negatives":\[\]}'
run "$neggen" show ws 7 original.png --save-picture original
same "the original picture is saved as PNG" "$status $(head -c 4 original.png | od -An -c | tr -d ' ')" \
  '0 211PNG'

# What is refused
refuses "no such workspace" 66 'neggen: nowhere is no workspace: make one with neggen import nowhere SOURCE' \
  "$neggen" info nowhere
refuses "no such item" 66 'neggen: no item "99" in ws' "$neggen" show ws 99
refuses "no intervened picture yet" 66 'neggen: item "7" has no intervened picture yet' \
  "$neggen" show ws 7 x.png --save-picture intervened
refuses "a picture without a file to write" 64 'neggen: show: --save-picture original needs a file*' \
  "$neggen" show ws 7 --save-picture original
refuses "no such source" 66 'neggen: cannot read nothing: No such file or directory' \
  "$neggen" import ws nothing
mkdir empty
refuses "nothing to import" 66 'neggen: nothing to import in empty: looked for tables called \*.inter, *' \
  "$neggen" import new empty
mkdir headers
line user_id item_id >headers/x.inter
refuses "an empty catalogue" 65 \
  'neggen: headers/x.inter:2:1: expected an interaction after the header, found the end' \
  "$neggen" import new headers
line item_id title >headers/x.item
refuses "a catalogue of a header" 65 \
  'neggen: headers/x.item:2:1: expected an item after the header, found the end' \
  "$neggen" import new headers
refuses "a folder that is no workspace" 73 'neggen: films is a folder with other things in it*' \
  "$neggen" import films films
refuses "a split that is not there" 65 'neggen: --split given needs a column x_label, and films/*' \
  "$neggen" import ws films --split given
[ -e new ] && fail "a refused import leaves no workspace" || pass "a refused import leaves no workspace"

# One bad row
cp -r films bad
line ada 3 n/a 120 >>bad/films.inter
refuses "a bad row is refused with its place" 65 \
  'neggen: bad/films.inter:12:7: expected a number for "rating:float", found "n/a"' \
  "$neggen" import ws bad
run "$neggen" info ws --json
holds "nothing of it was imported" "$out" '*"interactions":10,*'
run "$neggen" import skip bad --skip-bad
same "or skipped and counted" "$status $(echo "$out" | sed -n '/^skipped/,/^ *bad/p')" \
"0 skipped       1 bad rows:
                bad/films.inter:12:7: expected a number for \"rating:float\", found \"n/a\""

# Pictures that are none
cp -r films trouble
rm trouble/images/12.png
head -c 60 films/images/7.png >trouble/images/7.png
echo "$picture_huge" | base64 -d >trouble/images/3.png
echo 'GIF89 not really' >trouble/images/9.png
run "$neggen" import pictures trouble
same "an import with bad pictures ends well" "$status" 0
same "and says what is wrong with them" "$(echo "$out" | sed -n '/^pictures/,/^split/p' | sed "s,$(realpath .),HERE,;s/9.png: .*/9.png: .../;s/7.png: .*/7.png: .../")" \
"pictures      images: 0 of 4 items
              1 missing, 3 not readable:
                images/7.png: ...
                images/3.png: is 20000x20000 pixels, more than 50 million
                images/9.png: ...
                no picture of item \"12\" in HERE/trouble/images
split         random, seed 42: 4 train, 3 valid, 3 test"
run "$neggen" show pictures 3
holds "the item says why it has no picture" "$out" '*PICTURE       images/3.png: is 20000x20000 pixels*'

# Filters
run "$neggen" import liked films --min-rating 2 --k-core 3 --json
holds "a user whose rows are all left out appears nowhere" "$out" \
  '*"users":{"total":3,"new":3,"filtered":1},"interactions":{"total":9,*"filtered":1}*"min_rating":2,"k_core":3,*'

# A full disk, and a workspace that another version made
(ulimit -f 20; exec "$neggen" import full films) >out.txt 2>err.txt
same "a full disk is an error of writing" "$?" 74
holds "and told" "$(cat err.txt)" 'neggen: cannot *full/*.db: *'
[ -e full ] && fail "and leaves nothing" || pass "and leaves nothing"
run sh -c '"$1" list ws >/dev/full' sh "$neggen"
same "a full disk on stdout" "$status $err_text" \
  "74 neggen: cannot write to standard output: No space left on device"
finish
