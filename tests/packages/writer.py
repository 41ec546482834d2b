#!/usr/bin/python3
"""writer.py -- creates children of a znode until it has made enough or the server goes.

    tests/packages/writer.py PORT PARENT COUNT

Prints how many creations were acknowledged.
"""
import logging
import sys
import threading

from kazoo.client import KazooClient

THREADS = 8


def main():
    port, parent, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    logging.disable(logging.CRITICAL)
    client = KazooClient(hosts=f"127.0.0.1:{port}", timeout=30, connection_retry={"max_tries": 0},
                         command_retry={"max_tries": 0})
    client.start(timeout=15)
    if count > 1:
        client.create(parent, b"")
    acknowledged = []

    def write(share):
        for _ in range(share):
            try:
                acknowledged.append(client.create(parent + "/n-", b"x" * 100, sequence=True) if count > 1
                                    else client.create(parent, b""))
            except Exception:  # the server went: what came before counts
                return

    threads = [threading.Thread(target=write, args=(max(1, count // THREADS),), daemon=True)
               for _ in range(THREADS if count > 1 else 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("acknowledged", len(acknowledged), flush=True)
    client.stop()


if __name__ == "__main__":
    main()
