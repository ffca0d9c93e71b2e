"""The example in the help of every command works as it stands, in a shell, with the command as it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lumyn.archive import Archive
from lumyn.cli.lazy import LazyGroup
from lumyn.store.checkpoint import write_checkpoint
from lumyn.workspace import init, opened_gateway
from tests.cli.catalogue import COMMANDS

ROOT = Path(__file__).parents[2]
REQUEST = ROOT / "examples" / "starter" / "requests" / "refund-small.json"
STARTER = ROOT / "lumyn" / "starter" / "support"
# The one that stands in the examples.
DECISION_ID = "dec_01JZ1S7Y1NQ2A0D5JQK2Q2P3X4"
# What an example makes, and other examples begin with.
WRITTEN = {
    "compile": "policy.lpack",
    "export": "decision_pack.zip",
    "init": "refunds",
    "policy convert": "policy.lumyn",
}

# After how many seconds to interrupt what has no end of its own.
UNENDING = {"serve": 6, "watch": 2}


def examples() -> dict[str, str]:
    """Of each command, the line of its help."""
    lines: dict[str, str] = {}
    for name, command in COMMANDS:
        if not isinstance(command, LazyGroup):
            epilog = command.epilog or ""
            lines[" ".join(name)] = epilog.partition("Example: ")[2]
    return lines


EXAMPLES = examples()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with all that the examples name, and the id of the decision in it."""
    folder = tmp_path_factory.mktemp("prepared")
    workspace = init(folder)
    shutil.copy(REQUEST, folder / "request.json")
    shutil.copy(workspace.policy_path, folder / "policy.lpack")
    (folder / "policies").mkdir()
    for name in ("policy.lumyn", "policy.yml"):
        shutil.copy(STARTER / name, folder / name)
        shutil.copy(STARTER / name, (folder / "policies" / name).with_stem("refunds"))
    shutil.copytree(workspace.inner, folder / "refunds" / ".lumyn")
    with opened_gateway(workspace) as gateway:
        decision_id = gateway.decide(REQUEST.read_bytes()).decision_id
    (folder / "elsewhere").mkdir()
    with Archive.open(workspace.storage_url) as archive:
        (folder / "decision_pack.zip").write_bytes(archive.pack(decision_id))
        for place in ("checkpoint.txt", "elsewhere/checkpoints"):
            (folder / place).write_bytes(write_checkpoint(archive.checkpoint()))
    return folder, decision_id


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_of_a_help_works(name: str, prepared: tuple[Path, str], tmp_path: Path) -> None:
    """What it is to write is not there yet."""
    folder, decision_id = prepared
    home = shutil.copytree(folder, tmp_path / "home")
    if name in WRITTEN:
        (home / WRITTEN[name]).rename(tmp_path / "elsewhere")
    line = EXAMPLES[name].replace(DECISION_ID, decision_id)
    seconds = UNENDING.get(name)
    ended = subprocess.run(
        ["bash", "-c", line if seconds is None else f"timeout --foreground --preserve-status -s INT {seconds} {line}"],
        cwd=home,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith("LUMYN_")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
        capture_output=True,
        timeout=60,
        check=False,
        encoding="utf-8",
    )

    assert line.startswith(f"lumyn {name} ")
    assert ended.returncode == 0, f"{line}\n{ended.stdout}{ended.stderr}"
