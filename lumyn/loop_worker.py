"""A thread that works for event loops, so that none is held up by what takes its time, and brings them what came of it."""

import asyncio
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary, ref

__all__ = ["LoopWorker", "Reply", "WorkerClosedError"]

Made = TypeVar("Made")


class WorkerClosedError(Exception):
    """A worker that takes nothing more."""


class Reply(Generic[Made]):
    """Where one answer goes; to be given once, from any thread."""

    __slots__ = ("_box", "_future")

    def __init__(self, box: "_Box[Made]", future: "asyncio.Future[Made]") -> None:
        self._box = box
        self._future = future

    @property
    def is_awaited(self) -> bool:
        """False once the asking task was cancelled."""
        return not self._future.cancelled()

    def give(self, made: Made) -> None:
        """Answer."""
        self._box.post(_Letter(self._future, made, None))

    def fail(self, error: Exception) -> None:
        """Answer by an exception, which the asking task gets."""
        self._box.post(_Letter(self._future, None, error))


class LoopWorker(Generic[Made]):
    """One thread for any number of loops and tasks, each after the other.

    An executor does the same for four times the price on the loop's side, which a thousand tasks that begin at once all
    pay before the loop can turn again.

    abandon: is given what was made for a task that was cancelled meanwhile, or whose loop was closed
    """

    def __init__(self, name: str, abandon: Callable[[Made], object]) -> None:
        self._name = name
        self._abandon = abandon
        self._queue: SimpleQueue[tuple[Callable[[Reply[Made]], object], Reply[Made]] | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._is_closed = False
        self._boxes: WeakKeyDictionary[asyncio.AbstractEventLoop, _Box[Made]] = WeakKeyDictionary()

    def run(self, work: Callable[[Reply[Made]], object]) -> "asyncio.Future[Made]":
        """What comes of some work, soon: the work gives it to its reply, then or later. Raises WorkerClosedError."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Made] = loop.create_future()
        with self._lock:
            if self._is_closed:
                raise WorkerClosedError
            if self._thread is None:
                self._thread = Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            box = self._boxes.get(loop)
            if box is None:
                box = self._boxes[loop] = _Box(loop, self._abandon)
            self._queue.put((work, Reply(box, future)))
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
            work, reply = job
            if not reply.is_awaited:
                continue
            try:
                work(reply)
            except Exception as error:  # noqa: BLE001 - it is the asking task's
                reply.fail(error)


class _Letter(NamedTuple, Generic[Made]):
    future: "asyncio.Future[Made]"
    made: Made | None
    error: Exception | None


class _Box(Generic[Made]):
    """Letters to one loop, which is woken once for all that came since it last looked: each wake takes a system call."""

    def __init__(self, loop: asyncio.AbstractEventLoop, abandon: Callable[[Made], object]) -> None:
        # Held weakly, as it is the key under which this is kept.
        self._loop = ref(loop)
        self._abandon = abandon
        self._letters: deque[_Letter[Made]] = deque()
        self._is_woken = False

    def post(self, letter: _Letter[Made]) -> None:
        self._letters.append(letter)
        if self._is_woken:
            return
        self._is_woken = True
        loop = self._loop()
        try:
            if loop is None:
                raise RuntimeError  # noqa: TRY301 - as a loop says that was closed
            loop.call_soon_threadsafe(self._deliver)
        except RuntimeError:
            self._is_woken = False
            while self._letters:
                self._return(self._letters.popleft())

    def _deliver(self) -> None:
        # First, so that whatever comes from here on wakes the loop again.
        self._is_woken = False
        while self._letters:
            letter = self._letters.popleft()
            if letter.future.done():  # which is to say cancelled
                self._return(letter)
            elif letter.error is not None:
                letter.future.set_exception(letter.error)
            else:
                letter.future.set_result(letter.made)  # type: ignore[arg-type]

    def _return(self, letter: _Letter[Made]) -> None:
        if letter.error is None:
            self._abandon(letter.made)  # type: ignore[arg-type]
