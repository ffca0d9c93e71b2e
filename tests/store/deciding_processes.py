"""Processes that decide on one store at once: `python -m tests.store.deciding_processes POLICY STORE PROCESSES THREADS COUNT`.

Each thread decides COUNT times. Thread i of every process uses the same request_ids as thread i of the others. Every answer is
a line on standard output: request_id, decision_id and the hash of the bytes.
"""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from threading import Thread

from lumyn.gateway import Gateway, GatewaySettings
from tests.store.refunds import refund

_PATIENCE_SECONDS = 60.0


def main() -> int:
    """Fork, and wait for all; 1 when one of them failed."""
    policy, store, (processes, threads, count) = sys.argv[1], sys.argv[2], map(int, sys.argv[3:])
    children = []
    for _ in range(processes):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                _decide(policy, store, threads, count)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)


def _decide(policy: str, store: str, threads: int, count: int) -> None:
    settings = GatewaySettings(deadline_seconds=_PATIENCE_SECONDS)
    with Gateway.open(policy, f"sqlite:{store}", settings, create=True) as gateway:

        def decide(thread: int) -> None:
            for index in range(count):
                request_id = f"{thread}-{index}"
                record = gateway.decide(refund(index, request_id=request_id))
                assert record.is_persisted
                # One write a line, so that lines of many processes don't mix.
                os.write(1, f"{request_id} {record.decision_id} {sha256(record.content).hexdigest()}\n".encode())

        started = [Thread(target=decide, args=(thread,)) for thread in range(threads)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()


if __name__ == "__main__":
    sys.exit(main())
