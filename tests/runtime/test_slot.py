"""A policy that is replaced while it decides."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event, Thread

import pytest

import lumyn_compiler
from lumyn_runtime import ArtifactError, PolicySlot
from lumyn_runtime.artifact import policy_hash


def artifact(version: str, verdict: str = "TRUST") -> bytes:
    """A policy of one rule."""
    return lumyn_compiler.compile_text(
        f'policy p version "{version}" default ESCALATE because NO_MATCH_DEFAULT_ESCALATE '
        f"stage TRUST_PATHS rule R for a.b when always then {verdict} because OK"
    ).artifact


REQUEST = {"action": {"type": "a.b"}}


def last_error(slot: PolicySlot) -> object:
    """Why the last refresh kept the policy that was there."""
    return slot.last_error


def put(path: Path, data: bytes) -> None:
    """Replace a file at once."""
    beside = path.with_suffix(".new")
    beside.write_bytes(data)
    os.replace(beside, path)  # noqa: PTH105


def test_a_new_file_is_decided_by_after_a_refresh(tmp_path: Path) -> None:
    """Not before, and the same file keeps what is prepared."""
    path = tmp_path / "p.lpack"
    put(path, artifact("1"))
    slot = PolicySlot(path)
    first = slot.table
    assert slot.refresh() is None
    assert slot.table is first
    put(path, artifact("2", "ESCALATE"))
    assert slot.table.evaluate(REQUEST).verdict == "TRUST"
    assert slot.refresh() is None
    assert slot.table.evaluate(REQUEST).verdict == "ESCALATE"
    assert slot.table.policy_version == "2"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "truncated"), (artifact("2")[:-9], "truncated"), (b"policy p", "not-an-artifact"), (None, None)],
)
def test_on_any_error_the_last_good_policy_stays(tmp_path: Path, data: bytes | None, code: str | None) -> None:
    """And the error is returned and kept until a refresh goes well."""
    path = tmp_path / "p.lpack"
    put(path, artifact("1"))
    slot = PolicySlot(path)
    if data is None:
        path.unlink()
    else:
        put(path, data)
    error = slot.refresh()
    assert error is not None
    assert last_error(slot) is error
    if code is None:
        assert isinstance(error, OSError)
    else:
        assert isinstance(error, ArtifactError)
        assert error.code == code
    assert slot.table.evaluate(REQUEST).verdict == "TRUST"
    put(path, artifact("3"))
    assert slot.refresh() is None
    assert last_error(slot) is None
    assert slot.table.policy_version == "3"


def test_a_slot_begins_with_a_good_policy_or_not_at_all(tmp_path: Path) -> None:
    """There is nothing to fall back on."""
    with pytest.raises(FileNotFoundError):
        PolicySlot(tmp_path / "absent.lpack")
    (tmp_path / "p.lpack").write_bytes(b"lpack 1 ")
    with pytest.raises(ArtifactError):
        PolicySlot(tmp_path / "p.lpack")


def test_an_expected_hash_holds_for_every_refresh(tmp_path: Path) -> None:
    """Another policy, however whole, is not swapped in."""
    path = tmp_path / "p.lpack"
    put(path, artifact("1"))
    slot = PolicySlot(path, expected_hash=policy_hash(artifact("1")))
    put(path, artifact("2"))
    error = slot.refresh()
    assert isinstance(error, ArtifactError)
    assert error.code == "hash-mismatch"
    assert slot.table.policy_version == "1"


def test_decisions_go_on_while_policies_are_swapped(tmp_path: Path) -> None:
    """Each is by one policy or the other, whole."""
    path = tmp_path / "p.lpack"
    versions = [artifact("1"), artifact("2", "ESCALATE")]
    put(path, versions[0])
    slot = PolicySlot(path)
    over = Event()
    odd: list[object] = []

    def decide() -> None:
        while not over.is_set():
            table = slot.table
            verdict = table.evaluate(REQUEST).verdict
            if (table.policy_version, str(verdict)) not in {("1", "TRUST"), ("2", "ESCALATE")}:
                odd.append((table.policy_version, verdict))

    threads = [Thread(target=decide) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(60):
        put(path, versions[turn % 2])
        assert slot.refresh() is None
    over.set()
    for thread in threads:
        thread.join()
    assert odd == []
