#!/bin/sh
# What quickstart knows of packages, how it counts tests, and what it reports without a terminal.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"

refuses "quickstart tells how it is called" 64 'usage: quickstart *' "$srcdir/quickstart" --nonsense
run "$srcdir/quickstart" --help
holds "its help names the three ways" "$out" '*--build*--check*'

# The functions themselves, out of the file.
eval "$(sed -n '/^packages() {/,/^}/p; /^count_test() {/,/^}/p' "$srcdir/quickstart")"

same "every package has a use, three names and a probe" \
  "$(packages | awk 'NF != 6 || !/^(build|check) / || $5 !~ /^(command|module|header|term)$/')" ""
for module in $(sed -n 's/^ *PKG_CHECK_MODULES(\[[A-Z0-9]*\], \[\([a-z0-9-]*\).*/\1/p' \
  "$srcdir/configure.ac"); do
  [ "$module" = panelw ] && continue # comes with ncurses
  holds "configure's $module is among the packages" "$(packages)" "*module *$module*"
done

# counts RESULT TEXT: what a test of this result and log counts
counts() {
  echo ":test-result: $1" >"$scratch/a.trs"
  printf '%b' "$2" >"$scratch/a.log"
  count_test "$scratch/a.trs"
}
run_a='[ RUN      ] a\n' run_b='[ RUN      ] b\n' ok_a='[       OK ] a\n'
same "a group's tests are counted" "$(counts PASS "$run_a$ok_a$run_b[       OK ] b\n")" "2 0 0"
same "one that fails is" "$(counts FAIL "$run_a$ok_a$run_b[  FAILED  ] b\n[  FAILED  ] b\n")" "1 1 0"
same "one that dies is" "$(counts FAIL "$run_a$ok_a$run_b")" "1 1 0"
same "one that is skipped is, once" "$(counts PASS \
  "$run_a$ok_a$run_b[  SKIPPED ] b\n[  SKIPPED ] 1 test(s), listed below:\n[  SKIPPED ] b\n")" "1 0 1"
same "a group that ends badly has failed" "$(counts FAIL "$run_a$ok_a")" "1 1 0"
same "a script says what it counted" "$(counts PASS 'ok x\n3 passed, 0 failed\n')" "3 0 0"
same "a script that fails too" "$(counts FAIL 'FAIL x\n3 passed, 2 failed, 1 skipped\n')" "3 2 1"
same "a script without a count is one test" "$(counts PASS 'fine\n')" "1 0 0"
same "failed" "$(counts FAIL 'oh\n')" "0 1 0"
same "or skipped" "$(counts SKIP 'no tmux\n')" "0 0 1"

# The report, by the program that was built, as from a clone.
eval "$(sed -n '/^section() {/p; /^some_epochs() {/,/^}/p; /^report() {/,/^}/p' "$srcdir/quickstart")"
mkdir "$scratch/clone"
ln -s "$(cd "$srcdir" && pwd)/samples" "$scratch/clone/samples"
ln -s "$PWD" "$scratch/clone/build"
report=$(cd "$scratch/clone" && TMPDIR=$scratch report 2>&1)
score='.[0-9][0-9]*'
holds "the report tells of the catalogue" "$report" '*13,372 rows*288 new*'
holds "of items, original and intervened" "$report" '*mug-02 *original *intervened*moved *balance *'
holds "of epochs" "$report" "*train * 1 *loss 0.*Recall@20 $score*"
holds "of the controls" "$report" "*mean |lambda c| / |i| *0.[0-9]*"
for model in popular lightgcn neggen; do
  holds "of how well $model ranks" "$report" "*on the test items*$model *$score *$score*"
done
holds "and of where it left everything" "$report" "*left in $scratch/neggen-demo-*"
finish
