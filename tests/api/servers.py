"""The service as it is started in earnest: a process of its own, on a port of its own, for real HTTP clients."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

import attrs

__all__ = ["Server", "running", "serving", "url_said"]

_APPLICATION = ("--factory", "lumyn.api.app:create_app")
_READY = re.compile(r"running on (http://127\.0\.0\.1:[0-9]+)")
_SECONDS = 30


@attrs.frozen
class Server:
    """A service that runs.

    url: without a slash at the end
    log: what it has written on its streams
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def serving(workspace_folder: Path, **environment: str) -> Iterator[str]:
    """The base URL of the service of a workspace, for as long as this lasts.

    environment: the settings, by their variables; of what is set around the tests none is handed on
    """
    with running(workspace_folder, **environment) as server:
        yield server.url


@contextmanager
def running(workspace_folder: Path, *options: str, **environment: str) -> Iterator[Server]:
    """The service of a workspace with its process, which may be killed.

    options: more of uvicorn's
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LUMYN_")}
    with NamedTemporaryFile(prefix="lumyn-service", suffix=".log") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *_APPLICATION, "--host", "127.0.0.1", "--port", "0", *options],
            cwd=workspace_folder,
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Server(url_said(process, Path(log.name), _READY), process, Path(log.name))
        finally:
            process.terminate()
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


def url_said(process: subprocess.Popen[bytes], log: Path, ready: re.Pattern[str]) -> str:
    """Where it listens; the system chooses the port, and the service says it once it answers.

    ready: what it says then, with the address as its group
    """
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and process.poll() is None:
        if found := ready.search(log.read_text("utf-8")):
            return found[1]
        time.sleep(0.02)
    raise AssertionError(f"the service did not start:\n{log.read_text('utf-8')}")
