"""What was erased is in no file any more, be it ever so much, and nothing else has changed."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

from lumyn.store.sqlite import SqliteStore
from tests.store.stores import NOW, PATIENCE_SECONDS, record, wrong


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
