"""`lumyn hash`: one hash for everything that decides the same."""

import json
from pathlib import Path

from lumyn_compiler import compile_text
from tests.cli.samples import POLICY, Run


def test_a_source_and_its_artifact_have_one_hash(workspace: Path, run: Run) -> None:
    """Each line has the hash and the name, as other hashing commands print it."""
    run("compile", "policy.lumyn", "-o", "policy.lpack")
    policy_hash = compile_text(POLICY).policy_hash

    ended = run("hash", "policy.lumyn", "policy.lpack", "-", stdin=POLICY)

    assert ended.exit_code == 0
    assert ended.stdout.splitlines() == [f"{policy_hash}  {name}" for name in ("policy.lumyn", "policy.lpack", "-")]


def test_hashes_come_as_json(workspace: Path, run: Run) -> None:
    """By the name of the file."""
    assert json.loads(run("hash", "--json", "policy.lumyn").stdout) == {
        "policy.lumyn": compile_text(POLICY).policy_hash
    }


def test_a_damaged_artifact_has_no_hash(workspace: Path, run: Run) -> None:
    """What is in its header is not believed."""
    damaged = compile_text(POLICY).artifact.replace(b"shop-refunds", b"shop-refundz")
    (workspace / "policy.lpack").write_bytes(damaged)

    ended = run("hash", "policy.lpack")

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Error: policy.lpack: hash-mismatch: ")
