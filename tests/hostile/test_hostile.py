"""Hostile sources end in a clear error, soon and in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path

import attrs
import pytest

from tests.hostile.sources import HOSTILE, Hostile, rules_of_many_actions, rules_of_many_attributes, rules_of_one_action

ROOT = Path(__file__).parents[2]

# What was measured is a second for every source that is small, and seconds in proportion for those of megabytes; a machine
# may be twice as slow as that one. None takes 256 MiB.
SECONDS_MAX = 2.0
SECONDS_PER_MIB_MAX = 9.0
MEMORY_MIB_MAX = 256.0


@attrs.frozen
class Figures:
    """What a compilation took, in a process of its own."""

    codes: frozenset[str]
    error: str
    seconds: float
    mib: float


def measured(source: str, name: str) -> Figures:
    """Compile a source in a fresh interpreter with limits of its own."""
    command = [sys.executable, "-m", "tests.hostile.measure", name]
    run = subprocess.run(command, input=source.encode(), capture_output=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    figures = json.loads(run.stdout)
    return Figures(frozenset(figures["codes"]), figures["error"], figures["seconds"], figures["mib"])


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_source_gets_a_clear_error_soon_and_in_little_memory(hostile: Hostile) -> None:
    """Never a traceback, never the machine; an error names the file, and is short."""
    source = hostile.make()
    figures = measured(source, hostile.name)
    if hostile.codes:
        assert figures.codes & hostile.codes, figures
        assert figures.error.startswith(f"{hostile.name}:"), figures
    else:
        assert not figures.codes, figures
    mib = len(source) / 2**20
    assert figures.seconds <= SECONDS_MAX + SECONDS_PER_MIB_MAX * mib, figures
    assert figures.mib <= MEMORY_MIB_MAX, figures


@pytest.mark.parametrize("make", [rules_of_one_action, rules_of_many_actions, rules_of_many_attributes])
def test_valid_sources_cost_time_and_memory_in_proportion_to_their_size(make: Callable[[int], str]) -> None:
    """Four times the rules cost at most eight times as much, and not sixteen times; machines are noisy."""
    sources = make(1_500), make(6_000)
    small, large = _quickest(sources)
    assert not small.codes | large.codes
    assert large.seconds <= 8 * max(small.seconds, 0.1), (small, large)
    assert large.mib <= 6 * small.mib, (small, large)


def _quickest(sources: tuple[str, str]) -> list[Figures]:
    """The quickest of three compilations of each, in turns: a busy machine only ever adds time."""
    rounds = [[measured(source, "valid.lumyn") for source in sources] for _ in range(3)]
    return [min(of_source, key=attrgetter("seconds")) for of_source in zip(*rounds, strict=True)]
