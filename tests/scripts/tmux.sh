#!/bin/sh
# One item through the whole interface in tmux, as a person at four kinds of terminal does it: walk, look,
# make a candidate, accept it, take that back, leave; and the terminal is as it was.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"

. "$srcdir/tests/scripts/screen.sh"

here=$(cd "$builddir" && pwd)
"$here/neggen" import "$scratch/samples" "$srcdir/samples/catalogue" --quiet || exit 1
"$here/neggen" embed "$scratch/samples" --quiet || exit 1

# modes: what a program may have left switched on
modes() {
  tmux display-message -p -t "$term" 'alternate #{alternate_on} cursor #{cursor_flag} insert #{insert_flag} keypad #{keypad_flag}#{keypad_cursor_flag} mouse #{mouse_any_flag} region #{scroll_region_upper}-#{scroll_region_lower}'
}
for term in xterm-256color screen linux vt100; do
  ws=$scratch/$term
  cp -r "$scratch/samples" "$ws"
  shell "$term"
  keys "stty -a >'$scratch/before'" Enter
  settle before
  modes_before=$(modes)
  keys "TERM=$term '$here/neggen' open '$ws' --curator ada; echo status \$?" Enter
  sees "the items are listed" '*Pebble mug*Summit lamp*'
  keys j j j k
  keys Enter
  sees "an item opens" '*Thunder shirt*PICTURE*'
  keys g
  sees "a candidate is made" '*candidate 1/1*waiting*a valid candidate, balance [01].*'
  keys a
  sees "it is accepted" '*accepted*'
  sees "which is counted" '*1 reviewed*'
  keys u
  sees "and that taken back" '*0 reviewed*'
  keys Q
  sees "it ends well" '*status 0*'
  keys "stty -a >'$scratch/after'" Enter
  settle after
  same "$term: the modes of the screen are as before" "$(modes)" "$modes_before"
  same "$term: so are those of the line" "$(cat "$scratch/after")" "$(cat "$scratch/before")"
  case $term in
  xterm* | screen) sees "what stood there before is there again" '*before*open*status 0*AFTER*' ;;
  esac
  run "$here/neggen" info "$ws" --json
  holds "$term: what was made is kept" "$out" '*"negatives":1,"valid":1,*"reviewed":0,*'
  tmux kill-session -t "$term"
done
finish
