"""A process that writes into a store, and says on standard output what it was told: `python -m tests.store.writer`.

Every acknowledged entry is one line: its id, its seq, and whether it was a replay.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from threading import Thread

from lumyn.store.sqlite import SqliteStore
from tests.store.stores import PATIENCE_SECONDS, policy, record


def main() -> None:
    """Arguments: the store, a name, how many threads, and how many entries each writes, 0 for no end.

    The entries of thread i have request_ids that thread i of every other process uses, too.
    """
    path, name, thread_count, entry_count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with SqliteStore.open(path, create=True) as store:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()

        def write(thread: int) -> None:
            for index in count() if entry_count == 0 else range(entry_count):
                entry_id = f"{name}-{thread}-{index}"
                request_id = f"{thread}-{index}" if entry_count else None
                draft = record(entry_id, request_id=request_id, size=1000)
                committed = store.submit(draft, [policy()]).wait(PATIENCE_SECONDS)
                # One write a line, which no kill can tear.
                os.write(1, f"dec_{entry_id} {committed.seq} {int(committed.is_replay)}\n".encode())

        threads = [Thread(target=write, args=(index,)) for index in range(thread_count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
