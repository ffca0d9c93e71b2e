"""Kill a thousand gateways: `python -m tests.longruns.crash`, or `make crash`. Ends at the first loss."""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from time import monotonic

from tests.longruns.progress import Progress, say_figures
from tests.store.crashes import Crashes

# A store is verified whole after every round, so that one store for all would take longer and longer.
_ROUNDS_PER_STORE = 50
_SECONDS_MAX = 0.3


def main() -> None:
    """Run all rounds, and say what they came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    chance = Random(arguments.seed)
    counts: Counter[str] = Counter()
    progress, began = Progress("kills", arguments.rounds), monotonic()
    while counts["rounds"] < arguments.rounds:
        with tempfile.TemporaryDirectory() as folder, Crashes(Path(folder), chance) as crashes:
            for _ in range(min(_ROUNDS_PER_STORE, arguments.rounds - counts["rounds"])):
                crashes.round(_SECONDS_MAX)
                progress.to(counts["rounds"] + crashes.counts["rounds"])
            crashes.check_all()
        counts += crashes.counts
    # A loss would have ended the run.
    say_figures(**counts, lost=0, seconds=round(monotonic() - began))


if __name__ == "__main__":
    main()
