"""The derived file finds what going through all records would find, in the order of the log."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.experience import Experience
from lumyn.gateway import Gateway, GatewaySettings
from lumyn.store import search_schema
from lumyn.store.errors import StoreUnreadableError
from lumyn.store.search import Filters, SearchFile, iterate
from lumyn.store.search_schema import open_search
from tests.store.refunds import FIRST_MILLISECONDS, TENANTS, refund, write_policy

COUNT = 60
# Clocks of several hosts: the log's order is not that of the times.
OFFSETS = [Random(7).randrange(0, 3_600_000) for _ in range(COUNT * 3)]
TIMES = [f"2023-11-14T{hour}:{minute:02}:00.000Z" for hour in (22, 23) for minute in range(0, 60, 7)]

Row = tuple[int, dict[str, Any], str]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SearchFile, list[Row]]]:
    """A derived file, and all that it is of: seq, record and last label."""
    folder = tmp_path_factory.mktemp("searched")
    ticks = iter(OFFSETS)
    settings = GatewaySettings(clock=lambda: FIRST_MILLISECONDS + next(ticks), checkpoint_seconds=3_600.0)
    with Gateway.open(write_policy(folder), f"sqlite:{folder / 'lumyn.db'}", settings, create=True) as gateway:
        labels: dict[str, str] = {}
        for number in range(COUNT):
            request = refund(number % 40, tenant=TENANTS[number % 2])
            if number % 9 == 0:
                request["hints"] = {"dry_run": True}
            record = gateway.decide(request)
            if number % 4 == 0:
                labels[record.decision_id] = ("failure", "success")[number // 4 % 2]
                gateway.label(record.decision_id, labels[record.decision_id], actor="kim")
        store = gateway._store
        experience = Experience(store, folder / "other.search")
        experience.follow()
        rows = []
        for entry in store.scan():
            if entry.kind == "record":
                assert entry.payload is not None
                rows.append((entry.seq, json.loads(entry.payload), labels.get(entry.entry_id, "")))
        yield experience.search, rows
        experience.close()


def _is_found(filters: Filters, record: dict[str, Any], label: str) -> bool:
    """What the filters say, of one record."""
    request = record["request"]
    asked = [
        (filters.tenant, request["tenant"]["tenant_id"]),
        (filters.action_type, request["action"]["type"]),
        (filters.verdict, record["verdict"]),
        (filters.target, request["action"]["target"]["resource_id"]),
        (filters.correlation_id, request["trace"]["correlation_id"]),
        (filters.context_digest, request["context"]["digest"]),
        (filters.label, label),
    ]
    return (
        all(wish is None or wish == found for wish, found in asked)
        and (filters.since is None or record["created_at"] >= filters.since)
        and (filters.until is None or record["created_at"] < filters.until)
        and (filters.reason_code is None or filters.reason_code in record["reason_codes"])
        and (filters.rule_id is None or filters.rule_id in [rule["rule_id"] for rule in record["matched_rules"]])
        and (filters.has_dry_runs or request.get("hints", {}).get("dry_run") is not True)
    )


@given(st.data())
def test_it_finds_what_going_through_all_records_finds(
    searched: tuple[SearchFile, list[Row]], data: st.DataObject
) -> None:
    """Whatever is asked for together; forwards, backwards, from anywhere, and a page at a time."""
    search, rows = searched
    _, like, label = data.draw(st.sampled_from(rows))
    request = like["request"]
    values: dict[str, st.SearchStrategy[Any]] = {
        "since": st.sampled_from([*TIMES, like["created_at"]]),
        "until": st.sampled_from([*TIMES, like["created_at"]]),
        "tenant": st.sampled_from([*TENANTS, "nobody"]),
        "action_type": st.just("support.refund"),
        "verdict": st.just(like["verdict"]),
        "reason_code": st.sampled_from(like["reason_codes"]),
        "rule_id": st.sampled_from([rule["rule_id"] for rule in like["matched_rules"]]),
        "target": st.just(request["action"]["target"]["resource_id"]),
        "correlation_id": st.just(request["trace"]["correlation_id"]),
        "context_digest": st.just(request["context"]["digest"]),
        "label": st.just(label or "near_miss"),
        "has_dry_runs": st.booleans(),
    }
    chosen = data.draw(st.lists(st.sampled_from(sorted(values)), max_size=4, unique=True))
    filters = Filters(**{name: data.draw(values[name]) for name in chosen})
    expected = [seq for seq, record, of_record in rows if _is_found(filters, record, of_record)]

    assert [found.seq for found in search.search(filters)] == expected
    assert [found.seq for found in search.search(filters, newest_first=True)] == expected[::-1]
    assert [found.seq for found in iterate(search, filters, page=data.draw(st.integers(1, 9)))] == expected
    place = data.draw(st.integers(0, rows[-1][0] + 1))
    assert [found.seq for found in search.search(filters, after_seq=place)] == [seq for seq in expected if seq > place]
    limit = data.draw(st.integers(0, 5))
    assert [found.seq for found in search.search(filters, limit=limit)] == expected[:limit]


def test_of_many_situations_those_labelled_last_are_read_with_all_their_labels(
    searched: tuple[SearchFile, list[Row]],
) -> None:
    """As if all were read, and the others left out."""
    search, _ = searched
    scope = (TENANTS[0], "support.refund")
    everything = search.situations(scope, 1_000)
    assert len(everything) > 5
    assert [item.last_seq for item in everything] == sorted(item.last_seq for item in everything)
    for limit in range(len(everything) + 1):
        last = list(dict.fromkeys(item.features for item in reversed(everything)))[:limit]
        assert search.situations(scope, limit) == [item for item in everything if item.features in last]


def test_a_file_that_somebody_has_locked_is_not_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one that is damaged, or another store's, is made anew."""
    path = tmp_path / "lumyn.db.search"
    open_search(path, "a store").close()
    before = path.stat().st_ino
    monkeypatch.setattr(search_schema, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnreadableError, match="another program keeps it locked"):
            open_search(path, "a store")
    assert path.stat().st_ino == before
    open_search(path, "a store").close()
    assert path.stat().st_ino == before
    open_search(path, "another store").close()
    path.write_bytes(b"damaged" * 1_000)
    with closing(open_search(path, "a store")) as made:
        assert made.execute("SELECT value FROM meta WHERE key = 'store_id'").fetchone() == ("a store",)
