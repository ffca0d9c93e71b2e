"""Many at once on one gateway: policies that change meanwhile, and a thousand tasks on one loop."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumyn import experience
from lumyn.archive import Archive
from lumyn.gateway import Gateway, GatewaySettings
from lumyn.replay import replay_record
from lumyn.store import search_schema
from lumyn.store.errors import DatabaseError
from lumyn.store.search import SearchFile
from lumyn.store.search_labels import Situation
from lumyn.store.verify import verify
from lumyn_compiler import compile_text
from lumyn_runtime import load
from tests.lumyn.test_gateway import POLICY, opened, request
from tests.profiles import examples
from tests.store.stores import NOW, PATIENCE_SECONDS, eventually

POLICIES = {
    compiled.policy_hash: compiled.artifact
    for limit in (1, 10, 25, 100)
    for compiled in [compile_text(POLICY.replace("<= 25", f"<= {limit}"))]
}
HASHES = tuple(POLICIES)


def _put(path: Path, content: bytes) -> None:
    """As an operator does: whole, or not at all."""
    beside = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    beside.write_bytes(content)
    beside.replace(path)


def _check(folder: Path, contents: list[bytes]) -> None:
    """Every record names the policy that decided it, and the log has that policy."""
    with Archive.open(f"sqlite:{folder / 'lumyn.db'}") as archive:
        stored = {entry.entry_id for entry in archive.store.scan() if entry.kind == "record"}
        assert len(stored) == len(contents)
        for content in contents:
            record = json.loads(content)
            policy_hash = record["policy"]["policy_hash"]
            snapshot = archive.store.by_id(policy_hash)
            assert snapshot is not None
            assert snapshot.payload == POLICIES[policy_hash]
            assert replay_record(content, load(snapshot.payload)) == ()
    assert list(verify(folder / "lumyn.db")) == []


def test_decisions_go_on_while_the_policy_changes(folder: Path) -> None:
    """Under threads that replace, break and refresh it: a broken file leaves the last good one."""
    path, stopped = folder / "policy.lpack", Event()
    _put(path, POLICIES[HASHES[0]])

    def replace(gateway: Gateway) -> int:
        count = 0
        while not stopped.is_set():
            content = POLICIES[HASHES[count % 4]]
            _put(path, content if count % 3 else content[:-1])
            failed = gateway.refresh()
            assert gateway.policy_hash in POLICIES
            count += failed is not None
            count += 1
        return count

    with opened(folder, policy="policy.lpack") as gateway, ThreadPoolExecutor(10) as pool:
        replacing = [pool.submit(replace, gateway) for _ in range(2)]
        deciding = [
            pool.submit(lambda n: [gateway.decide(request(value=v)).content for v in (0, 5, 20, 50, 500) * n], 5)
            for _ in range(8)
        ]
        contents = [content for one in deciding for content in one.result()]
        stopped.set()
        assert all(one.result() > 4 for one in replacing)
    assert len({json.loads(content)["policy"]["policy_hash"] for content in contents}) > 1
    _check(folder, contents)


@settings(max_examples=examples(40))
@given(steps=st.lists(st.sampled_from([*range(4), "break", "remove", "refresh", "decide"]), max_size=12))
def test_the_policy_in_place_is_the_last_good_one_that_was_loaded(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int | str]
) -> None:
    """Whatever was put there, broken or taken away in between."""
    folder = tmp_path_factory.mktemp("steps")
    path = folder / "policy.lpack"
    there: str | None = HASHES[0]
    _put(path, POLICIES[HASHES[0]])
    contents = []
    with opened(folder, policy="policy.lpack") as gateway:
        loaded = HASHES[0]
        for step in steps:
            match step:
                case "break":
                    _put(path, b"broken")
                    there = None
                case "remove":
                    path.unlink(missing_ok=True)
                    there = None
                case "refresh":
                    assert (gateway.refresh() is None) == (there is not None)
                    loaded = there or loaded
                case "decide":
                    record = gateway.decide(request())
                    assert record.policy_hash == loaded
                    contents.append(record.content)
                case int():
                    there = HASHES[step]
                    _put(path, POLICIES[there])
            assert gateway.policy_hash == loaded
    _check(folder, contents)


def test_a_thousand_tasks_on_one_loop(folder: Path) -> None:
    """Nothing is lost, doubled or torn, and the loop goes on turning."""
    pauses: list[float] = []
    requests = [request(number % 900) for number in range(1_000)]

    async def tick(stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            begun = time.monotonic()
            await asyncio.sleep(0.001)
            pauses.append(time.monotonic() - begun)

    async def decide_all(gateway: Gateway) -> list[bytes]:
        stopped = asyncio.Event()
        ticking = asyncio.create_task(tick(stopped))
        records = await asyncio.gather(*map(gateway.adecide, requests))
        stopped.set()
        await ticking
        return [record.content for record in records]

    with opened(folder) as gateway:
        contents = asyncio.run(decide_all(gateway))
        for content in contents:
            stored = gateway.get(json.loads(content)["decision_id"])
            assert stored is not None
            assert stored.content == content
    assert len(set(contents)) == 900
    assert contents[900:] == contents[:100]
    # Some tens of milliseconds; a machine that has other things to do may take longer.
    assert max(pauses) < 1.0
    assert len(pauses) > 5
    with Archive.open(f"sqlite:{folder / 'lumyn.db'}") as archive:
        assert sum(entry.kind == "record" for entry in archive.store.scan()) == 900
    assert list(verify(folder / "lumyn.db")) == []


def test_a_memory_that_is_behind_lets_nothing_through(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file is being made anew from a long log: until then decisions end in ABSTAIN, within the deadline."""
    with opened(folder) as gateway:
        first = gateway.decide(request())
        gateway.label(first.decision_id, "failure", actor="kim")
    for path in folder.glob("lumyn.db.search*"):
        path.unlink()
    may_go_on, follow = Event(), SearchFile._took_batch

    def slow(search: SearchFile, stop: int) -> bool:
        may_go_on.wait(30)
        return follow(search, stop)

    monkeypatch.setattr(SearchFile, "_took_batch", slow)
    with opened(folder, GatewaySettings(deadline_seconds=0.2)) as gateway:
        begun = time.monotonic()
        record = gateway.decide(request())
        assert time.monotonic() - begun < 5
        assert (record.reason_codes, record.is_persisted) == (("STORAGE_UNAVAILABLE",), False)
        may_go_on.set()
        eventually(lambda: gateway.metrics().search_lag == 0)
        assert gateway.decide(request()).reason_codes == ("LIKE_A_FAILURE", "SMALL")


def test_a_memory_that_can_not_be_read_lets_nothing_through(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is no exception of the caller's."""

    def broken(_search: SearchFile, _scope: object, _limit: int) -> list[Situation]:
        raise DatabaseError("malformed")

    with opened(folder) as gateway:
        with monkeypatch.context() as changed:
            changed.setattr(SearchFile, "situations", broken)
            record = gateway.decide(request())
        assert (record.reason_codes, record.is_persisted) == (("STORAGE_UNAVAILABLE",), False)
        assert gateway.decide(request()).is_persisted


@pytest.mark.parametrize("is_erasure", [False, True])
def test_labels_that_are_not_followed_let_nothing_through_for_long(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, is_erasure: bool
) -> None:
    """Somebody keeps the search file locked: after some seconds decisions end in ABSTAIN, but not before there is a label."""
    monkeypatch.setattr(experience, "_BEHIND_SECONDS", 0.2)
    monkeypatch.setattr(search_schema, "BUSY_SECONDS", 0.05)
    with opened(folder) as gateway:
        first, other = (gateway.decide(request(number)).decision_id for number in range(2))
        label = gateway.label(other, "success", actor="kim")
        with closing(sqlite3.connect(folder / "lumyn.db.search", isolation_level=None, timeout=30)) as locked:
            locked.execute("BEGIN IMMEDIATE")
            until = time.monotonic() + 0.5
            while time.monotonic() < until:
                assert gateway.decide(request()).reason_codes == ("SMALL",)
            if is_erasure:
                event_id = str(label["event_id"])
                gateway._store.erase(event_id, created_at=NOW, payload=b"{}", deadline_seconds=PATIENCE_SECONDS)
            else:
                gateway.label(first, "failure", actor="kim")
            eventually(lambda: gateway.decide(request()).reason_codes == ("STORAGE_UNAVAILABLE",))
            eventually(lambda: gateway.metrics().search_fault != "")
            assert gateway.decide(request()).reason_codes == ("STORAGE_UNAVAILABLE",)
            locked.execute("ROLLBACK")
        eventually(lambda: gateway.decide(request()).is_persisted)
        assert gateway.decide(request()).reason_codes == (("SMALL",) if is_erasure else ("LIKE_A_FAILURE", "SMALL"))


def test_whatever_goes_wrong_while_following_is_said_and_overcome(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Be it something that nobody thought of."""

    def broken(_search: SearchFile, _stop: int) -> bool:
        raise RecursionError

    monkeypatch.setattr(experience, "_EVERY_SECONDS", 0.05)
    with opened(folder) as gateway:
        with monkeypatch.context() as changed:
            changed.setattr(SearchFile, "_took_batch", broken)
            eventually(lambda: gateway.metrics().search_fault == "RecursionError")
        eventually(lambda: gateway.metrics().search_fault == "")


def test_following_ends_though_decisions_go_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what was labelled would be remembered only when it is quiet."""
    follow = SearchFile._took_batch
    count = 0

    def followed_by_more(search: SearchFile, stop: int) -> bool:
        nonlocal count
        count += 1
        gateway.decide(request())
        return follow(search, stop)

    with opened(folder) as gateway:
        gateway.label(gateway.decide(request()).decision_id, "failure", actor="kim")
        monkeypatch.setattr(SearchFile, "_took_batch", followed_by_more)
        gateway._experience.follow()
        assert count < 10
