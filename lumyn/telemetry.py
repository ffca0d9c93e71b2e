"""What others hear of a gateway: log lines and listeners, told by a thread of their own so that no decision waits for one."""

import json
import logging
from collections import deque
from contextvars import Context
from threading import Event, Thread
from typing import Final, NamedTuple, Protocol

from lumyn.metrics import Metrics

__all__ = ["Decided", "Listener", "Source", "Telemetry"]

_QUEUE_MAX: Final = 16_384
# Between two looks at the queue: each wakes a thread, which a decision would otherwise pay for.
_GATHER_SECONDS: Final = 0.05
_CLOSE_SECONDS: Final = 2.0

_LOGGER: Final = logging.getLogger("lumyn")
# Without it Python writes warnings of a host that configured no logging to its standard error.
_LOGGER.addHandler(logging.NullHandler())


class Decided(NamedTuple):
    """An answer: ids, verdict, reasons and hashes, and nothing of the request or its evidence.

    started_ns, ended_ns: nanoseconds since 1970, UTC
    commit_seconds:       that the store took
    context:              of the caller: whatever it was doing when it asked
    """

    store_id: str
    decision_id: str
    verdict: str
    reason_codes: tuple[str, ...]
    policy_hash: str
    mode: str
    is_persisted: bool
    is_replay: bool
    started_ns: int
    ended_ns: int
    commit_seconds: float
    context: Context


class Source(Protocol):
    """Whose metrics can be asked for; a gateway."""

    def metrics(self) -> Metrics:
        """As they are now."""


class Listener(Protocol):
    """Hears of answers, in the order in which they were given; may be slow, and may raise."""

    def opened(self, source: Source) -> None:
        """A gateway was opened."""

    def decided(self, answer: Decided) -> None:
        """A gateway answered. Called within the context of its caller, by another thread."""

    def closed(self, source: Source) -> None:
        """A gateway was closed."""


class _Said(NamedTuple):
    level: int
    event: str
    facts: dict[str, object]


class Telemetry:
    """Tells log lines and listeners of one gateway. Never raises, and never waits but in `close`.

    fault:   what the last listener or log handler that failed said; empty while none has
    dropped: what nobody heard of because somebody was too slow
    """

    def __init__(self, listeners: tuple[Listener, ...]) -> None:
        self._listeners = listeners
        self._queue: deque[Decided | _Said] = deque()
        self._due = Event()
        self._stopped = Event()
        self.fault = ""
        self.dropped = 0
        self._thread = Thread(target=self._run, name="lumyn-telemetry", daemon=True)
        self._thread.start()

    @property
    def is_heard(self) -> bool:
        """Whether anybody wants to hear of answers."""
        return bool(self._listeners) or _LOGGER.isEnabledFor(logging.INFO)

    def decided(self, answer: Decided) -> None:
        """Tell of an answer, soon."""
        self._put(answer)

    def said(self, level: int, event: str, **facts: object) -> None:
        """Write a log line, soon: what happened, and its ids, numbers and hashes."""
        if _LOGGER.isEnabledFor(level):
            self._put(_Said(level, event, facts))

    def opened(self, source: Source) -> None:
        """Tell of a gateway that was opened."""
        for listener in self._listeners:
            self._guarded(listener.opened, source)

    def closed(self, source: Source) -> None:
        """Tell of a gateway that was closed."""
        for listener in self._listeners:
            self._guarded(listener.closed, source)

    def close(self) -> None:
        """Tell what is queued, within two seconds."""
        self._stopped.set()
        self._due.set()
        self._thread.join(_CLOSE_SECONDS)

    def _put(self, item: Decided | _Said) -> None:
        if len(self._queue) >= _QUEUE_MAX:
            self.dropped += 1
            return
        self._queue.append(item)
        if not self._due.is_set():
            self._due.set()

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._stopped.wait(_GATHER_SECONDS)
            is_last = self._stopped.is_set()
            if not is_last:
                self._due.clear()
            while self._queue:
                self._tell(self._queue.popleft())
            if is_last:
                return

    def _tell(self, item: Decided | _Said) -> None:
        if isinstance(item, _Said):
            self._guarded(_write, item.level, item.event, item.facts)
            return
        for listener in self._listeners:
            self._guarded(item.context.run, listener.decided, item)
        level = logging.INFO if item.is_persisted else logging.WARNING
        if _LOGGER.isEnabledFor(level):
            self._guarded(_write, level, "decision", _facts(item))

    def _guarded(self, call: object, *arguments: object) -> None:
        assert callable(call)
        try:
            call(*arguments)
        except Exception as error:  # noqa: BLE001 - exporters and handlers are others' code, and may raise anything
            self.fault = f"{type(error).__name__}: {error}"


def _write(level: int, event: str, facts: dict[str, object]) -> None:
    # JSON escapes what a terminal or another line of the log could be made of.
    _LOGGER.log(level, "%s %s", event, json.dumps(facts), extra={"lumyn": {"event": event, **facts}})


def _facts(answer: Decided) -> dict[str, object]:
    return {
        "store_id": answer.store_id,
        "decision_id": answer.decision_id,
        "verdict": answer.verdict,
        "reason_codes": list(answer.reason_codes),
        "policy_hash": answer.policy_hash,
        "mode": answer.mode,
        "is_persisted": answer.is_persisted,
        "is_replay": answer.is_replay,
        "seconds": round((answer.ended_ns - answer.started_ns) / 1e9, 6),
    }
