"""Randomness is used once."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

from lumyn.randomness import random_bytes

COUNT = 2_000


def drawn(_: object = None) -> list[bytes]:
    """Some."""
    return [random_bytes(16) for _ in range(COUNT)]


def test_no_two_threads_get_the_same() -> None:
    """Nor one thread twice."""
    with ThreadPoolExecutor(16) as threads:
        pieces = [piece for some in threads.map(drawn, range(16)) for piece in some]
    assert len(set(pieces)) == len(pieces) == 16 * COUNT
    assert {len(piece) for piece in pieces} == {16}


def test_a_process_that_was_forked_off_gets_others() -> None:
    """What was waiting is its parent's."""
    random_bytes(16)
    with multiprocessing.get_context("fork").Pool(2) as processes:
        some, others = processes.map(drawn, range(2), chunksize=1)
    own = drawn()
    assert len({*some, *others, *own}) == 3 * COUNT


def test_as_many_as_are_asked_for() -> None:
    """Up to 16."""
    assert [len(random_bytes(count)) for count in range(17)] == list(range(17))
