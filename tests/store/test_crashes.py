"""A gateway that is killed at any moment has lost nothing of what it had acknowledged."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.store.crashes import Crashes, Note, check_order


def test_what_was_acknowledged_survives_50_kills(tmp_path: Path) -> None:
    """Byte for byte and in its place; the log verifies, and the derived file says what a new one says.

    `make crash` does it a thousand times.
    """
    with Crashes(tmp_path, Random()) as crashes:
        for round_number in range(1, 51):
            crashes.round(seconds_max=0.2)
            if round_number % 25 == 0:
                crashes.check_all()
    assert crashes.counts["rounds with acknowledgements"] > 20


def test_an_order_that_is_not_the_logs_is_found() -> None:
    """Calls that overlap may come in any order; others may not."""
    first, second = Note(0, 10, b""), Note(5, 20, b"")
    third = Note(15, 30, b"")
    check_order([(first, 2), (second, 1), (third, 3)])
    with pytest.raises(AssertionError, match="entry 2 was acknowledged before entry 1"):
        check_order([(first, 2), (second, 3), (third, 1)])
