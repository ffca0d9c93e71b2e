"""`lumyn serve` as people start it, and loads for it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import attrs

from tests.api.load import Figures
from tests.api.servers import Server, url_said

__all__ = ["ROOT", "Load", "Service", "children_of", "loaded", "served"]

ROOT = Path(__file__).parents[2]
_READY = re.compile(r"^Serving .* at (\S+?)(?: with [0-9]+ workers)?\. ", re.MULTILINE)
_SECONDS = 30


@attrs.frozen
class Service(Server):
    """A service that runs; its url is `unix:` and a path where it listens there."""

    def said(self) -> str:
        """All that it has written."""
        return self.log.read_text("utf-8")

    def await_said(self, text: str, times: int = 1) -> None:
        """Wait until it has written a text so often."""
        end = time.monotonic() + _SECONDS
        while self.said().count(text) < times:
            assert time.monotonic() < end, f"{text!r} is not said {times} times:\n{self.said()}"
            time.sleep(0.02)

    def ended(self, number: int = signal.SIGTERM, seconds: float = _SECONDS) -> int:
        """Its exit code, after a signal."""
        self.process.send_signal(number)
        return self.process.wait(seconds)


@contextmanager
def served(workspace: Path, *options: str, **environment: str) -> Iterator[Service]:
    """`lumyn serve` on a free port, if at no other place, once it answers.

    options: more of the command's
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LUMYN_")}
    place = () if "--uds" in options else ("--port", "0")
    with NamedTemporaryFile(prefix="lumyn-serve", suffix=".log") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("lumyn"), "serve", "--workspace", workspace, *place, *options],
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Service(url_said(process, Path(log.name), _READY), process, Path(log.name))
        finally:
            if process.poll() is None:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_SECONDS)
                process.kill()
                process.wait()


@attrs.frozen
class Load:
    """A load that runs. notes: what was acknowledged, once it has ended."""

    process: subprocess.Popen[str]
    notes: Path | None

    def figures(self) -> Figures:
        """Once it has ended."""
        said, _ = self.process.communicate(timeout=300)
        return Figures(**json.loads(said))

    def acknowledged(self) -> dict[str, str]:
        """request_id → decision_id."""
        assert self.notes is not None
        return dict(line.split(" ") for line in self.notes.read_text("ascii").splitlines())


@contextmanager
def loaded(target: str, notes: Path | None, *options: str) -> Iterator[Load]:
    """A load in a process of its own; see tests/api/load.py for its options."""
    noting = () if notes is None else ("--notes", str(notes))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.api.load", target, *noting, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="ascii",
    )
    try:
        yield Load(process, notes)
    finally:
        process.kill()
        process.wait()


def children_of(process_id: int) -> list[int]:
    """The processes that one has started."""
    listed = subprocess.run(["pgrep", "-P", str(process_id)], capture_output=True, check=False, encoding="ascii")
    return [int(line) for line in listed.stdout.split()]
