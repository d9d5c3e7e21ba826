# screen.sh - sourced after lib.sh: programs in tmux, keys typed to them, screens waited for
# SPDX-License-Identifier: MIT

command -v tmux >/dev/null || { echo "no tmux"; exit 77; }
export TMUX_TMPDIR="$scratch"
unset TMUX
trap 'tmux kill-server 2>/dev/null; rm -rf "$scratch"' EXIT

# shell NAME: a screen with a shell in it; what follows is about the newest one
shell() {
  shell=$1
  tmux -f /dev/null new-session -d -s "$shell" -x 90 -y 28 "env PS1='> ' ENV= sh"
}
screen() { tmux capture-pane -p -t "$shell"; }
keys() { tmux send-keys -t "$shell" "$@"; }

# sees NAME PATTERN: the screen comes to match it, soon
sees() {
  tries=0
  while :; do
    shown=$(screen)
    case $shown in $2) pass "$shell: $1"; return ;; esac
    tries=$((tries + 1))
    [ $tries -lt 300 ] || break
    sleep 0.05 # tmux tells of no change of a screen
  done
  fail "$shell: $1" "wanted: $2" "$shown"
}

# settle WORD: the shell has done all before
settle() {
  keys "echo $1 | tr a-z A-Z" Enter
  sees "the shell answers ($1)" "*$(echo "$1" | tr a-z A-Z)*"
}
