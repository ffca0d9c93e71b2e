"""The same bytes again, without a request_id: one decision for a while."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lumyn.gateway import Gateway, GatewaySettings
from lumyn.repetition import REPEAT_SECONDS, repetition_ids
from lumyn.store.search import Filters
from lumyn.store.verify import verify
from tests.lumyn.test_gateway import POLICY, request

START = 1_800_000_000_000


class Clock:
    """Milliseconds that a test sets."""

    def __init__(self) -> None:
        self.now = START
        self.coming: list[int] = []

    def __call__(self) -> int:
        """Now."""
        return self.coming.pop(0) if self.coming else self.now


@pytest.fixture
def clock() -> Clock:
    """Somewhere within a period."""
    return Clock()


@pytest.fixture
def gateway(tmp_path: Path, clock: Clock) -> Iterator[Gateway]:
    """With that clock."""
    (tmp_path / "p.lumyn").write_text(POLICY)
    url = f"sqlite:{tmp_path / 'l.db'}"
    with Gateway.open(tmp_path / "p.lumyn", url, GatewaySettings(clock=clock), create=True) as opened:
        yield opened
    assert [finding for finding in verify(tmp_path / "l.db") if finding.is_wrong] == []


def body(value: float = 5, more: dict[str, Any] | None = None) -> bytes:
    """A request as it arrives."""
    return json.dumps({**request(value=value, order_id="A"), **(more or {})}).encode()


@pytest.mark.parametrize("later_seconds", [0, 1, 150, 299, 300])
def test_the_same_bytes_are_the_same_decision_for_five_minutes(
    gateway: Gateway, clock: Clock, later_seconds: int
) -> None:
    """Wherever in a period they came first, and for event loops, too."""
    for start_seconds in (0, 100, 299):
        clock.now = START + 10_000_000 * start_seconds
        first = gateway.decide(body(), is_once=True)
        clock.now += later_seconds * 1_000
        assert gateway.decide(body(), is_once=True) == first
        assert asyncio.run(gateway.adecide(body(), is_once=True)) == first


def test_they_are_another_one_after_that(gateway: Gateway, clock: Clock) -> None:
    """Also where they were sent again in between."""
    first = gateway.decide(body(), is_once=True)
    clock.now += 200_000
    assert gateway.decide(body(), is_once=True) == first
    clock.now += REPEAT_SECONDS * 1_000 - 200_000 + 1
    second = gateway.decide(body(), is_once=True)
    assert second != first
    assert gateway.decide(body(), is_once=True) == second


def test_at_the_edge_of_a_period_two_at_once_are_one_decision(gateway: Gateway, clock: Clock) -> None:
    """Whichever is stored first, while the other is under way; and where the clock goes back over the edge."""
    edge = (START // (REPEAT_SECONDS * 1_000) + 1) * REPEAT_SECONDS * 1_000
    for number in range(20):
        sent = body(number)

        async def both(sent: bytes = sent) -> list[str]:
            # Of each decision, in the order in which they begin.
            clock.coming = [edge - 1, edge + 1]
            decided = await asyncio.gather(*(gateway.adecide(sent, is_once=True) for _ in range(2)))
            return [record.decision_id for record in decided]

        first, second = asyncio.run(both())
        assert clock.coming == []
        assert first == second
    late = body(1000)
    clock.now = edge + 1
    decided = gateway.decide(late, is_once=True)
    clock.now = edge - 1
    assert gateway.decide(late, is_once=True) == decided


def test_other_bytes_other_tenants_and_what_has_an_id_are_not_the_same(gateway: Gateway) -> None:
    """Nor what was not to be decided once."""
    tenant = {"tenant": {"tenant_id": "other"}}
    bodies = [body(), body(6), body() + b" ", body(more=tenant)]
    decided = [gateway.decide(sent, is_once=True) for sent in bodies]
    decided += [gateway.decide(body()), gateway.decide(body())]
    own = body(more={"request_id": "r-1"})
    decided.append(gateway.decide(own, is_once=True))
    assert len({record.decision_id for record in decided}) == len(decided)
    assert gateway.decide(own, is_once=True) == decided[-1]


def test_a_caller_cannot_guess_or_take_such_an_id(gateway: Gateway) -> None:
    """It is of the store's key; a request_id that looks like one is a caller's own."""
    assert repetition_ids(b"k" * 32, body(), START) != repetition_ids(b"l" * 32, body(), START)
    guessed, _ = repetition_ids(b"", body(), START)
    own = gateway.decide(body(more={"request_id": guessed}), is_once=True)
    assert gateway.decide(body(), is_once=True).decision_id != own.decision_id


def test_nobody_sees_the_id(gateway: Gateway) -> None:
    """Neither in the record nor in a list: it is of no use to a caller."""
    record = gateway.decide(body(), is_once=True)
    assert "request_id" not in record.to_dict()["request"]
    gateway._experience.follow()
    (found,) = gateway._experience.search.search(Filters())
    assert found.request_id is None
