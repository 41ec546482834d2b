#!/bin/sh
# zkServer.sh [--config DIR] VERB [CONFIG] -- starts, stops and asks a server; --help lists the verbs.
#
### BEGIN INIT INFO
# Provides:          zookeeper
# Required-Start:    $network $remote_fs
# Required-Stop:     $network $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: coordination service
# Description:       A link in /etc/init.d to this script is enough: start, stop, restart, status, force-reload.
### END INIT INFO
#
# The verbs are in the program; this script finds it and passes the words on.
self=$0
while [ -h "$self" ]; do # the others of this installation are beside the file, not beside a link to it
    link=$(readlink "$self") || exit 1
    case $link in /*) self=$link ;; *) self=$(dirname "$self")/$link ;; esac
done
ZOOBINDIR=$(CDPATH='' cd "$(dirname "$self")" && pwd) || exit 1
. "$ZOOBINDIR/zkEnv.sh"
ZOO_SCRIPT=$0
export ZOO_SCRIPT
[ $# -gt 0 ] || set -- --config "$ZOOCFGDIR" # no verb: the usage, and not a server
program=$(paddock_program zkserver) || exit 1
exec "$program" "$@"
