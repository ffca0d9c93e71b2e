"""Decisions whose storing was unknown, and that turned out to be stored, are listed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from threading import Event

import attrs
import pytest

from lumyn.archive import Archive
from lumyn.decision_record import DecisionRecord
from lumyn.gateway import Gateway, GatewaySettings
from lumyn.store.search import Filters
from lumyn.store.verify import verify
from tests.lumyn.test_gateway import opened, request
from tests.store.stores import PATIENCE_SECONDS, eventually, hanging_commit


def test_what_was_stored_late_is_listed_with_its_request_id(folder: Path) -> None:
    """And a retry gets the record, though its first caller was told ABSTAIN."""
    with opened(folder, GatewaySettings(deadline_seconds=0.2)) as gateway:
        gateway.decide(request())
        with hanging_commit(gateway._store):
            told = gateway.decide(request(7))
        said = told.to_dict()["extensions"]["lumyn"]
        assert (told.reason_codes, said["outcome"]) == (("STORAGE_UNAVAILABLE",), "unknown")
        eventually(lambda: len(list(gateway.unacknowledged())) == 1)
        (late,) = gateway.unacknowledged()
        stored = gateway.get(late.decision_id)
        assert stored is not None
        assert late.decision_id == said["attempted_decision_id"] != told.decision_id
        assert attrs.asdict(late) == {
            "seq": 3,
            "decision_id": stored.decision_id,
            "created_at": stored.to_dict()["created_at"],
            "tenant": "acme",
            "request_id": "r-7",
        }
        (event,) = gateway.events(late.decision_id)
        assert (event["type"], event["actor"]) == ("unacknowledged", "lumyn")
        assert event["data"] == {"entry_id": late.decision_id, "kind": "record"}
        assert gateway.decide(request(7)) == stored
    with Archive.open(f"sqlite:{folder / 'lumyn.db'}") as archive:
        archive.follow()
        assert [found.decision_id for found in archive.unacknowledged(Filters())] == [late.decision_id]
        assert list(archive.unacknowledged(Filters(verdict="ABSTAIN"))) == []
        assert list(archive.unacknowledged(Filters(), before_seq=late.seq)) == []
    assert list(verify(folder / "lumyn.db")) == []


def test_a_task_that_is_cancelled_leaves_a_whole_log(folder: Path) -> None:
    """Its decision is not stored, or is listed as one that nobody heard of; everyone else is answered."""

    async def decide_some(gateway: Gateway) -> tuple[list[str], list[str]]:
        tasks = [asyncio.create_task(gateway.adecide(request(number))) for number in range(200)]
        await asyncio.sleep(0.02)
        for task in tasks[::2]:
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        odd = [answer for answer in answers if isinstance(answer, BaseException)]
        assert {type(error) for error in odd} <= {asyncio.CancelledError}
        assert not [answer for answer in answers[1::2] if isinstance(answer, BaseException)]
        answered = [answer.decision_id for answer in answers if not isinstance(answer, BaseException)]
        return answered, [str(answer.is_persisted) for answer in answers if not isinstance(answer, BaseException)]

    with opened(folder) as gateway:
        answered, persisted = asyncio.run(decide_some(gateway))
    with Archive.open(f"sqlite:{folder / 'lumyn.db'}") as archive:
        stored = {entry.entry_id for entry in archive.store.scan() if entry.kind == "record"}
        late = {
            json.loads(entry.payload or b"")["decision_id"] for entry in archive.store.with_prefix("unacknowledged:")
        }
    assert set(persisted) == {"True"}
    assert len(set(answered)) == len(answered)
    assert stored == {*answered, *late}
    assert not late & set(answered)
    assert list(verify(folder / "lumyn.db")) == []


def test_a_commit_that_hangs_holds_up_no_loop(folder: Path) -> None:
    """A task that is cancelled then is listed once the commit has happened."""

    async def cancel_one(gateway: Gateway, is_hanging: Event) -> None:
        task = asyncio.create_task(gateway.adecide(request(1)))
        assert await asyncio.to_thread(is_hanging.wait, PATIENCE_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    with opened(folder) as gateway:
        gateway.decide(request())
        with hanging_commit(gateway._store) as is_hanging:
            asyncio.run(cancel_one(gateway, is_hanging))
        eventually(lambda: [late.request_id for late in gateway.unacknowledged()] == ["r-1"])


@pytest.mark.parametrize("stage", ["deciding", "storing"])
def test_a_task_that_is_cancelled_in_the_turn_in_which_it_is_answered_is_answered_or_listed(
    folder: Path, stage: str
) -> None:
    """The loop was busy meanwhile, so the record was stored before the task could be told of it."""

    async def cancelled(gateway: Gateway) -> DecisionRecord | BaseException:
        size = gateway._store.size()
        if stage == "storing":
            with hanging_commit(gateway._store) as is_hanging:
                task = asyncio.create_task(gateway.adecide(request()))
                await asyncio.to_thread(is_hanging.wait, PATIENCE_SECONDS)
        else:
            task = asyncio.create_task(gateway.adecide(request()))
            await asyncio.sleep(0)
        eventually(lambda: gateway._store.size() == size + 1)
        task.cancel()
        (answer,) = await asyncio.gather(task, return_exceptions=True)
        return answer

    with opened(folder) as gateway:
        gateway.decide(request())
        answer = asyncio.run(cancelled(gateway))
        _, record = gateway.search()
        if isinstance(answer, asyncio.CancelledError):
            eventually(lambda: [late.decision_id for late in gateway.unacknowledged()] == [record.decision_id])
        else:
            # Python 3.11 lets a wait that is over end as it did, whoever cancels it in that turn.
            assert answer == record
            assert list(gateway.unacknowledged()) == []
