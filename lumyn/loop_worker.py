"""A thread that works for event loops, so that none is held up by what takes its time."""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Generic, NamedTuple, TypeVar

__all__ = ["LoopWorker", "WorkerClosedError"]

Made = TypeVar("Made")


class WorkerClosedError(Exception):
    """A worker that takes nothing more."""


class _Job(NamedTuple, Generic[Made]):
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Made]"
    work: Callable[[], Made]


class LoopWorker(Generic[Made]):
    """One thread for any number of loops and tasks, each after the other.

    An executor does the same for four times the price on the loop's side, which a thousand tasks that begin at once all
    pay before the loop can turn again.

    abandon: is given what was made for a task that was cancelled meanwhile
    """

    def __init__(self, name: str, abandon: Callable[[Made], object]) -> None:
        self._name = name
        self._abandon = abandon
        self._queue: SimpleQueue[_Job[Made] | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._is_closed = False

    def run(self, work: Callable[[], Made]) -> "asyncio.Future[Made]":
        """What comes of some work, soon. Raises WorkerClosedError."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Made] = loop.create_future()
        with self._lock:
            if self._is_closed:
                raise WorkerClosedError
            if self._thread is None:
                self._thread = Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._queue.put(_Job(loop, future, work))
        return future

    def close(self) -> None:
        """Finish what was taken on, and take nothing more."""
        with self._lock:
            self._is_closed = True
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            if job.future.cancelled():
                continue
            try:
                made = job.work()
            except Exception as error:  # noqa: BLE001 - it is the asking task's
                self._call(job.loop, _fail, job.future, error)
            else:
                if not self._call(job.loop, self._settle, job.future, made):
                    self._abandon(made)

    def _settle(self, future: "asyncio.Future[Made]", made: Made) -> None:
        if future.cancelled():
            self._abandon(made)
        else:
            future.set_result(made)

    @staticmethod
    def _call(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *arguments: object) -> bool:
        """Let a loop call back; False where it was closed meanwhile."""
        try:
            loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            return False
        return True


def _fail(future: "asyncio.Future[object]", error: Exception) -> None:
    if not future.cancelled():
        future.set_exception(error)
