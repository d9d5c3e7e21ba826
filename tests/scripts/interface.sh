#!/bin/sh
# The interface as a person sees it: scripts of keys, and the screens they lead to.
#
# Each tests/scripts/screens/NAME.script is played on a workspace of its own, whose candidates are
# written down in tests/pty/make-workspace.c; what it saves with :save-screen FILE.screen
# must be what is kept beside it. To keep new screens, look at them, then:
#   cd build; UPDATE=1 srcdir=.. sh ../tests/scripts/interface.sh
# A script's first lines may say `# options: ...` (of neggen open), `# term: NAME`, and `# runs: three`
# (those of runs.sh).
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/runs.sh"

screens=$(cd "$srcdir/tests/scripts/screens" && pwd)
here=$(cd "$builddir" && pwd)
export TZ=UTC

# What differs from run to run: where things are, and how long they took.
volatile() {
  sed -e "s#$scratch#SCRATCH#g" -e 's/\(version [0-9]*\) [0-9a-f]\{8\} /\1 ........ /' \
    -e 's/[0-9]*\.[0-9][0-9] s each/N s each/' "$1"
}

play() { # SCRIPT: in a directory of its own, where its screens are left
  name=$(basename "$1" .script)
  NEGGEN_SCRIPT_TERM=$(sed -n 's/^# term: //p' "$1")
  export NEGGEN_SCRIPT_TERM
  "$here/tests/pty/make-workspace" "$scratch/$name" || exit 1
  cd "$scratch/$name" || exit 1
  grep -q '^# runs: three' "$1" && write_runs films
  # shellcheck disable=SC2046
  run "$here/neggen" open films --script "$1" --curator ada $(sed -n 's/^# options: //p' "$1")
}

for script in "$screens"/*.script; do
  play "$script"
  same "$name is played" "$status $err_text" "0 "
  for saved in *.screen; do
    volatile "$saved" >"$saved.got"
    [ -z "${UPDATE:-}" ] || cp "$saved.got" "$screens/$saved"
    if difference=$(diff "$screens/$saved" "$saved.got" 2>&1); then
      pass "$saved is as kept"
    else
      fail "$saved is as kept" "$difference"
    fi
  done
done

# Decisions of the script are there for everybody.
cd "$scratch/compare" || exit 1
run "$here/neggen" info films
holds "what was decided is counted" "$out" '*reviewed * 2 *1 accepted, 1 rejected*'

# A picture whose file is gone is shown from the copy that the import made.
cp -r "$screens/../../../samples/catalogue" "$scratch/source"
"$here/neggen" --quiet import "$scratch/gone" "$scratch/source"
rm "$scratch/source/images/mug-01.png"
printf "Enter\\n:save-screen gone.screen\\n" >"$scratch/gone.script"
cd "$scratch" || exit 1
run "$here/neggen" open gone --script gone.script --size 160x50
holds "a picture that is gone is shown from its copy" "$(cat gone.screen)" '*PICTURE *  the import*'

# Without what paints, a card takes its place.
mkdir unpainted
library=$(sed -n 's/^#define CHAFA_SONAME "\(.*\)"/\1/p' "$here/config.h")
: >"unpainted/${library:-none}"
printf "Enter\\n:save-screen card.screen\\n" >card.script
run env LD_LIBRARY_PATH="$scratch/unpainted" NEGGEN_SCRIPT_TERM=xterm-256color "$here/neggen" \
  open gone --script card.script --size 160x50
holds "a picture that cannot be painted is a card" "$(cat card.screen)" '*+----*| *picture *|*128x128*+----*'

# Scripts that cannot be played say where.
cd "$scratch" || exit 1
bad() { # NAME PATTERN LINE...
  bad_name=$1 bad_pattern=$2
  shift 2
  printf '%s\n' "$@" >bad.script
  refuses "$bad_name" "$bad_status" "$bad_pattern" "$here/neggen" open items/films --script bad.script
}
bad_status=65
bad "a key that is none is told" 'neggen: bad.script:2:6: no key "Dwon"' "j" "Down Dwon"
bad "a text without an end is told" 'neggen: bad.script:1:3: this text has no closing quote' '/ "lamp'
bad_status=64
bad "a command that is none is told" 'neggen: bad.script:1:1: no command "flag":*' ":flag"
bad "a command of another view is told" \
  'neggen: bad.script:1:1: accept does not work in the view items' ":accept"
bad "an item that is not there is told" 'neggen: bad.script:1:1: *' ":item"
refuses "a script that is not there is told" 66 'neggen: *none.script*' \
  "$here/neggen" open items/films --script none.script
refuses "a size that is none is told" 64 'neggen: --size takes COLUMNSxROWS from 40x10 to 500x200' \
  "$here/neggen" open items/films --script none.script --size 20x5
refuses "without a terminal there is no interface" 64 'neggen: the interface needs a terminal*' \
  "$here/neggen" open items/films
refuses "a workspace that is not there is told first" 66 'neggen: *no-such is no workspace*' \
  "$here/neggen" open no-such
refuses "in a script, too" 66 'neggen: *no-such is no workspace*' \
  "$here/neggen" open no-such --script bad.script
finish
