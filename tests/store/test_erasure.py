"""What was erased is in no file any more, be it ever so much, and nothing else has changed."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from lumyn.archive import Archive
from lumyn.gateway import Gateway
from lumyn.loaded_policy import load_policy
from lumyn.store.search import Filters
from lumyn.store.sqlite import SqliteStore
from tests.store.derived import derived
from tests.store.refunds import record_drafts, refund, write_policy
from tests.store.stores import NOW, PATIENCE_SECONDS, eventually, record, wrong


def files_with(folder: Path, text: bytes) -> list[str]:
    """Names of the files in which a text is."""
    return [path.name for path in folder.iterdir() if text in path.read_bytes()]


def test_an_erasure_moves_no_other_payload(tmp_path: Path) -> None:
    """What moves leaves a copy behind, which the erasure of its row does not reach."""
    path = tmp_path / "lumyn.db"
    names = [os.urandom(12).hex() for _ in range(400)]
    with SqliteStore.open(path, create=True) as store:
        for pending in [store.submit(record(name, size=Random(name).choice([0, 300, 9000]))) for name in names]:
            pending.wait(PATIENCE_SECONDS)
        erased = Random(1).sample(names, 60)
        # Each erasure brings the database up to date, so the first is no part of what is compared.
        store.erase(f"dec_{erased[0]}", created_at=NOW, payload=b"{}", deadline_seconds=PATIENCE_SECONDS)
        before = path.read_bytes()
        for name in erased[1:]:
            assert store.erase(f"dec_{name}", created_at=NOW, payload=b"{}", deadline_seconds=PATIENCE_SECONDS).is_wiped
        after = path.read_bytes()

        def payload(name: str) -> bytes:
            return f'"decision_id": "dec_{name}"'.encode()

        for name in names:
            where = before.find(payload(name))
            assert after.find(payload(name)) == (-1 if name in erased else where)
            assert store.by_id(f"dec_{name}") is not None
    assert wrong(path) == []


def test_what_was_erased_is_in_no_file_though_gateways_are_open(tmp_path: Path) -> None:
    """Neither what the record said nor what was said of it, in database, derived file and their write-ahead logs."""
    canary = "Jane Roe 4111"
    policy, url = write_policy(tmp_path), f"sqlite:{tmp_path / 'lumyn.db'}"
    request = refund(7)
    request["action"]["intent"] = f"Refund {canary}"
    request["action"]["target"]["resource_id"] = canary
    request["action"]["tags"] = [canary.lower().replace(" ", "_")]
    with Gateway.open(policy, url, create=True) as gateway, Archive.open(url) as archive:
        for number in range(40):
            gateway.decide(refund(number))
        found = gateway.decide(request)
        event = gateway.label(found.decision_id, "failure", summary=canary, actor=canary)
        assert len(list(gateway.search())) == 41
        assert set(files_with(tmp_path, canary.encode())) & {"lumyn.db.search", "lumyn.db.search-wal"}
        for entry_id in (found.decision_id, str(event["event_id"])):
            assert archive.erase(entry_id, reason="asked", actor="me").is_wiped
        assert archive._experience.search.wipe(PATIENCE_SECONDS)
        for text in (canary, request["action"]["tags"][0]):
            assert files_with(tmp_path, text.encode()) == []
        assert len(list(gateway.search())) == 40
    assert wrong(tmp_path / "lumyn.db") == []


def test_many_erasures_leave_nothing_in_the_derived_file(tmp_path: Path) -> None:
    """Its pages were split and merged, so that old copies of rows lay about."""
    path = tmp_path / "lumyn.db"
    loaded, chance = load_policy(write_policy(tmp_path)), Random(2)
    with SqliteStore.open(path, create=True) as store:
        pending = [store.submit(draft, companions) for draft, companions in record_drafts(loaded, 800)]
        decision_ids = [one.sealed.draft.entry_id for one in pending]
        pending[-1].wait(PATIENCE_SECONDS)
    erased = chance.sample(range(800), 25)
    with Archive.open(f"sqlite:{path}") as archive:
        archive.follow()
        for number in erased:
            archive.erase(decision_ids[number], reason="asked", actor="me")
        assert archive._experience.search.wipe(PATIENCE_SECONDS)
        content = path.with_name("lumyn.db.search").read_bytes()
        digests = {number: refund(number)["context"]["digest"].encode() for number in range(800)}
        assert {number for number, digest in digests.items() if digest not in content} == set(erased)


def test_a_gateway_wipes_what_another_process_has_left(tmp_path: Path) -> None:
    """Whoever erased may have ended before it could."""
    policy, url = write_policy(tmp_path), f"sqlite:{tmp_path / 'lumyn.db'}"
    with Gateway.open(policy, url, create=True) as gateway:
        found = gateway.decide(refund(7))
        assert len(list(gateway.search())) == 1
        store = gateway._store
        store.erase(found.decision_id, created_at=NOW, payload=b"{}", deadline_seconds=PATIENCE_SECONDS)
        eventually(lambda: files_with(tmp_path, b"ch_7") == [])


def test_who_decides_or_searches_waits_for_nobody_who_follows(tmp_path: Path) -> None:
    """Following a million entries, or writing the derived file anew, may take minutes."""
    policy, url = write_policy(tmp_path), f"sqlite:{tmp_path / 'lumyn.db'}"
    with Gateway.open(policy, url, create=True) as gateway, ThreadPoolExecutor(1) as pool:
        search = gateway._experience.search
        with search._following:
            assert pool.submit(gateway.decide, refund(1)).result(PATIENCE_SECONDS).is_persisted
            assert pool.submit(search.search, Filters()).result(PATIENCE_SECONDS) == []
        assert len(list(gateway.search())) == 1


def test_an_erased_label_counts_no_more_and_the_one_before_it_does(tmp_path: Path) -> None:
    """The derived file that followed it says what one says that is made now."""
    policy, url = write_policy(tmp_path), f"sqlite:{tmp_path / 'lumyn.db'}"
    followed, new = tmp_path / "lumyn.db.search", tmp_path / "new.search"
    with Gateway.open(policy, url, create=True) as gateway, Archive.open(url) as archive:
        decision_ids = [gateway.decide(refund(number)).decision_id for number in (1, 1, 2)]
        for decision_id in decision_ids:
            first, second = (
                gateway.label(decision_id, label, actor="me")["event_id"] for label in ("failure", "success")
            )
            archive.erase(str(first if decision_id == decision_ids[2] else second), reason="asked", actor="me")
        archive.erase(decision_ids[1], reason="asked", actor="me")
    with SqliteStore.open(tmp_path / "lumyn.db") as store:
        assert derived(followed, store) == derived(new, store)
        _, _, _, labels, situations, _ = derived(new, store)
    assert len(labels) == len(situations) == 2
