"""`lumyn serve`: serve a workspace over HTTP."""

import errno
import logging
import re
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from lumyn.cli.endings import Misconfigured, Unavailable
from lumyn.cli.terminal import count, escape, say
from lumyn.cli.workspaces import endings, found, opened_gateway, workspace_option
from lumyn.logs import LEVELS

if TYPE_CHECKING:
    import socket

    from lumyn.api.listening import Address
    from lumyn.workspace import Workspace

__all__ = ["command"]

_LOG = logging.getLogger("lumyn.api")
_NEEDED = ("jinja2", "starlette", "uvicorn")
_INSTALL = 'run pip install ".[service]" in the checkout, or install the wheel with [service] behind its name'
_WORKERS_MAX = 64
_HOST_AND_PORT = re.compile(r"(\[.+\]|[^:]+):([0-9]{1,5})")


@attrs.frozen
class _Place:
    """Where to listen: on a Unix socket, or on a host's addresses."""

    host: str
    port: int
    path: Path | None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"unix:{self.path}" if self.path is not None else f"http://{host}:{self.port}"


@click.command(
    short_help="Serve a workspace over HTTP.",
    epilog="Example: lumyn serve --workspace refunds --uds lumyn.sock",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="HOST", help="A name or an address to listen on."
)
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="0 takes a free one.")
@click.option(
    "--uds", "path", type=click.Path(path_type=Path), metavar="PATH", help="A Unix socket instead of host and port."
)
@click.option(
    "--workers", type=click.IntRange(1, _WORKERS_MAX), default=1, show_default=True, help="How many processes serve."
)
@click.option(
    "--forwarded-allow-ips",
    "proxies",
    default="",
    metavar="ADDRESSES",
    help="Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, separated by commas; else none.",
)
@click.option(
    "--log-level",
    type=click.Choice(LEVELS),
    help="Of the JSON lines on standard error; else that of the settings, warnings at least.",
)
@workspace_option
def command(
    *, host: str, port: int, path: Path | None, workers: int, proxies: str, log_level: str | None, folder: str
) -> None:
    """Decide for callers in any language, and show people what was decided, until Ctrl-C or SIGTERM.

    What was accepted is finished then. SIGHUP loads the policy again: all or nothing. Beyond this machine the service
    listens only where a signing_secret is set.
    """
    _check_installed()
    _check_place(host, path)
    as_found = found(folder)
    workspace = _with_logs(as_found, log_level)
    ended = _log_end if (log_level or as_found.config.log_level) != "off" else _say_end
    place = _Place(host, port, path)
    addresses = [] if path is not None else _addresses(place)
    _check_reach(workspace, place, addresses)
    decides = _checked(workspace)
    sockets = _bound(place, addresses)
    if path is None:
        place = attrs.evolve(place, port=sockets[0].getsockname()[1])

    def ready() -> None:
        by = "" if workers == 1 else f" with {count(workers, 'worker')}"
        say(f"{decides} decides.")
        if workspace.config.signing_secret is None:
            say("No signing_secret is set: whoever reaches this address may decide and read.")
        say(f"Serving {workspace.folder} at {place}{by}. Ctrl-C ends it, SIGHUP loads the policy again.")

    believed = tuple(address.strip() for address in proxies.split(",") if address.strip())
    try:
        _serve(workspace, sockets, place, workers, believed, ready, ended)
    finally:
        if path is not None:
            path.unlink(missing_ok=True)


def _serve(
    workspace: "Workspace",
    sockets: "Sequence[socket.socket]",
    place: _Place,
    workers: int,
    proxies: tuple[str, ...],
    ready: Callable[[], None],
    ended: Callable[[int, str], None],
) -> None:
    bound_host = None if place.path is not None else place.host
    if workers == 1:
        from lumyn.api.server import serve

        serve(workspace, sockets, bound_host=bound_host, proxies=proxies, is_shared=False, ready=ready)
        return
    from lumyn.api.worker import Orders
    from lumyn.api.workers import Workers

    descriptors = tuple(listening.fileno() for listening in sockets)
    orders = Orders(str(workspace.folder), workspace.config, descriptors, bound_host, proxies)
    if not Workers(orders, workers, ready=ready, ended=ended).run():
        raise Unavailable("not every worker ended well; the log lines above say why")


def _log_end(process_id: int, how: str) -> None:
    """For programs, which watch for errors: one that is replaced again and again is none to overlook."""
    facts = {"event": "worker ended", "worker": process_id, "detail": how}
    _LOG.error("worker ended: %s", how, extra={"lumyn": facts})


def _say_end(process_id: int, how: str) -> None:
    say(f"Worker {process_id} ended by {how}; another one takes its place.")


def _check_installed() -> None:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise Unavailable(f"the service needs {' and '.join(missing)}; {_INSTALL}")


def _check_place(host: str, path: Path | None) -> None:
    """Whether it is one place, as options name it."""
    context = click.get_current_context()
    for name in ("host", "port"):
        if path is not None and context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name} and --uds are two places; leave one of them out")
    if found := _HOST_AND_PORT.fullmatch(host):
        detail = f"{host!r} has a port behind it; write --host {found[1].strip('[]')} --port {found[2]}"
        raise click.BadParameter(escape(detail), param_hint="--host")


def _with_logs(workspace: "Workspace", log_level: str | None) -> "Workspace":
    """A service that says nothing of what goes wrong can't be run."""
    level = log_level or (workspace.config.log_level if workspace.config.log_level != "off" else "warning")
    return attrs.evolve(workspace, config=attrs.evolve(workspace.config, log_level=level))


def _addresses(place: _Place) -> "list[Address]":
    from lumyn.api.listening import addresses_of

    if not place.host:
        raise click.BadParameter("it is empty; name an address, such as 127.0.0.1", param_hint="--host")
    try:
        return addresses_of(place.host, place.port)
    except (OSError, UnicodeError) as problem:
        raise Unavailable(escape(f"--host {place.host}: no address is known for it ({problem})")) from problem


def _check_reach(workspace: "Workspace", place: _Place, addresses: "Sequence[Address]") -> None:
    """Nobody else's machine may have things decided unsigned, and whoever calls has to know by what name."""
    if all(address.is_loopback for address in addresses):
        return
    if workspace.config.signing_secret is None:
        raise Misconfigured(
            escape(f"--host {place.host} lets other machines decide, and no signing_secret is set; ")
            + "set LUMYN_SIGNING_SECRET (make one with `openssl rand -hex 32`), or listen on 127.0.0.1"
        )
    is_wildcard = any(str(address.place[0]) in {"0.0.0.0", "::"} for address in addresses)  # noqa: S104
    if is_wildcard and workspace.config.allowed_hosts is None:
        raise Misconfigured(
            escape(f"--host {place.host} is no name to be called by; ")
            + "set LUMYN_ALLOWED_HOSTS to the names that callers use, such as decide.example.com"
        )


def _checked(workspace: "Workspace") -> str:
    """Open all that the service will open, and close it; which policy decides."""
    from lumyn.api.access import Access

    with endings():
        Access.of(workspace.config)
    with opened_gateway(workspace) as gateway:
        now = gateway.metrics()
    return f"{now.policy_id} {now.policy_version} {now.policy_hash}"


def _bound(place: _Place, addresses: "Sequence[Address]") -> "list[socket.socket]":
    from lumyn.api.listening import bound, bound_to_path
    from lumyn.files import words_of

    try:
        return bound(addresses) if place.path is None else [bound_to_path(place.path)]
    except OSError as problem:
        detail = words_of(problem)
        if problem.errno == errno.EADDRINUSE:
            detail = "something listens there already; stop it, or name another one"
        if problem.errno == errno.EEXIST:
            detail = "a file of another kind is there; move it away, or name another path"
        raise Unavailable(escape(f"can't listen at {place}: {detail}")) from problem
