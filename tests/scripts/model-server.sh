# model-server.sh - sourced after lib.sh: a model's server of ours
# SPDX-License-Identifier: MIT

server=$(cd "$builddir" && pwd)/tests/faults/model-server
[ -x "$server" ] || { echo "no model-server: libmicrohttpd is missing"; exit 77; }

# start_server NAME OPTIONS...: sets $url and $server_pid; the server lives until this script ends
start_server() {
  name=$1
  shift
  mkfifo "$scratch/$name.out" "$scratch/$name.in"
  "$server" "$@" <"$scratch/$name.in" >"$scratch/$name.out" &
  server_pid=$!
  exec 9>"$scratch/$name.in"
  read -r url <"$scratch/$name.out"
}
