#!/bin/sh
# E in the workbench, in tmux: the editor has the terminal, Ctrl-C and Ctrl-Z are its own, and the interface
# comes back as it was.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/screen.sh"

here=$(cd "$builddir" && pwd)
"$here/neggen" import "$scratch/ws" "$srcdir/samples/catalogue" --quiet || exit 1
cat >"$scratch/edit" <<'EDIT'
#!/bin/sh
trap 'echo it was INTERRUPTED' INT
echo "now EDITING"
read -r words || read -r words
echo "$words" >>"$1"
EDIT
chmod +x "$scratch/edit"
shell editor
keys "stty -a >'$scratch/before'" Enter
settle ready
keys "VISUAL='$scratch/edit' '$here/neggen' open '$scratch/ws'; echo status \\$?" Enter
sees "the items are listed" '*Pebble mug*'
keys P
sees "the workbench opens" '*Pebble mug*describe version 1*SYSTEM*'
keys E
sees "the editor has the terminal" '*now EDITING*'
keys C-z
sees "stopping it stops the job" '*Stopped*'
settle meanwhile
keys fg Enter
keys "Be brief." Enter
sees "it goes on, and the template is run again" '*Pebble mug*describe version 1*run 1 of 1*read without fault*was changed*'
same "what was typed is in the template" "$(tail -n 1 "$scratch/ws/prompts/describe.prompt")" 'Be brief.'
keys E
sees "the editor has it again" '*now EDITING*'
keys C-c
sees "Ctrl-C is the editor's" '*it was INTERRUPTED*'
keys "And clear." Enter
sees "and does not end the interface" '*run 2 of 2*read without fault*'
keys Q
sees "it ends well" '*status 0*'
keys "stty -a >'$scratch/after'" Enter
settle done
same "the terminal is as it was" "$(cat "$scratch/after")" "$(cat "$scratch/before")"
finish
