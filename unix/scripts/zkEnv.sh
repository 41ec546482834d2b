#!/bin/sh
# zkEnv.sh -- where the configuration and the logs of this installation are.
#
# Sourced by the other scripts, and by whoever wants to know; a first word `--config DIR` is taken and
# shifted away.  Sets and exports
#
#   ZOOCFGDIR     DIR, else as set, else ../conf where it exists, else ../etc/zookeeper, else, as packages
#                 have it, ../../etc/paddock/default
#   ZOOCFG        the configuration file: the name in ZOOCFG (zoo.cfg without one) in ZOOCFGDIR
#   ZOO_LOG_DIR   as set, else ../logs
#
# and what zookeeper-env.sh and java.env in ZOOCFGDIR set.  Paths start at ZOOBINDIR.
ZOOBINDIR="${ZOOBINDIR:-/usr/bin}"
ZOOKEEPER_PREFIX="$ZOOBINDIR/.."

if [ $# -gt 1 ] && [ "$1" = --config ]; then
    ZOOCFGDIR=$2
    case ${ZOOCFG:-} in */*) ZOOCFG= ;; esac
    shift 2
elif [ -z "${ZOOCFGDIR:-}" ]; then
    if [ -e "$ZOOKEEPER_PREFIX/conf" ]; then
        ZOOCFGDIR=$ZOOBINDIR/../conf
    elif [ ! -e "$ZOOKEEPER_PREFIX/etc/zookeeper" ] && [ -e "$ZOOKEEPER_PREFIX/../etc/paddock/default" ]; then
        ZOOCFGDIR=$(CDPATH='' cd "$ZOOKEEPER_PREFIX/../etc/paddock/default" && pwd)
        ZOO_LOG_DIR=${ZOO_LOG_DIR:-/var/log/paddock} # a package, below /usr
    else
        ZOOCFGDIR=$ZOOBINDIR/../etc/zookeeper
    fi
fi

# These files are written for scripts that pass variables on; ours pass them on by the environment.
set -a
[ ! -f "$ZOOCFGDIR/zookeeper-env.sh" ] || . "$ZOOCFGDIR/zookeeper-env.sh"
ZOOCFG=${ZOOCFG:-zoo.cfg}
case $ZOOCFG in */*) ;; *) ZOOCFG=$ZOOCFGDIR/$ZOOCFG ;; esac
[ ! -f "$ZOOCFGDIR/java.env" ] || . "$ZOOCFGDIR/java.env"
ZOO_LOG_DIR=${ZOO_LOG_DIR:-$ZOOKEEPER_PREFIX/logs}
set +a
export ZOOBINDIR ZOOCFGDIR ZOOCFG ZOO_LOG_DIR

# The path of program $1 of this installation: beside the scripts, in a tree of bin and sbin, in the
# checkout's build, or wherever PATH leads.
paddock_program() {
    for paddock_dir in "$ZOOBINDIR" "$ZOOBINDIR/../bin" "$ZOOBINDIR/../sbin" \
        "$ZOOBINDIR/../build/bin" "$ZOOBINDIR/../../build/bin"; do
        if [ -f "$paddock_dir/$1" ] && [ -x "$paddock_dir/$1" ]; then
            printf '%s\n' "$paddock_dir/$1"
            return 0
        fi
    done
    command -v "$1" && return 0
    printf '%s: cannot find the program %s beside this script, in ../bin, ../sbin, ../build/bin or in PATH\n' \
        "$0" "$1" >&2
    return 1
}
