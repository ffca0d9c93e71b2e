"""What works for event loops brings every answer to its task, or to whoever takes what nobody waits for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from lumyn.loop_worker import LoopWorker, Reply, WorkerClosedError

COUNT = 2_000


@pytest.fixture
def abandoned() -> list[int]:
    """What nobody waited for."""
    return []


@pytest.fixture
def worker(abandoned: list[int]) -> Iterator[LoopWorker[int]]:
    """One, closed in the end."""
    made: LoopWorker[int] = LoopWorker("worker", abandoned.append)
    yield made
    made.close()


def test_answers_from_any_thread_reach_their_tasks(worker: LoopWorker[int], abandoned: list[int]) -> None:
    """Given at once by the worker, or later by others; errors too."""
    later: list[tuple[Reply[int], int]] = []

    def work(number: int, reply: Reply[int]) -> None:
        if number % 3 == 0:
            reply.give(number)
        elif number % 3 == 1:
            later.append((reply, number))
        else:
            raise ValueError(number)

    def give_rest(start: int) -> None:
        done = 0
        while done < COUNT // 3 // 4:
            try:
                reply, number = later.pop()
            except IndexError:
                continue
            reply.give(number)
            done += 1

    async def ask() -> list[int | BaseException]:
        futures = [worker.run(lambda reply, number=number: work(number, reply)) for number in range(COUNT)]  # type: ignore[misc]
        threads = [threading.Thread(target=give_rest, args=(start,)) for start in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            await asyncio.to_thread(thread.join)
        for reply, number in later:
            reply.give(number)
        return await asyncio.gather(*futures, return_exceptions=True)

    for number, answer in enumerate(asyncio.run(ask())):
        if number % 3 == 2:
            assert isinstance(answer, ValueError)
            assert answer.args == (number,)
        else:
            assert answer == number
    assert abandoned == []


def test_what_nobody_waits_for_is_abandoned(worker: LoopWorker[int], abandoned: list[int]) -> None:
    """A task that was cancelled while it was worked for, and one whose loop is gone. Before that, no work is begun."""
    begun, may_end = threading.Event(), threading.Event()
    held: list[Reply[int]] = []

    def work(reply: Reply[int]) -> None:
        begun.set()
        may_end.wait(10)
        reply.give(1)

    async def cancel() -> None:
        working = worker.run(work)
        waiting = worker.run(lambda reply: reply.give(2))
        await asyncio.to_thread(begun.wait, 10)
        working.cancel()
        waiting.cancel()
        may_end.set()
        worker.run(held.append)
        assert await worker.run(lambda reply: reply.give(3)) == 3

    asyncio.run(cancel())
    assert abandoned == [1]
    held[0].give(4)
    assert abandoned == [1, 4]


def test_one_that_is_closed_finishes_and_takes_nothing_more(worker: LoopWorker[int]) -> None:
    """As a gateway does."""

    async def ask() -> list[int]:
        futures = [worker.run(lambda reply, number=number: reply.give(number)) for number in range(100)]  # type: ignore[misc]
        await asyncio.to_thread(worker.close)
        with pytest.raises(WorkerClosedError):
            worker.run(lambda reply: reply.give(0))
        return await asyncio.gather(*futures)

    assert asyncio.run(ask()) == list(range(100))
