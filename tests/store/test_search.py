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

from lumyn.archive import Archive
from lumyn.experience import Experience
from lumyn.gateway import Gateway, GatewaySettings
from lumyn.labels import LABELS
from lumyn.loaded_policy import load_policy
from lumyn.store import search_schema
from lumyn.store.errors import StoreUnreadableError
from lumyn.store.search import Filters, SearchFile, iterate
from lumyn.store.search_schema import empty, open_search
from lumyn.store.sqlite import SqliteStore
from tests.store.derived import derived
from tests.store.refunds import FIRST_MILLISECONDS, TENANTS, record_drafts, refund, write_policy
from tests.store.stores import PATIENCE_SECONDS

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


def test_a_page_of_what_was_labelled_costs_a_page(tmp_path: Path) -> None:
    """However many decisions have the label: a log that is ten times as long takes no more steps."""
    with Gateway.open(write_policy(tmp_path), f"sqlite:{tmp_path / 'lumyn.db'}", create=True) as gateway:
        gateway.label(gateway.decide(refund(1)).decision_id, "failure", actor="me")
        gateway.archive.follow()
        search = gateway._experience.search
        steps = [0]

        def step() -> int:
            steps[-1] += 1
            return 0

        for count in (500, 5_000):
            _copy(search, count)
            steps.append(0)
            search._connection.set_progress_handler(step, 10)
            found = search.search(Filters(label="failure"), after_seq=10**9, limit=20, newest_first=True)
            search._connection.set_progress_handler(None, 0)
            assert len(found) == 20
        assert steps[2] <= steps[1] * 1.5


def _copy(search: SearchFile, count: int) -> None:
    """Fill a derived file with copies of its first decision and its label."""
    with closing(sqlite3.connect(search._path)) as connection, connection:
        for table in ("decisions", "labels"):
            names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
            [first] = connection.execute(f"SELECT * FROM {table} ORDER BY seq LIMIT 1")  # noqa: S608
            told = dict(zip(names, first, strict=True))
            copies = [{**told, "seq": 1_000 + number, "decision_id": f"dec_{number:026}"} for number in range(count)]
            marks = ", ".join(f":{name}" for name in names)
            connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", copies)  # noqa: S608


def test_of_many_situations_of_a_label_those_that_got_it_last_are_read(
    searched: tuple[SearchFile, list[Row]],
) -> None:
    """As if all were read, and the others left out; no label takes room from another."""
    search, _ = searched
    scope = (TENANTS[0], "support.refund")
    everything = search.situations(scope, 1_000)
    assert len(everything) > 5
    assert [item.last_seq for item in everything] == sorted(item.last_seq for item in everything)
    for limit in range(1, len(everything) + 1):
        kept = [item for label in LABELS for item in [one for one in everything if one.label == label][-limit:]]
        assert search.situations(scope, limit) == sorted(kept, key=lambda item: item.last_seq)


def test_a_scope_has_another_version_whenever_what_was_labelled_there_changes(tmp_path: Path) -> None:
    """A label taken back leaves as many labels as there were, and none of them newer."""
    url = f"sqlite:{tmp_path / 'lumyn.db'}"
    with Gateway.open(write_policy(tmp_path), url, create=True) as gateway, Archive.open(url) as archive:
        first, second = (gateway.decide(refund(number)).decision_id for number in (1, 2))
        search, scope = gateway._experience.search, (TENANTS[0], "support.refund")
        seen = [(search.scope_version(scope), search.change_count(), search.situations(scope, 9))]

        def see() -> None:
            gateway._experience.follow()
            seen.append((search.scope_version(scope), search.change_count(), search.situations(scope, 9)))

        gateway.label(first, "failure", actor="me")
        see()
        event_id = str(gateway.label(first, "success", actor="me")["event_id"])
        see()
        gateway.label(second, "success", actor="me")
        see()
        archive.erase(event_id, reason="wrong", actor="me")
        see()
        archive.erase(second, reason="asked", actor="me")
        see()
        for column in zip(*seen, strict=True):
            assert all(column[number] != column[number + 1] for number in range(len(seen) - 1))
        versions = [version for version, _, _ in seen]
        assert versions == sorted(versions)
        other = search.scope_version((TENANTS[1], "support.refund"))
        assert other == 0
        # What went with it is remembered no more, and what was taken back is remembered again.
        assert gateway.decide(refund(1)).to_dict()["risk_signals"]["failure_similarity"]["score"] == 1


@pytest.mark.parametrize("is_ahead", [False, True])
def test_a_file_that_followed_another_log_is_made_anew(tmp_path: Path, *, is_ahead: bool) -> None:
    """A backup was put back, which has fewer entries; or as many by now, but others."""
    policy, url = write_policy(tmp_path), f"sqlite:{tmp_path / 'lumyn.db'}"
    backup = tmp_path / "backup.db"
    with Gateway.open(policy, url, create=True) as gateway:
        gateway.decide(refund(0))
        gateway._store.backup(backup)
        for number in range(1, 30):
            gateway.label(gateway.decide(refund(number)).decision_id, "failure", actor="me")
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"lumyn.db{suffix}").unlink(missing_ok=True)
    backup.replace(tmp_path / "lumyn.db")
    with SqliteStore.open(tmp_path / "lumyn.db") as store:
        loaded = load_policy(policy)
        for draft, companions in list(record_drafts(loaded, 1 if is_ahead else 80)):
            store.submit(draft, companions).wait(PATIENCE_SECONDS)
    with Gateway.open(policy, url) as gateway:
        found = gateway.decide(refund(1))
        gateway.label(found.decision_id, "failure", actor="me")
        assert found.decision_id in [record.decision_id for record in gateway.search()]
        assert gateway.decide(refund(1)).to_dict()["risk_signals"]["failure_similarity"]["score"] == 1
    with SqliteStore.open(tmp_path / "lumyn.db") as store:
        assert derived(tmp_path / "lumyn.db.search", store) == derived(tmp_path / "new.search", store)


def test_a_file_is_made_anew_under_a_gateway_that_uses_it(tmp_path: Path) -> None:
    """What it remembered stays remembered meanwhile, and afterwards."""
    url = f"sqlite:{tmp_path / 'lumyn.db'}"
    with Gateway.open(write_policy(tmp_path), url, create=True) as gateway:
        for tenant in TENANTS:
            gateway.label(gateway.decide(refund(1, tenant=tenant)).decision_id, "failure", actor="me")
        with closing(sqlite3.connect(tmp_path / "lumyn.db.search", timeout=PATIENCE_SECONDS)) as other, other:
            other.execute("UPDATE meta SET value = '1000000' WHERE key = 'next_seq'")
            other.execute("DELETE FROM situations")
        gateway._experience.follow()
        for tenant in TENANTS:
            score = gateway.decide(refund(1, tenant=tenant)).to_dict()["risk_signals"]["failure_similarity"]["score"]
            assert score == 1
        gateway._experience.follow()
        assert len(list(gateway.search())) == 4


def test_memory_is_not_read_from_a_file_that_is_only_half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process makes it anew: a scope that this one has not read yet is not known until that is done."""
    url = f"sqlite:{tmp_path / 'lumyn.db'}"
    with Gateway.open(write_policy(tmp_path), url, create=True) as gateway:
        gateway._experience.follow()
        monkeypatch.setattr(gateway._experience.search, "_took_batch", lambda _stop: False)
        with closing(sqlite3.connect(tmp_path / "lumyn.db.search", timeout=PATIENCE_SECONDS)) as other, other:
            empty(other)
        assert gateway.decide(refund(1)).reason_codes == ("STORAGE_UNAVAILABLE",)


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


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31T12:34:56Z", "2026-01-31T12:34:56.000Z"),
        ("2026-01-31T12:34:56.7899Z", "2026-01-31T12:34:56.789Z"),
        ("2026-01-31T12:34:56+02:00", "2026-01-31T10:34:56.000Z"),
    ],
)
def test_moments_are_compared_as_records_spell_them(given: str, kept: str) -> None:
    """As texts, in UTC and to the millisecond."""
    assert (Filters(since=given).since, Filters(until=given).until) == (kept, kept)


@pytest.mark.parametrize(
    "wrong", [{"since": "yesterday"}, {"until": ""}, {"since": 5}, {"verdict": "trust"}, {"label": "fail"}]
)
def test_what_can_find_nothing_is_refused(wrong: dict[str, Any]) -> None:
    """Nothing found would look as if nothing had been decided."""
    with pytest.raises(ValueError, match=r"is no moment|is none of"):
        Filters(**wrong)
