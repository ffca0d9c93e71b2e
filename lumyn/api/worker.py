"""One of several processes of the service: `python -m lumyn.api.worker`, as lumyn.api.workers starts it.

Standard input has one line, what to do, and no end for as long as the parent lives: a worker does not outlive it.
"""

import json
import os
import signal
import socket
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Final

import attrs

from lumyn.api.server import CLOSE_SECONDS, serve
from lumyn.config import LumynConfig
from lumyn.workspace import Workspace

__all__ = ["Orders"]

_STDIN: Final = 0
_STDOUT: Final = 1


@attrs.frozen
class Orders:
    """What a worker has to do. It goes through a pipe: settings hold secrets, which command lines and files would show.

    descriptors: of sockets that listen
    """

    folder: str
    config: LumynConfig = attrs.field(repr=False)
    descriptors: tuple[int, ...]
    bound_host: str | None
    proxies: tuple[str, ...]

    def to_line(self) -> bytes:
        """As one line of JSON."""
        return json.dumps(attrs.asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "Orders":
        """As it was before."""
        said = json.loads(line)
        config = LumynConfig(**said.pop("config"))
        return cls(said["folder"], config, tuple(said["descriptors"]), said["bound_host"], tuple(said["proxies"]))


def main() -> None:
    """Serve until the parent says so, or has gone."""
    orders = Orders.from_line(_line())
    # A terminal interrupts the parent as well, which then says what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, args=(orders.config.shutdown_seconds,), daemon=True).start()
    serve(
        Workspace(Path(orders.folder), orders.config),
        [socket.socket(fileno=descriptor) for descriptor in orders.descriptors],
        bound_host=orders.bound_host,
        proxies=orders.proxies,
        is_shared=True,
        ready=_say_ready,
    )


def _say_ready() -> None:
    os.write(_STDOUT, b".")


def _line() -> bytes:
    """Of standard input, past Python's own buffer, which a thread that waits must not hold when the process ends."""
    line = b""
    while not line.endswith(b"\n") and (more := os.read(_STDIN, 65_536)):
        line += more
    return line


def _end_with_parent(shutdown_seconds: float) -> None:
    """Once the pipe has an end, whoever held it is gone."""
    while os.read(_STDIN, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(shutdown_seconds + CLOSE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
