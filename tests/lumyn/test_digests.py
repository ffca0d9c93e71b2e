"""Every digest that the log states is the one of what the log holds, and where it is not, the entry is named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lumyn.canonical import canonical, digest_of
from lumyn.contents import Contents
from lumyn.gateway import Gateway
from lumyn.replay import replay_record
from lumyn.store.entry import commitment_of, header_bytes
from lumyn.store.findings import Finding
from lumyn.store.merkle import leaf_hash
from lumyn.store.verify import verify
from lumyn_compiler import compile_text
from lumyn_runtime import load
from tests.lumyn.test_gateway import POLICY, request

Change = Callable[[dict[str, Any]], object]

INLINE = {"ticket": "ZD-1", "history": [1, 2]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of the policy, three records and a label."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "policy.lumyn").write_text(POLICY)
    with Gateway.open(folder / "policy.lumyn", f"sqlite:{folder / 'lumyn.db'}", create=True) as gateway:
        gateway.decide(request(1))
        with_context = request(2, card="4111")
        with_context["context"] = {"mode": "inline", "digest": digest_of(canonical(INLINE)), "inline": INLINE}  # type: ignore[arg-type]
        record = gateway.decide(with_context)
        secret = {**INLINE, "password": "x"}
        with_context["context"] = {"mode": "inline", "digest": digest_of(canonical(secret)), "inline": secret}  # type: ignore[arg-type]
        gateway.decide({**with_context, "request_id": "r-3"})
        gateway.label(record.decision_id, "failure", actor="kim")
    return folder


@pytest.fixture
def database(made: Path, tmp_path: Path) -> Path:
    """A copy of that log."""
    shutil.copytree(made, tmp_path / "log")
    return tmp_path / "log" / "lumyn.db"


def rewritten(database: Path, seq: int, change: Change) -> list[Finding]:
    """What is found once an entry says something else, and every hash of the log was made to fit that."""
    with closing(sqlite3.connect(database)) as connection, connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        (payload, salt) = connection.execute("SELECT payload, salt FROM payloads WHERE seq = ?", (seq,)).fetchone()
        said = json.loads(payload)
        changed = change(said)
        payload = changed if isinstance(changed, bytes) else canonical(said)
        connection.row_factory = sqlite3.Row
        header = connection.execute("SELECT * FROM entries WHERE seq = ?", (seq,)).fetchone()
        commitment = commitment_of(salt, payload)
        names = ("kind", "decision_id", "created_at", "tenant", "request_id", "request_mac")
        leaf = leaf_hash(
            header_bytes(entry_id=header["id"], commitment=commitment, **{name: header[name] for name in names})
        )
        connection.execute("UPDATE payloads SET payload = ? WHERE seq = ?", (payload, seq))
        connection.execute("UPDATE entries SET commitment = ?, leaf = ? WHERE seq = ?", (commitment, leaf, seq))
        for _, sql in triggers:
            connection.execute(sql)
    return list(verify(database, contents=Contents().problems))


def change_to(value: object, *path: str) -> Change:
    """A change of one value."""

    def change(said: dict[str, Any]) -> None:
        *way, last = path
        for key in way:
            said = said[key]
        said[last] = value

    return change


def test_every_digest_of_a_log_is_computed_again(database: Path) -> None:
    """From each record alone; a context out of which something was taken has one that nobody can."""
    assert list(verify(database, contents=Contents().problems)) == []
    assert rewritten(database, 2, lambda _: None) == []


OTHER = "dec_" + "0" * 26
NOUGHT = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("seq", "change", "said"),
    [
        (
            2,
            change_to(NOUGHT, "determinism", "inputs_digest"),
            f"its /determinism/inputs_digest is {NOUGHT}, and what it is of has",
        ),
        (2, change_to("83000", "request", "evidence", "order_id"), "its /determinism/inputs_digest is "),
        (2, change_to({}, "determinism", "attributes"), "its /determinism/inputs_digest is "),
        (
            3,
            change_to({"class": "missing"}, "determinism", "attributes", "evidence.card"),
            "its /determinism/inputs_digest is ",
        ),
        (2, change_to(1, "risk_signals", "failure_similarity", "score"), "its /determinism/inputs_digest is "),
        (3, change_to("ZD-2", "request", "context", "inline", "ticket"), "its /determinism/inputs_digest is "),
        (3, change_to(NOUGHT, "request", "context", "digest"), f"its /request/context/digest is {NOUGHT}, and"),
        (2, change_to(OTHER, "decision_id"), f"its decision_id is {OTHER}, and its header says dec_"),
        (2, change_to("2020-01-01T00:00:00.000Z", "created_at"), "its created_at is 2020"),
        (2, change_to("r-9", "request", "request_id"), "its request_id is r-9, and its header says r-1"),
        (2, change_to("other", "request", "tenant", "tenant_id"), "its tenant is other, and its header says acme"),
        (2, change_to("blake3:" + "0" * 64, "policy", "policy_hash"), "no policy of its policy_hash stands before it"),
        (2, change_to("2", "policy", "policy_version"), "it names its policy refunds 2, which is refunds 1"),
        (2, change_to("MAYBE", "verdict"), "what it says is not of decision_record.v0: /verdict"),
        (2, lambda _: b"[]", "what it says is no object"),
        (2, lambda _: b'{"a": NaN}', "what it says can't be read"),
        (2, lambda said: json.dumps(said).encode(), "what it says can't be read: it is not in its canonical spelling"),
        (5, change_to("evt_X", "event_id"), "its event_id is evt_X, and its header says evt_"),
        (5, change_to(OTHER, "decision_id"), f"its decision_id is {OTHER}, and its header says dec_"),
        (5, change_to("praise", "type"), "what it says is not of decision_event.v0: /type"),
    ],
)
def test_a_log_that_was_rewritten_consistently_may_still_contradict_itself(
    database: Path, seq: int, change: Change, said: str
) -> None:
    """With every hash right, and no checkpoint: what it says is held against its header and its digests."""
    found = rewritten(database, seq, change)
    assert {(finding.code, finding.first, finding.last) for finding in found} == {("contents", seq, seq)}
    assert any(said in finding.detail for finding in found), found


def test_replay_computes_the_same_digests(database: Path) -> None:
    """And names where the stated one stands."""
    policy = load(compile_text(POLICY).artifact)
    with closing(sqlite3.connect(database)) as connection:
        (payload,) = connection.execute("SELECT payload FROM payloads WHERE seq = 3").fetchone()
    assert replay_record(payload, policy) == ()
    record = json.loads(payload)
    record["determinism"]["inputs_digest"] = NOUGHT
    assert [one.path for one in replay_record(canonical(record), policy)] == ["/determinism/inputs_digest"]
    record["request"]["context"]["digest"] = NOUGHT
    paths = [one.path for one in replay_record(canonical(record), policy)]
    assert paths == ["/determinism/inputs_digest", "/request/context/digest"]
