"""A process that forks gateways and kills them: `python -m tests.store.doomed_gateways POLICY`.

Each line on standard input is a Round, as JSON. A forked gateway opens the store and decides in many threads until SIGKILL
ends it; the answer is a line with its wait status. Forking spares each round the start of an interpreter; this process has
one thread only, so that it may.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from itertools import count
from pathlib import Path
from threading import Thread
from time import monotonic_ns, sleep

import attrs

from lumyn.canonical import canonical
from lumyn.gateway import Gateway, GatewaySettings
from lumyn.normal_json import Limits
from lumyn.request import read_request
from tests.store.refunds import refund

__all__ = ["NOTE_HEAD", "SHARED", "Round"]

# When the call began and when it was answered, in nanoseconds of the machine's clock, and the size of the bytes that follow.
NOTE_HEAD = struct.Struct("<QQI")

# request_ids that all threads of all rounds use begin so.
SHARED = "shared-"

_PATIENCE_SECONDS = 60.0


@attrs.frozen
class Round:
    """One gateway and its end.

    notes:         the folder in which each thread has a file of what it was told
    is_let_decide: whether its time begins with its first answer, and not before it opens the store
    """

    store: str
    notes: str
    name: str
    threads: int
    seconds: float
    is_let_decide: bool


def main() -> None:
    """Fork, wait, kill, answer; until standard input ends."""
    policy = sys.argv[1]
    # What all gateways make first is made once.
    read_request(refund(0), Limits())
    for line in sys.stdin:
        doomed = Round(**json.loads(line))
        has_decided, deciding = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                _decide(policy, doomed, deciding)
            finally:
                os._exit(1)
        os.close(deciding)
        if doomed.is_let_decide:
            os.read(has_decided, 1)
        sleep(doomed.seconds)
        os.kill(child, signal.SIGKILL)
        os.close(has_decided)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


def _decide(policy: str, doomed: Round, deciding: int) -> None:
    settings = GatewaySettings(deadline_seconds=_PATIENCE_SECONDS)
    with Gateway.open(policy, f"sqlite:{doomed.store}", settings, create=True) as gateway:
        threads = [
            Thread(target=_decide_on, args=(gateway, doomed, index, deciding)) for index in range(doomed.threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _decide_on(gateway: Gateway, doomed: Round, thread: int, deciding: int) -> None:
    """Decide for ever, and note each answer with one write before the next call: every eighth is labelled as well."""
    notes = os.open(Path(doomed.notes, f"{doomed.name}-{thread}"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(began: int, content: bytes) -> None:
        os.write(notes, NOTE_HEAD.pack(began, monotonic_ns(), len(content)) + content)

    for number in count():
        request_id = (None, f"{doomed.name}-{thread}-{number}", None, f"{SHARED}{number}")[number % 4]
        began = monotonic_ns()
        record = gateway.decide(refund(number, request_id=request_id))
        assert record.is_persisted
        note(began, record.content)
        if number == 0:
            os.write(deciding, b".")
        if number % 8 == 2:
            began = monotonic_ns()
            label = ("failure", "success")[thread % 2]
            note(began, canonical(gateway.label(record.decision_id, label, actor="reviewer")))


if __name__ == "__main__":
    main()
