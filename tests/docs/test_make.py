"""The README's first command."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# One run serves them all.
pytestmark = pytest.mark.xdist_group("make demo")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a second run, and what it said; with the environment that runs the tests, so that none is made."""
    folder, venv = tmp_path_factory.mktemp("demo"), Path(sys.prefix)
    # What a first run leaves: a workspace, where `lumyn init` would refuse to make one.
    (folder / "shop" / ".lumyn").mkdir(parents=True)
    done = subprocess.run(
        ["make", "--no-print-directory", "-o", f"{venv}/.ready", "demo", f"VENV={venv}", f"DEMO={folder}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout
    return folder, done.stdout


def test_make_demo_compiles_decides_labels_exports_replays_and_verifies(demo: tuple[Path, str]) -> None:
    """By the commands that it shows, in this order."""
    shown = re.findall(r"^\$ (?:cd \S+ && )?lumyn (\w+)", demo[1], re.MULTILINE)
    wanted = [
        "init",
        "compile",
        "decide",
        "log",
        "explain",
        "label",
        "show",
        "decide",
        "checkpoint",
        "export",
        "replay",
    ]
    rest = iter(shown)

    assert all(command in rest for command in [*wanted, "verify"]), shown


def test_make_demo_shows_every_verdict_and_another_one_after_the_label(demo: tuple[Path, str]) -> None:
    """In `lumyn log`, and where the second decision is explained."""
    text = demo[1]

    assert {*re.findall(r"^\S+ \S+  (\w+) +dec_", text, re.MULTILINE)} == {"TRUST", "ESCALATE", "QUERY", "ABSTAIN"}
    assert text.index("is labelled failure by support-lead") < text.index("(SIMILAR_TO_PAST_FAILURE)")


def test_make_demo_ends_with_the_same_record_and_a_log_that_verifies(demo: tuple[Path, str]) -> None:
    """Against the checkpoint that it put aside."""
    folder, text = demo

    assert re.search(r"^dec_\w+: ESCALATE: same record, byte for byte$", text, re.MULTILINE)
    assert "verified: the log is the one of the checkpoint that was given" in text
    assert re.search(r"^ok: 8 entries, [0-9]+ checkpoints, 0 erased, 0 wrong$", text, re.MULTILINE)
    assert (folder / "shop" / ".lumyn" / "policy.lpack").read_bytes().startswith(b"lpack 1 blake3:")
    assert (folder / "another-machine" / "decision_pack.zip").is_file()
