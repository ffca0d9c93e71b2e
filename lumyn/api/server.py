"""uvicorn as the service runs it: within bounds, without logs of its own, and with an end that loses nothing."""

import ctypes
import logging
import resource
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from types import FrameType
from typing import Final

import uvicorn

from lumyn.api.app import create_app
from lumyn.api.connection import bounded_protocol
from lumyn.workspace import Workspace

__all__ = ["BACKLOG", "CLOSE_SECONDS", "KEEP_ALIVE_SECONDS", "serve"]

# Connections that the system holds until they are accepted.
BACKLOG: Final = 2_048
# That a connection may be idle; longer than most proxies leave theirs, so that it is they who close them.
KEEP_ALIVE_SECONDS: Final = 75
# What closing the store may take once the calls are finished.
CLOSE_SECONDS: Final = 10.0

_CONNECTIONS_MAX: Final = 8_192
# Descriptors that are no connections: the store's, the log's, and what is opened meanwhile.
_DESCRIPTORS_KEPT: Final = 128
# Within which interrupts are one: a terminal sends them to a whole group.
_ONCE_SECONDS: Final = 0.5

_LOG: Final = logging.getLogger("lumyn.api")


def serve(
    workspace: Workspace,
    sockets: Sequence[socket.socket],
    *,
    bound_host: str | None,
    proxies: Sequence[str],
    is_shared: bool,
    ready: Callable[[], None],
) -> None:
    """Serve a workspace until SIGTERM or SIGINT, finish what was accepted, and close the store.

    sockets:   that listen already
    proxies:   addresses whose X-Forwarded-For and X-Forwarded-Proto are believed
    is_shared: whether other processes accept from these sockets as well
    ready:     is called once calls are answered
    raises:    SystemExit where the gateway can't be opened
    """
    # A SIGHUP asks for the policy to be loaded; one that comes too early is to end nothing.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _share_one_heap()
    _take_over_logs()
    config = uvicorn.Config(
        create_app(workspace, bound_host),
        interface="asgi3",
        http=bounded_protocol(_connections_max()),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        # It takes fractions of a second, too.
        timeout_graceful_shutdown=workspace.config.shutdown_seconds,  # type: ignore[arg-type]
        workers=1,
        # How many connections are accepted at one go, too: a process that others work beside is not to take them all.
        backlog=1 if is_shared else BACKLOG,
    )
    _Server(config, ready).run([*sockets])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._interrupted_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and say so."""
        await super().startup(sockets)
        for listening in sockets or ():
            listening.listen(BACKLOG)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Finish what was accepted, and end well, whatever the signal; a second Ctrl-C does not wait for that."""
        if sig == signal.SIGINT:
            now = monotonic()
            if self._interrupted_at is None:
                self._interrupted_at = now
            elif now - self._interrupted_at > _ONCE_SECONDS:
                self.force_exit = True
        self.should_exit = True


def _share_one_heap() -> None:
    """Have the C library keep what threads free in one heap, where it would otherwise keep one for each of them.

    Over 200,000 decisions a worker grows by a few MB then, and by 13 MB otherwise. Only glibc knows of it.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


_M_ARENA_MAX: Final = -8


class _Forwarding(logging.Handler):
    """Has what uvicorn warns of said as Lumyn's log lines are, without traces, which may show what was sent."""

    def emit(self, record: logging.LogRecord) -> None:
        # Where a gateway can't be opened, the message is a trace whose last line says why.
        detail = record.getMessage().strip().rpartition("\n")[2]
        _LOG.log(record.levelno, "server: %s", detail, extra={"lumyn": {"event": "server", "detail": detail}})


def _take_over_logs() -> None:
    logger = logging.getLogger("uvicorn.error")
    logger.handlers = [_Forwarding(logging.WARNING)]
    logger.propagate = False


def _connections_max() -> int:
    """As many as there are descriptors for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        _CONNECTIONS_MAX if soft == resource.RLIM_INFINITY else max(16, min(_CONNECTIONS_MAX, soft - _DESCRIPTORS_KEPT))
    )
