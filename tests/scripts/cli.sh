#!/bin/sh
# The command line: options, operands, configuration, help, completion.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"

ws=$scratch/ws
"$neggen" --quiet import "$ws" "$srcdir/samples/catalogue"

refuses "an unknown option is named" 64 'neggen: open: no option --nonsense; see neggen open --help' \
  "$neggen" open --nonsense
refuses "an option without its value is named" 64 'neggen: --script needs a value: FILE' \
  "$neggen" open --script
refuses "a choice lists what it takes" 64 'neggen: --progress takes one of auto|always|never*' \
  "$neggen" --progress=sometimes help
refuses "one operand too many is named" 64 'neggen: help: "open" is one too many*' \
  "$neggen" help help open
refuses "a directory that is not there is told" 66 'neggen: cannot change to /nonexistent: *' \
  "$neggen" -C /nonexistent help
refuses "help of no command says so" 64 'neggen: help: no command "x"*' "$neggen" help x

printf '[global]\ncurator = Ada\n[open]\nscripts = x\n' >"$scratch/bad.ini"
refuses "a bad setting has its place" 78 "neggen: $scratch/bad.ini:4: \[open\] has no option \"scripts\"" \
  "$neggen" --config "$scratch/bad.ini" help
printf '[global]\nprogress = loud\n' >"$scratch/bad.ini"
refuses "a bad value has its place" 78 "neggen: $scratch/bad.ini:2: --progress takes one of*" \
  "$neggen" --config "$scratch/bad.ini" help
refuses "a configuration that is not there is told" 78 'neggen: cannot read the configuration *' \
  "$neggen" --config "$scratch/none.ini" help

run "$neggen" --help
same "help ends well" "$status" 0
holds "help lists the commands" "$out" '*commands:*open*help*global options:*--json*'
run "$neggen" help open
holds "help of a command shows its options" "$out" 'usage: neggen open *--script FILE*'
run "$neggen" open --help
holds "--help after a command is that command's" "$out" 'usage: neggen open *'
run "$neggen" --version
holds "the version is one line" "$out" 'neggen [0-9]*'
run sh -c "'$neggen' help >/dev/full"
same "a full disk under stdout is an error" "$status" 74
holds "and says so" "$err_text" 'neggen: cannot write to standard output: *'

# What costs most of a start is opened by those who need it.
same "the program is linked to no HTTP, no BLAS and nothing that paints" \
  "$(objdump -p "$neggen" | grep -E 'NEEDED.*(curl|blas|ssl|chafa|glib)')" ""

# A pipe without a reader, as when the reader has had enough.
mkfifo "$scratch/pipe"
for arguments in list 'list --json' 'help'; do
  operand=$ws
  [ "$arguments" != help ] || operand=
  # shellcheck disable=SC2086
  run sh -c 'pipe=$1; shift; exec 4<>"$pipe" 5>"$pipe" 4<&-; exec "$@" >&5' sh "$scratch/pipe" \
    "$neggen" $arguments $operand
  same "$arguments ends quietly when its reader has left" "$status $err_text" "141 "
done
run bash -c "eval \"\$('$neggen' completion bash)\"; COMP_WORDS=(neggen op); COMP_CWORD=1; _neggen; echo \${COMPREPLY[0]}"
same "bash completes a command" "$out" open

finish
