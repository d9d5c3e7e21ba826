#!/bin/sh
# The rule of layers: a folder of src/ includes only folders that stand before it; the library knows
# nothing of curses; the interface contains no SQL, no HTTP, no arithmetic on embeddings.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
cd "$srcdir" || exit 1

order='base la text media store data encode prompt engine backend gen sampler eval model train cli'

# allowed FOLDER: it and what stands before it
allowed() {
  for folder in $order; do
    printf '%s ' "$folder"
    [ "$folder" = "$1" ] && return
  done
}

# includes FILES: "file:folder" for each include of a folder of ours
includes() {
  grep -HoE '^ *# *include *"[a-z]+/' "$@" 2>/dev/null | sed -E 's/: *# *include *"/:/; s,/$,,'
}

for path in src/*/; do
  folder=$(basename "$path")
  case " $order " in
  *" $folder "*) ;;
  *) fail "src/$folder has a place in the order of layers" ;;
  esac
  wrong=
  before=" $(allowed "$folder")"
  for pair in $(includes src/"$folder"/*.[ch]); do
    case $before in
    *" ${pair##*:} "*) ;;
    *) wrong="$wrong $pair" ;;
    esac
  done
  same "src/$folder includes only what stands before it" "$wrong" ""
done

wrong=$(grep -lE '# *include *[<"](n?curses|ncursesw?/|panel|term)\.?h?' src/*/*.[ch])
same "the library never includes curses" "$wrong" ""
wrong=$(grep -lE '# *include *[<"](sqlite3|curl/|cblas|microhttpd)' ui/*.[ch])
same "the interface includes no SQL, HTTP or BLAS" "$wrong" ""
wrong=$(includes ui/*.[ch] | grep -E ':(la|model|sampler)$')
same "the interface includes no la, model or sampler" "$wrong" ""
wrong=$(grep -lE '# *include *[<"]sqlite3' src/*/*.[ch] | grep -v '^src/store/')
same "only the store speaks SQL" "$wrong" ""
wrong=$(grep -lE '^int main\(' src/*/*.c ui/*.c | grep -vE '^(ui/main.c|src/media/decode-main.c)$')
same "there is one main, and the decoder's" "$wrong" ""
finish
