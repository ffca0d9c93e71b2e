"""`lumyn.decide`: one gateway for each configuration, as long as the process lives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import lumyn
from lumyn import process
from lumyn.archive import Archive, read_checkpoints
from lumyn.store.errors import StoreMissingError
from lumyn.store.verify import verify
from lumyn.workspace import init
from lumyn_runtime import ArtifactError

# The request of the project page, and what a record has there; the values are this machine's.
PAGE_REQUEST: dict[str, Any] = {
    "schema_version": "decision_request.v0",
    "subject": {"type": "service", "id": "support-agent", "tenant_id": "acme"},
    "action": {
        "type": "support.refund",
        "intent": "Refund duplicate charge for order 82731",
        "target": {"system": "stripe", "resource_type": "charge", "resource_id": "ch_123"},
        "amount": {"value": 201.0, "currency": "USD"},
        "tags": ["duplicate_charge"],
    },
    "evidence": {"ticket_id": "ZD-1001", "order_id": "82731", "customer_id": "C-9"},
    "context": {"mode": "digest_only", "digest": "sha256:" + "a" * 64},
}
PAGE_RECORD = {
    "schema_version": "",
    "decision_id": "",
    "created_at": "",
    "request": PAGE_REQUEST,
    "policy": dict.fromkeys(("policy_id", "policy_version", "policy_hash", "mode")),
    "verdict": "",
    "reason_codes": [],
    "matched_rules": [],
    "risk_signals": {"uncertainty_score": 0, "failure_similarity": {"score": 0, "top_k": []}},
    "determinism": dict.fromkeys(("engine_version", "evaluation_order", "inputs_digest")),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory that is a workspace; the process keeps no gateway of it."""
    for name in [name for name in os.environ if name.startswith("LUMYN_") and name != "LUMYN_PROFILE"]:
        monkeypatch.delenv(name)
    init(tmp_path / "home")
    monkeypatch.chdir(tmp_path / "home")
    yield tmp_path / "home"
    process._GATEWAYS.close()


def _keys(document: object) -> object:
    """The shape of a JSON value."""
    return {key: _keys(value) for key, value in document.items()} if isinstance(document, dict) else None


def _has(shape: object, wanted: object) -> bool:
    return not isinstance(wanted, dict) or (
        isinstance(shape, dict) and all(key in shape and _has(shape[key], wanted[key]) for key in wanted)
    )


def _ids(home: Path) -> list[str]:
    with Archive.open(f"sqlite:{home / '.lumyn' / 'lumyn.db'}") as archive:
        return [entry.entry_id for entry in archive.store.scan() if entry.kind == "record"]


def test_a_script_decides_as_the_project_page_says(home: Path) -> None:
    """With the settings of its working directory; the record has every name that the page shows, and is stored."""
    record = lumyn.decide(PAGE_REQUEST)

    assert _has(_keys(record.to_dict()), _keys(PAGE_RECORD))
    assert (str(record.verdict), record.reason_codes) == ("ESCALATE", ("REFUND_OVER_ESCALATION_LIMIT",))
    assert record.to_dict()["matched_rules"][0]["rule_id"] == "R008"
    assert _ids(home) == [record.decision_id]


def test_the_environment_wins_over_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a configuration that is given is taken as it is."""
    (home / "lumyn.toml").write_text('mode = "advisory"\nredaction_profile = "strict"\n')
    monkeypatch.setenv("LUMYN_MODE", "enforce")

    document = lumyn.decide(PAGE_REQUEST).to_dict()
    assert document["policy"]["mode"] == "enforce"
    assert document["request"]["context"]["redaction"]["profile"] == "strict"

    given = lumyn.decide(PAGE_REQUEST, lumyn.LumynConfig(mode="advisory")).to_dict()
    assert given["policy"]["mode"] == "advisory"
    assert given["request"]["context"]["redaction"]["profile"] == "default"


def test_the_environment_alone_is_enough(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the script works: LUMYN_POLICY_PATH and LUMYN_STORAGE_URL name both files."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("LUMYN_POLICY_PATH", str(home / ".lumyn" / "policy.lumyn"))
    monkeypatch.setenv("LUMYN_STORAGE_URL", f"sqlite:{home / '.lumyn' / 'lumyn.db'}")
    monkeypatch.setenv("LUMYN_REDACTION_PROFILE", "strict")

    record = lumyn.decide(json.dumps(PAGE_REQUEST).encode())

    assert _ids(home) == [record.decision_id]
    assert record.to_dict()["request"]["context"]["redaction"]["profile"] == "strict"


def test_a_gateway_is_opened_once_for_each_configuration(home: Path) -> None:
    """However many threads come first, all at once."""
    configs = [None, lumyn.LumynConfig(), lumyn.LumynConfig(deadline_seconds=5.0)]
    with ThreadPoolExecutor(16) as pool:
        records = list(pool.map(lambda number: lumyn.decide(PAGE_REQUEST, configs[number % 3]), range(48)))

    assert len(process._GATEWAYS._by_config) == 3
    assert sorted(_ids(home)) == sorted(record.decision_id for record in records)


def test_what_can_not_be_opened_is_an_error_each_time(home: Path, tmp_path: Path) -> None:
    """Nothing is made by it, and it is tried anew."""
    missing = lumyn.LumynConfig(storage_url="sqlite:typo.db")
    for _ in range(2):
        with pytest.raises(StoreMissingError):
            lumyn.decide(PAGE_REQUEST, missing)
    assert not (home / "typo.db").exists()
    (home / ".lumyn" / "policy.lpack").write_bytes(b"no policy")
    with pytest.raises(ArtifactError):
        lumyn.decide(PAGE_REQUEST)


FORKING = """
import json, os, sys, threading
import lumyn

request = json.loads(sys.argv[1])
# Python's own import locks don't survive a fork that comes while another thread imports.
ids, stopped = [lumyn.decide(request)], threading.Event()

def go_on():
    while not stopped.is_set():
        ids.append(lumyn.decide(request))

threads = [threading.Thread(target=go_on) for _ in range(3)]
for thread in threads:
    thread.start()
children = []
for _ in range(3):
    child = os.fork()
    if not child:
        record = lumyn.decide(request)
        # Leave as a script does: what is left open is closed.
        print(json.dumps([record.decision_id, record.is_persisted]), flush=True)
        sys.exit()
    children.append(child)
    ids.append(lumyn.decide(request))
codes = [os.waitpid(child, 0)[1] for child in children]
stopped.set()
for thread in threads:
    thread.join()
for record in ids:
    print(json.dumps([record.decision_id, record.is_persisted]))
assert codes == [0, 0, 0], codes
"""


def test_a_fork_opens_its_own(home: Path) -> None:
    """While other threads of the parent decide: nobody is refused, everything is stored once, and the log is whole."""
    ended = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING, json.dumps(PAGE_REQUEST)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(told) >= 6
    assert all(is_persisted for _, is_persisted in told)
    assert sorted(_ids(home)) == sorted(decision_id for decision_id, _ in told)
    assert list(verify(home / ".lumyn" / "lumyn.db")) == []


def test_the_end_of_the_process_closes_it(home: Path) -> None:
    """With a checkpoint of all that was decided."""
    script = "import json, sys, lumyn; lumyn.decide(json.loads(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, json.dumps(PAGE_REQUEST)], check=True, timeout=60)

    (checkpoint,) = read_checkpoints((home / ".lumyn" / "checkpoints").read_bytes())
    assert checkpoint.size == 3
    assert list(verify(home / ".lumyn" / "lumyn.db", checkpoints=[checkpoint])) == []
