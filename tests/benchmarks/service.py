"""Decisions over HTTP, beside a bare endpoint of FastAPI's that parses the same JSON and commits one row."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from lumyn.archive import Archive
from lumyn.workspace import Workspace, init
from tests.api.load import Figures
from tests.api.served import ROOT, loaded, served
from tests.benchmarks.figures import Effort, Row

__all__ = ["service"]

_SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105
_CONNECTIONS = (1, 16, 128)
# Turns that each takes, and how much shorter those of few connections are.
_TURNS = 5
_SHARES = {1: 8, 16: 2, 128: 1}


def service(effort: Effort) -> Iterator[Row]:
    """With one worker and two, in turns; and whether everything that was acknowledged is in the log afterwards."""
    for workers in (1, 2):
        with TemporaryDirectory() as name, ExitStack() as stack:
            folder = Path(name)
            workspace = init(folder / "workspace")
            settings = {"LUMYN_SIGNING_SECRET": _SECRET}
            ours = stack.enter_context(served(workspace.folder, "--workers", str(workers), **settings))
            bare = stack.enter_context(_bare(folder, workers))
            acknowledged = 0
            for connections in _CONNECTIONS:
                count = max(connections, effort.decision_count // 5 // _SHARES[connections])
                turns = [
                    (
                        _figures(ours.url, folder, connections, count, f"{connections}-{turn}", is_signed=True),
                        _figures(bare, folder, connections, count, "", is_signed=False),
                    )
                    for turn in range(_TURNS)
                ]
                acknowledged += sum(figures.statuses.get("200", 0) for figures, _ in turns)
                yield _row(workers, connections, turns)
            assert ours.ended() == 0
            _check(workspace, acknowledged)


def _row(workers: int, connections: int, turns: list[tuple[Figures, Figures]]) -> Row:
    for figures in (figures for pair in turns for figures in pair):
        assert figures.statuses.keys() == {"200"}, figures
    ratio = median(ours.rate / bare.rate for ours, bare in turns)
    what = f"decide over HTTP, {connections} connections, {workers} workers, against a bare endpoint that stores a row"
    limit = 1.0 if connections == 128 else None
    lumyn, opponent = (_words([pair[side] for pair in turns]) for side in (0, 1))
    return Row(what, lumyn, opponent, ratio, "×", limit, is_rate=True)


def _words(turns: list[Figures]) -> str:
    rate, p50, p99 = (median(getattr(turn, name) for turn in turns) for name in ("rate", "p50_ms", "p99_ms"))
    return f"{rate:,.0f}/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms"


def _figures(url: str, folder: Path, connections: int, count: int, name: str, *, is_signed: bool) -> Figures:
    options = ["--connections", str(connections), "--count", str(count), "--name", name]
    secret = ["--secret", _SECRET] if is_signed else []
    with loaded(f"{url}/v0/decide", None, *options, *secret) as load:
        return load.figures()


def _check(workspace: Workspace, acknowledged: int) -> None:
    """Each of them is a record of its own, and the log verifies."""
    with Archive.open(workspace.storage_url) as archive:
        recorded = sum(entry.kind == "record" for entry in archive.store.scan())
        assert recorded == acknowledged
    verified = subprocess.run(
        [Path(sys.executable).with_name("lumyn"), "verify", "--workspace", workspace.folder], check=False
    )
    assert verified.returncode == 0


@contextmanager
def _bare(folder: Path, workers: int) -> Iterator[str]:
    """The URL of the opponent."""
    log = folder / "bare.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.bare_fastapi", str(workers)],
            cwd=ROOT,
            env={**os.environ, "BARE_DATABASE": str(folder / "bare.db")},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        end = time.monotonic() + 30
        while log.read_text().count("startup complete") < workers:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        found = re.search(r"^(http://\S+)$", log.read_text(), re.MULTILINE)
        assert found is not None
        yield found[1]
    finally:
        process.terminate()
        process.wait(30)
