"""The same requests give the same records, in whichever process they are decided, and every record repeats itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.profiles import examples

ROOT = Path(__file__).parents[2]
COUNT = examples(10_000)


def deciding(hash_seed: str, *options: str) -> subprocess.Popen[str]:
    """A process that decides, with an order of sets of its own."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "tests.lumyn.decided", "20", str(COUNT), *options]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def test_two_processes_give_the_same_records_and_each_repeats_itself() -> None:
    """10,000 generated requests under generated policies that redact, every profile, with a redaction key and without.

    The moments are given, so the records are equal in every byte, ids and times included.
    """
    with deciding("1", "--replay") as one, deciding("2") as other:
        first, second = one.communicate()[0], other.communicate()[0]
    assert (one.returncode, other.returncode) == (0, 0)
    assert first == second
    assert len(set(first.split())) > 0.9 * COUNT
