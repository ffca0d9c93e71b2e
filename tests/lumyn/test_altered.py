"""What somebody changed in the log is never given out as what was decided."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lumyn.archive import Archive
from lumyn.store.errors import EntryAlteredError
from lumyn_runtime import Verdict
from tests.lumyn.test_gateway import opened, request


def _change(folder: Path, statement: str) -> None:
    """By hand, as the database would not let anybody."""
    with closing(sqlite3.connect(folder / "lumyn.db", isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        (
            "UPDATE payloads SET payload = CAST(replace(payload, '\"TRUST\"', '\"QUERY\"') AS BLOB)"
            " WHERE seq = (SELECT seq FROM entries WHERE kind = 'record')"
        ),
        "UPDATE payloads SET salt = randomblob(16) WHERE seq = (SELECT seq FROM entries WHERE kind = 'record')",
        "UPDATE entries SET created_at = '2020-01-01T00:00:00.000Z' WHERE kind = 'record'",
        "UPDATE entries SET commitment = randomblob(32) WHERE kind = 'record'",
    ],
)
def test_a_record_that_was_changed_is_neither_read_nor_repeated(folder: Path, statement: str) -> None:
    """Reading it is an error, and a retry of its request lets nothing through."""
    asked = {**request(), "request_id": "r-1"}
    with opened(folder) as gateway:
        record = gateway.decide(asked)
        assert (record.verdict, record.proceeds) == (Verdict.TRUST, True)
    _change(folder, statement)
    with opened(folder) as gateway:
        with pytest.raises(EntryAlteredError, match="not what was stored"):
            gateway.get(record.decision_id)
        again = gateway.decide(asked)
        assert (again.verdict, again.proceeds, again.is_persisted) == (Verdict.ABSTAIN, False, False)
        assert again.reason_codes == ("STORAGE_UNAVAILABLE",)
        assert gateway.decide({**asked, "request_id": "r-2"}).proceeds
    with Archive.open(f"sqlite:{folder / 'lumyn.db'}") as archive:
        erased = archive.store.erase(
            record.decision_id, created_at="2026-01-01T00:00:00.000Z", payload=b"{}", deadline_seconds=5.0
        )
        assert erased.is_wiped
        found = archive.store.entry(2)
        assert found is not None
        assert found.payload is None


def test_an_event_that_was_changed_is_not_read(folder: Path) -> None:
    """Who labelled what is told as it was, or not at all."""
    with opened(folder) as gateway:
        record = gateway.decide(request())
        gateway.label(record.decision_id, "failure", actor="kim")
    _change(
        folder,
        "UPDATE payloads SET payload = CAST(replace(payload, '\"kim\"', '\"sam\"') AS BLOB)"
        " WHERE seq = (SELECT seq FROM entries WHERE kind = 'event')",
    )
    with opened(folder) as gateway, pytest.raises(EntryAlteredError):
        list(gateway.events(record.decision_id))
