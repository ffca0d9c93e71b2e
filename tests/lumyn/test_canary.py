"""What must not be kept is in no file, no output and no log line, however it is spelled."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lumyn.archive import Archive
from lumyn.canonical import canonical, digest_of
from lumyn.cli import lumyn
from lumyn.errors import RequestError
from lumyn.gateway import Gateway
from lumyn.store.search import Filters
from lumyn.workspace import find, init, opened_gateway
from tests.lumyn.test_gateway import request

POLICY = """
policy refunds version "1"
mode enforce
default ESCALATE because NO_MATCH_DEFAULT_ESCALATE
evidence card, deep.mark : text
evidence risk : number from 0 to 1
redact evidence.card, evidence.deep.mark, action.target.resource_id, evidence.risk
stage ESCALATIONS
  rule R1 for support.refund
    when evidence.card starts with "9" or evidence.deep.mark = "known" or evidence.risk >= 0.5
    then ESCALATE because ODD
stage TRUST_PATHS
  rule R2 for support.refund when amount_usd <= 25 then TRUST because SMALL
"""

CANARIES = ("zebra-7f31-plain", "zebra-größe-猫-🦓", 'zebra-"quo\\te"\t\u2028end', "zebra-<b>&amp;`|")


def spellings(text: str) -> Iterator[bytes]:
    """Every way in which a text may stand in a file."""
    escaped = json.dumps(text)[1:-1]
    for spelled in {
        text,
        escaped,
        escaped.upper(),
        json.dumps(text, ensure_ascii=False)[1:-1],
        json.dumps(escaped)[1:-1],
    }:
        yield spelled.encode()
        yield spelled.encode("utf-16-le")
        yield spelled.encode("utf-16-be")
    yield text.encode().hex().encode()


def found_in(content: bytes, texts: tuple[str, ...] = CANARIES) -> list[str]:
    """The texts that stand in some bytes."""
    return [text for text in texts if any(spelled in content for spelled in spellings(text))]


def found_below(folder: Path, texts: tuple[str, ...] = CANARIES) -> list[tuple[str, str]]:
    """The texts that stand in the files of a folder."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert any(path.name == "lumyn.db" for path in paths)
    return [(path.name, text) for path in paths for text in found_in(path.read_bytes(), texts)]


def run(*arguments: str, folder: Path) -> bytes:
    """All that a command says."""
    ended = CliRunner().invoke(lumyn, [*arguments, "--workspace", str(folder)])
    assert not isinstance(ended.exception, Exception) or isinstance(ended.exception, SystemExit), ended.exception
    return ended.stdout_bytes + ended.stderr_bytes


def secret_request(canary: str, profile: str, number: int) -> dict[str, Any]:
    """A request with a text in all places where that profile keeps it out of the record."""
    made = request(number)
    made["action"]["target"]["resource_id"] = canary
    made["evidence"] |= {
        "card": f"9{canary}",
        "deep": {"mark": canary, "list": [[{"named": canary}]]},
        "named": {"inner": [canary]},
        "risk": 0.123456789,
    }
    inline: dict[str, Any] = {"named~": [0, {"a/b": canary}]}
    if profile != "off":
        made["evidence"] |= {"password": canary, "stripe_api_key": {"x": [canary]}, "userTokens": [canary]}
        inline |= {"a": [{"Card-Number": canary}], "IBAN": canary}
    if profile == "strict":
        made["evidence"] |= {"customerEmail": canary, "notes": [canary]}
        made["subject"] |= {"ip": canary, "user_agent": canary}
        made["action"]["intent"] = canary
        inline |= {"who": {"firstName": canary}}
    removed = ["/evidence/named", "/evidence/deep/list/0/0/named", "/context/inline/named~0/1/a~1b"]
    made["context"] = {
        "mode": "inline",
        "inline": inline,
        "digest": digest_of(canonical(inline)),
        "redaction": {"fields_removed": removed},
    }
    return made


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a policy that redacts."""
    monkeypatch.setenv("LUMYN_POLICY_PATH", ".lumyn/policy.lumyn")
    init(tmp_path / "shop")
    (tmp_path / "shop/.lumyn/policy.lumyn").write_text(POLICY)
    return tmp_path / "shop"


@pytest.mark.parametrize("is_keyed", [False, True])
@pytest.mark.parametrize("profile", ["off", "default", "strict"])
def test_what_is_redacted_is_nowhere(
    folder: Path, profile: str, is_keyed: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in files, while the gateway is open and after it, nor in packs, outputs, errors and log lines."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("LUMYN_REDACTION_PROFILE", profile)
    if is_keyed:
        (folder / "redaction.key").write_bytes(b"k" * 32)
        monkeypatch.setenv("LUMYN_REDACTION_KEY_FILE", "redaction.key")
    said: list[str] = []
    with opened_gateway(find(folder, dict(_environment()))) as gateway:
        records = [gateway.decide(secret_request(canary, profile, n)) for n, canary in enumerate(CANARIES)]
        for record in records:
            gateway.label(record.decision_id, "failure", actor="kim")
            assert record.reason_codes[0] == "ODD"
            assert record.to_dict()["determinism"]["attributes"]["evidence.risk"] == {"class": "(-inf, 0.5)"}
            said += [record.to_json(), repr(record), gateway.pack(record.decision_id).decode("latin-1")]
        said += [repr(gateway.metrics()), *(other.to_json() for other in gateway.search())]
        said += refusals(gateway, profile)
        said.append(unavailable(gateway, folder, profile))
        assert found_below(folder) == []
    assert found_below(folder) == []
    for decision_id in [record.decision_id for record in records]:
        for command in (["show"], ["show", "--json"], ["explain"], ["explain", "--markdown"], ["export"]):
            said.append(run(*command, decision_id, folder=folder).decode())
    said += [run(*command, folder=folder).decode() for command in (["doctor"], ["log"], ["log", "--json"], ["verify"])]
    assert all(said)
    assert caplog.text
    for text in (*said, caplog.text):
        assert found_in(text.encode()) == []
        assert found_in(text.encode("latin-1", "replace")) == []
        assert "0.123456789" not in text


def _environment() -> Iterator[tuple[str, str]]:
    import os

    yield from os.environ.items()


def refusals(gateway: Gateway, profile: str) -> Iterator[str]:
    """What is said of requests that are refused; their values are theirs."""
    for canary in CANARIES:
        good = secret_request(canary, profile, 0)
        other = CANARIES[CANARIES.index(canary) - 1]
        spoiled = [
            {**good, "evidence": {**good["evidence"], "card": other}},
            {**good, "context": {**good["context"], "mode": canary}},
            {**good, "subject": {**good["subject"], "type": canary}},
            {**good, "subject": {**good["subject"], "roles": canary}},
            {**good, "subject": canary},
            {**good, "action": {**good["action"], "type": canary}},
            {**good, "action": {**good["action"], "amount": {"value": canary, "currency": canary}}},
            {**good, "evidence": canary},
            {**good, "evidence": [canary]},
            {**good, "evidence": {"password": f"{canary}\x00"}},
            {**good, "evidence": {"password": f"{canary}\ud800"}},
            {**good, "context": {**good["context"], "inline": {"password": canary}}},
            {**good, "context": {**good["context"], "digest": canary}},
            {**good, "hints": {"mode": canary}},
            {**good, "tenant": {"tenant_id": "a", "environment": canary}},
        ]
        sources = [json.dumps(one) for one in spoiled]
        sources += [
            f'{{"evidence": "{canary}',
            f'{{"evidence": "{canary}\\x"}}',
            f'{{"evidence": "{canary}",}}',
            f'{{"evidence": {{"a": "{canary}", "a": "{canary}"}}}}',
            f'{{"evidence": ["{canary}", 0.12345678900000000001, 1e999, NaN]}}',
        ]
        for source in sources:
            with pytest.raises(RequestError) as caught:
                gateway.decide(source)
            yield f"{caught.value} {caught.value!r}"


def unavailable(gateway: Gateway, folder: Path, profile: str) -> str:
    """What is answered, and said by `doctor`, while the log can't be written to."""
    with contextlib.closing(sqlite3.connect(folder / ".lumyn/lumyn.db", isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        record = gateway.decide(secret_request(CANARIES[0], profile, 99))
        blocker.execute("ROLLBACK")
    assert record.reason_codes == ("STORAGE_UNAVAILABLE",)
    return record.to_json()


OTHERS = ("walrus-31-tag", "walrus-größe-🦭", "walrus-summary")


def tenants_request(tenant: str, text: str, number: int) -> dict[str, Any]:
    """A request with a text in all places that records keep."""
    made = request(number, note=text)
    made["tenant"] = {"tenant_id": tenant}
    made["action"] |= {"intent": text, "tags": [text], "target": {"system": text, "resource_id": text}}
    return made


def test_another_tenants_data_is_in_no_pack(folder: Path) -> None:
    """Nor is that of another decision; what was remembered is the tenant's own."""
    with opened_gateway(find(folder, dict(_environment()))) as gateway:
        for number, text in enumerate(OTHERS):
            for tenant in (text, "zoo"):
                record = gateway.decide(tenants_request(tenant, text, number))
                gateway.label(record.decision_id, "failure", summary=text, actor=text)
        own = gateway.decide(tenants_request("own", "own-text", 1))
        gateway.label(own.decision_id, "failure", summary="own-summary", actor="kim")
        later = gateway.decide(tenants_request("own", "own-text", 2))
        pack = gateway.pack(later.decision_id)
        assert b"own-text" in pack
        assert later.to_dict()["risk_signals"]["failure_similarity"]["score"] == 1
        assert found_in(pack, (*OTHERS, "zoo", "own-summary")) == []


def test_what_is_erased_is_gone_from_every_file(folder: Path) -> None:
    """Record and events, what was searched by and what was remembered; at once where no other program reads."""
    url = find(folder, dict(_environment())).storage_url
    with opened_gateway(find(folder, dict(_environment()))) as gateway:
        erased = []
        for number, text in enumerate(OTHERS):
            record = gateway.decide(tenants_request("own", text, number))
            event = gateway.label(record.decision_id, "failure", summary=text, actor=text)
            erased += [record.decision_id, str(event["event_id"])]
        kept = gateway.decide(tenants_request("own", "kept-text", 9))
        list(gateway.search())
    assert len(found_below(folder, OTHERS)) >= len(OTHERS)
    with Archive.open(url) as archive:
        archive.follow()
        for entry_id in erased:
            assert archive.erase(entry_id, reason="DSR-7", actor="mia").is_wiped
        assert found_below(folder, OTHERS) == []
    assert found_below(folder, OTHERS) == []
    assert found_below(folder, ("kept-text",))
    for command in (["log", "--json"], ["doctor"], ["verify"], ["show", erased[0]], ["explain", erased[0]]):
        assert found_in(run(*command, folder=folder), OTHERS) == []
    with opened_gateway(find(folder, dict(_environment()))) as gateway:
        assert gateway.get(kept.decision_id) == kept
        again = gateway.decide(tenants_request("own", OTHERS[0], 50)).to_dict()
        assert again["risk_signals"]["failure_similarity"]["score"] == 0


def dumped(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the derived file but the numbers that count how often something changed."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}  # noqa: S608
    scopes = rows.pop("scopes")
    assert all(re.fullmatch("[0-9a-f]{64}", scope) and type(version) is int for scope, version in scopes)
    rows["meta"] = [row for row in rows["meta"] if row[0] != "changes"]
    return rows


def test_what_is_left_after_an_erasure_is_what_a_file_has_that_is_made_anew(folder: Path) -> None:
    """Of a label that was erased, the one before it counts again; of a decision, nothing is left."""
    workspace = find(folder, dict(_environment()))
    search = workspace.database.with_name("lumyn.db.search")
    with opened_gateway(workspace) as gateway:
        ids = [gateway.decide(tenants_request("own", "text", number)).decision_id for number in range(4)]
        events = [
            [
                str(gateway.label(decision_id, label, actor="kim")["event_id"])
                for label in ("failure", "success", "failure")
            ]
            for decision_id in ids
        ]
    erasures = [events[0][2], events[1][0], events[2][2], events[2][1], events[2][0], ids[3], events[3][2]]
    for entry_id in erasures:
        with Archive.open(workspace.storage_url) as archive:
            archive.erase(entry_id, reason="DSR-7", actor="mia")
        followed = dumped(search)
        for path in search.parent.glob(f"{search.name}*"):
            path.unlink()
        with Archive.open(workspace.storage_url) as archive:
            archive.follow()
        assert dumped(search) == followed
    with Archive.open(workspace.storage_url) as archive:
        labels = {
            label: [found.decision_id for found in archive.newest(_labelled(label))] for label in ("failure", "success")
        }
    assert labels == {"failure": [ids[1]], "success": [ids[0]]}


def _labelled(label: str) -> Filters:
    return Filters(label=label)
