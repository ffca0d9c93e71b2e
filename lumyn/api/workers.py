"""Several processes that serve one workspace: they are started, replaced, told of the policy, and brought to an end."""

import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Final

from lumyn.api.server import CLOSE_SECONDS
from lumyn.api.worker import Orders

__all__ = ["Workers"]

_PAUSE_SECONDS_MIN: Final = 0.1
_PAUSE_SECONDS_MAX: Final = 10.0
_LOOK_SECONDS: Final = 1.0


class _Worker:
    """One process.

    is_ready:   whether it answers calls
    is_hung_up: whether it is to load the policy again once it does
    """

    def __init__(self, orders: Orders) -> None:
        # Without -P, a module in the working directory could take the place of ours.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "lumyn.api.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=orders.descriptors,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        self.is_ready = False
        self.is_hung_up = False
        self._tell(orders.to_line())

    def _tell(self, line: bytes) -> None:
        try:
            self.stdin.write(line)
            self.stdin.flush()
        except BrokenPipeError:  # it has ended, which its other pipe says, too
            return

    def hang_up(self) -> None:
        """Have it load the policy again."""
        # Before it is ready, the signal might be its end.
        self.is_hung_up = not self.is_ready
        if self.is_ready:
            self.process.send_signal(signal.SIGHUP)

    def ended(self) -> int:
        """Its exit code, once its pipes have an end."""
        self.stdout.close()
        code = self.process.wait()
        with suppress(BrokenPipeError):
            self.stdin.close()
        return code


class Workers:
    """So many processes, for as long as `run` runs.

    count: of them
    ready: is called once all of them answer calls
    ended: is called with the process id of one that is replaced, and how it ended
    """

    def __init__(
        self, orders: Orders, count: int, *, ready: Callable[[], None], ended: Callable[[int, str], None]
    ) -> None:
        self._orders = orders
        self._count = count
        self._ready: Callable[[], None] | None = ready
        self._ended = ended
        self._workers: set[_Worker] = set()
        self._selector = selectors.DefaultSelector()
        self._pause_seconds = 0.0
        self._start_at = 0.0
        # When those that have not ended are killed; None while the service is to go on.
        self._end_at: float | None = None
        self._is_clean = True

    def run(self) -> bool:
        """Until SIGTERM or SIGINT; whether every worker finished what it had accepted and closed the store."""
        with self._selector, _signals() as signals:
            self._selector.register(signals, selectors.EVENT_READ)
            while self._workers or self._end_at is None:
                self._start_missing()
                for key, _ in self._selector.select(_LOOK_SECONDS if self._pause_seconds == 0 else _PAUSE_SECONDS_MIN):
                    if key.data is None:
                        for number in signals.recv(64):
                            self._signalled(number)
                    else:
                        self._heard(key.data)
                self._kill_late()
        return self._is_clean

    def _start_missing(self) -> None:
        if self._end_at is not None or monotonic() < self._start_at:
            return
        while len(self._workers) < self._count:
            worker = _Worker(self._orders)
            self._workers.add(worker)
            self._selector.register(worker.stdout, selectors.EVENT_READ, worker)

    def _signalled(self, number: int) -> None:
        if number == signal.SIGHUP:
            for worker in self._workers:
                worker.hang_up()
        else:
            self._end()

    def _heard(self, worker: _Worker) -> None:
        """A worker answers calls, or has ended."""
        if os.read(worker.stdout.fileno(), 64):
            worker.is_ready = True
            if worker.is_hung_up:
                worker.hang_up()
            if all(one.is_ready for one in self._workers) and len(self._workers) == self._count:
                self._pause_seconds = 0.0
                if self._ready is not None:
                    self._ready()
                    self._ready = None
            return
        self._selector.unregister(worker.stdout)
        self._workers.remove(worker)
        code = worker.ended()
        if self._end_at is not None:
            # Before it is ready, a signal ends it as it ends any process.
            self._is_clean &= code == 0 or not worker.is_ready
        elif self._ready is not None and not worker.is_ready:
            # It has never worked, and would not the next time; it has said why.
            self._is_clean = False
            self._end()
        else:
            self._replace(worker, code)

    def _replace(self, worker: _Worker, code: int) -> None:
        """Soon, and ever later where that does not help."""
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        self._ended(worker.process.pid, how)
        if worker.is_ready:
            self._pause_seconds = _PAUSE_SECONDS_MIN
        else:
            self._pause_seconds = min(max(2 * self._pause_seconds, _PAUSE_SECONDS_MIN), _PAUSE_SECONDS_MAX)
        self._start_at = monotonic() + self._pause_seconds

    def _end(self) -> None:
        if self._end_at is None:
            self._end_at = monotonic() + self._orders.config.shutdown_seconds + CLOSE_SECONDS
            for worker in self._workers:
                worker.process.terminate()

    def _kill_late(self) -> None:
        if self._end_at is not None and monotonic() > self._end_at:
            for worker in self._workers:
                worker.process.kill()


@contextmanager
def _signals(numbers: Sequence[int] = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)) -> Iterator[socket.socket]:
    """A socket that the numbers of signals come out of."""
    reading, writing = socket.socketpair()
    with reading, writing:
        os.set_blocking(writing.fileno(), False)
        wakeup_before = signal.set_wakeup_fd(writing.fileno())
        before = {number: signal.signal(number, lambda *_: None) for number in numbers}
        try:
            yield reading
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup_before)
