"""Make thousands of generated calls: `python -m tests.longruns.generated_calls`, or `make schemathesis`. Fails at a wrong answer."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from random import SystemRandom
from time import monotonic

import httpx

from lumyn.archive import Archive
from lumyn.store.verify import verify
from lumyn.workspace import Workspace, init
from tests.api.generated import GENERATED_SETTINGS, generate
from tests.api.served import served
from tests.longruns.progress import Progress, say_figures

# Of each operation; a run makes some two thousand calls of it.
_EXAMPLES = 100


def main() -> None:
    """Make runs, each with a seed of its own over a service of its own, until there were enough calls."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    progress, began = Progress("calls", arguments.calls), monotonic()
    call_count = run_count = decided_count = 0
    while call_count < arguments.calls:
        with tempfile.TemporaryDirectory() as folder:
            workspace = init(Path(folder) / "shop")
            call_count += _run(workspace, arguments.seed + run_count)
            decided_count += _decided(workspace)
        run_count += 1
        progress.to(min(call_count, arguments.calls))
    say_figures(
        calls=call_count, decided=decided_count, wrong=0, seed=arguments.seed, seconds=round(monotonic() - began)
    )


def _run(workspace: Workspace, seed: int) -> int:
    """How many calls were made. Raises SystemExit where one was answered otherwise than the document says."""
    with served(workspace.folder, **GENERATED_SETTINGS) as service:
        run = generate(service, workspace, seed, "--max-examples", str(_EXAMPLES), "--continue-on-failure")
        is_alive = httpx.get(f"{service.url}/healthz").status_code == 200
        said = service.said()
    if not run.is_fine or not is_alive or "call failed" in said:
        sys.exit(f"{run.said}\n{said}\nwith the seed {seed}")
    return run.call_count


def _decided(workspace: Workspace) -> int:
    """How many decisions the log holds, every one as it was stored."""
    found = [*verify(workspace.database)]
    assert not found, found
    with Archive.open(workspace.storage_url) as archive:
        archive.follow()
        return sum(archive.counts().values())


if __name__ == "__main__":
    main()
