"""Cut the power at thousands of moments: `python -m tests.longruns.powercut`, or `make powercut`. Ends at the first loss."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from time import monotonic

from tests.longruns.progress import Progress, say_figures
from tests.store.disk import Acknowledged
from tests.store.power_cuts import cuts, look, recorded, some_moments

_DECISIONS = 400
_CUTS_PER_RECORDING = 1_000
_DERIVED_COMPARED_SHARE = 0.05


def main() -> int:
    """Record gateways, and look at what may be left of their disks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    chance = Random(arguments.seed)
    counts: Counter[str] = Counter()
    progress, began = Progress("power cuts", arguments.cuts), monotonic()
    while counts["cuts"] < arguments.cuts:
        with tempfile.TemporaryDirectory() as folder:
            changes = recorded(Path(folder), _DECISIONS)
        told = [at for at, change in enumerate(changes, 1) if isinstance(change, Acknowledged)]
        moments = [*((at, "all") for at in told), *some_moments(changes, _CUTS_PER_RECORDING - len(told), chance)]
        for cut in cuts(changes, moments, chance):
            counts += look(cut, chance, is_derived_compared=chance.random() < _DERIVED_COMPARED_SHARE)
            if counts["lost"] or counts["damaged"]:
                sys.stdout.write(f"after {cut.at} changes, {cut.loss} of what was not synced lost: {dict(counts)}\n")
                return 1
            progress.to(counts["cuts"])
        counts["recordings"] += 1
    say_figures(**counts, lost=0, damaged=0, seconds=round(monotonic() - began))
    return 0


if __name__ == "__main__":
    sys.exit(main())
