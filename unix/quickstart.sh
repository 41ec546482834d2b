#!/bin/sh
# Build Paddock and start a server one can connect to, with one command on a fresh Debian or Ubuntu.
#
#   unix/quickstart.sh [PORT]        port of the clients, 2181 unless given
#
# Installs what is missing, builds into build/, starts a standalone server in the background with its
# built-in configuration (data below the user's state directory), waits until it answers and says how
# to connect and how to stop it.  Run again, it rebuilds and says that the server is running.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
port=${1:-2181}
case "$port" in
'' | *[!0-9]*)
    echo "usage: $0 [PORT]: '$port' is not a port number" >&2
    exit 2
    ;;
esac

"$here/unix/setup-debian.sh" build
cmake -S "$here" -B "$here/build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DZK_TESTS=OFF
cmake --build "$here/build" -j "$(nproc)"

state=${XDG_STATE_HOME:-${HOME:-/tmp}/.local/state}/paddock
data=$state/data-$port
log=$state/zkserver-$port.log
mkdir -p "$data"

# One four-letter word, answered by the server itself.
ask() {
    "$here/build/bin/zkcli" -server "127.0.0.1:$port" -timeout 5000 ls / >/dev/null 2>&1
}

if ask; then
    echo "A server already answers on port $port."
else
    nohup "$here/build/bin/zkserver" "$port" "$data" >>"$log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$data/zookeeper_server.pid"
    tries=0
    until ask; do
        if ! kill -0 "$pid" 2>/dev/null; then
            echo "The server ended; the last lines of $log say why:" >&2
            tail -n 5 "$log" >&2
            exit 1
        fi
        tries=$((tries + 1))
        if [ "$tries" -ge 60 ]; then
            echo "The server does not answer on port $port after a minute; see $log" >&2
            exit 1
        fi
        sleep 1
    done
fi

cat <<EOF

Paddock is serving on 127.0.0.1:$port
  data   $data
  log    $log

Connect with any ZooKeeper client, or:
  $here/build/bin/zkcli -server 127.0.0.1:$port create /hello world
  $here/build/bin/zkcli -server 127.0.0.1:$port get /hello
Stop it:
  kill \$(cat $data/zookeeper_server.pid)
EOF
