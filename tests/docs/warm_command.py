"""`lumyn` without half a second of imports: each command is a process of its own, forked from one that has imported it all.

Shells find it as `lumyn` on their path, and see what they would see of the installed one: arguments, working directory,
environment, streams, pipes and exit codes are the caller's. What it can't show is that a command imports what it needs;
tests/docs/test_help_examples.py runs each command as it is installed.
"""

from __future__ import annotations

import marshal
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

__all__ = ["warm_command"]

ROOT = Path(__file__).parents[2]
_PACKAGES = ("lumyn", "lumyn_compiler", "lumyn_runtime")

_CLIENT = """\
#!{python} -IS
import marshal, os, signal, socket, sys
said = marshal.dumps((sys.argv[1:], os.getcwd(), dict(os.environ)))
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [len(said).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(said)
    signal.signal(signal.SIGHUP, lambda *_: server.send(b"h"))
    code = server.recv(1)
sys.exit(code[0] if code else 70)
"""


@contextmanager
def warm_command(folder: Path) -> Iterator[Path]:
    """A folder for the path of shells, in which `lumyn` is warm for as long as this lasts.

    folder: for its files; its name has to be short, as those of sockets are
    """
    programs, address = folder / "bin", str(folder / "socket")
    programs.mkdir()
    client = programs / "lumyn"
    client.write_text(_CLIENT.format(python=sys.executable, address=address))
    client.chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.docs.warm_command", address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == b"ready\n"
        yield programs
    finally:
        # It ends when nobody is there to ask it for anything.
        server.stdin.close()
        server.stdout.close()
        server.wait(10)


def _serve(address: str) -> None:
    _import_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with (
        socket.socket(socket.AF_UNIX) as listener,
        selectors.DefaultSelector() as selector,
    ):
        listener.bind(address)
        listener.listen()
        selector.register(listener, selectors.EVENT_READ)
        selector.register(0, selectors.EVENT_READ)
        os.write(1, b"ready\n")
        while all(key.fileobj is listener for key, _ in selector.select()):
            connection, _ = listener.accept()
            if os.fork() == 0:
                _command(connection)
            connection.close()


def _import_all() -> None:
    """And decide once, so that grammar and schemas are ready as well."""
    from lumyn.workspace import init, opened_gateway

    for package in _PACKAGES:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    with TemporaryDirectory() as folder, opened_gateway(init(Path(folder))) as gateway:
        gateway.decide((ROOT / "examples" / "starter" / "requests" / "refund-small.json").read_bytes())


def _command(connection: socket.socket) -> None:
    """Be the command that somebody asks for, and end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, streams, _, _ = socket.recv_fds(connection, 8, 3)
    with connection.makefile("rb") as said:
        content = said.read(int.from_bytes(size))
    arguments, folder, environment = marshal.loads(content)  # noqa: S302  from the script above, in a folder of our own
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["lumyn", *arguments]
    Thread(target=_end_with, args=(connection,), daemon=True).start()
    code = _exit_code()
    # Whoever asked may have been killed.
    with suppress(BrokenPipeError):
        connection.send(bytes([code]))
    os._exit(code)


def _end_with(connection: socket.socket) -> None:
    """Whoever ends the command in the shell ends this one; SIGHUP is handed on."""
    while connection.recv(1):
        os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGTERM)


def _exit_code() -> int:
    from lumyn.cli import main

    code = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001  what Python itself would do
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return code


if __name__ == "__main__":
    _serve(sys.argv[1])
