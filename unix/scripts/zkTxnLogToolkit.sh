#!/bin/sh
# zkTxnLogToolkit.sh [-dhrvcy] LOG [-z ZXID] -- prints, repairs or chops a transaction log.
self=$0
while [ -h "$self" ]; do # the others of this installation are beside the file, not beside a link to it
    link=$(readlink "$self") || exit 1
    case $link in /*) self=$link ;; *) self=$(dirname "$self")/$link ;; esac
done
ZOOBINDIR=$(CDPATH='' cd "$(dirname "$self")" && pwd) || exit 1
. "$ZOOBINDIR/zkEnv.sh"
program=$(paddock_program zktool) || exit 1
exec "$program" txnlog "$@"
