#!/bin/sh
# zkServer-initialize.sh [--configfile=F] [--myid=N] [--force] -- makes the directories of a new server.
self=$0
while [ -h "$self" ]; do # the others of this installation are beside the file, not beside a link to it
    link=$(readlink "$self") || exit 1
    case $link in /*) self=$link ;; *) self=$(dirname "$self")/$link ;; esac
done
ZOOBINDIR=$(CDPATH='' cd "$(dirname "$self")" && pwd) || exit 1
. "$ZOOBINDIR/zkEnv.sh"
ZOO_SCRIPT=$0
export ZOO_SCRIPT
program=$(paddock_program zkserver) || exit 1
exec "$program" initialize "$@"
