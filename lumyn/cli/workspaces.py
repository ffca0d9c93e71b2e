"""The workspace that a command works in, its log and its gateway, and how their errors end a command."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from lumyn.cli.endings import Refused, Unavailable
from lumyn.cli.terminal import escape

if TYPE_CHECKING:
    from lumyn.archive import Archive
    from lumyn.decision_record import DecisionRecord
    from lumyn.errors import RequestError
    from lumyn.gateway import Gateway
    from lumyn.workspace import Workspace

__all__ = [
    "actor_option",
    "endings",
    "found",
    "opened_archive",
    "opened_gateway",
    "record_of",
    "workspace_option",
]

Command = TypeVar("Command", bound=Callable[..., object])


def workspace_option(command: Command) -> Command:
    """`--workspace`, of every command that works in one."""
    return click.option(
        "--workspace",
        "folder",
        default=".",
        metavar="FOLDER",
        type=_folder,
        help="The workspace, which `lumyn init` made; else the current folder.",
    )(command)


def actor_option(command: Command) -> Command:
    """`--actor`, of every command that says something of a decision."""
    return click.option("--actor", metavar="NAME", default=_actor, help="Who says so; else the user and the machine.")(
        command
    )


@contextmanager
def endings() -> Iterator[None]:
    """Turn the errors of workspace, policy and log into endings of a command."""
    from lumyn.config import ConfigError
    from lumyn.errors import ReplayError, RequestError
    from lumyn.store.errors import (
        CheckpointError,
        DatabaseError,
        EntryErasedError,
        EntryNotFoundError,
        StoreError,
        StoreMissingError,
    )
    from lumyn.store.opening import StorageUrlError
    from lumyn.workspace import WorkspaceError
    from lumyn_runtime.errors import ArtifactError, LumynError

    try:
        yield
    except (ConfigError, StorageUrlError) as problem:
        raise click.UsageError(escape(str(problem))) from problem
    except RequestError as problem:
        raise Refused(_problems(problem)) from problem
    except EntryNotFoundError as problem:
        detail = f"there is no {problem.entry_id} in this log; `lumyn log` lists its decisions"
        raise Refused(escape(detail)) from problem
    except ArtifactError as problem:
        raise Refused(f"the policy can't be used: {escape(str(problem))}; compile it again") from problem
    except (CheckpointError, EntryErasedError, ReplayError) as problem:
        raise Refused(escape(str(problem))) from problem
    except StoreMissingError as problem:
        hint = "restore it from a backup, or see that storage_url is right"
        raise Unavailable(f"{escape(str(problem))}; {hint}") from problem
    except (StoreError, WorkspaceError, OSError, DatabaseError) as problem:
        raise Unavailable(escape(str(problem))) from problem
    except LumynError as problem:
        _show_diagnostics(problem)
        raise click.exceptions.Exit(1) from problem


def found(folder: str) -> "Workspace":
    """The workspace of a folder; without one the command ends."""
    import os

    from lumyn.workspace import find

    with endings():
        return find(Path(folder), os.environ)


@contextmanager
def opened_archive(folder: str) -> Iterator["Archive"]:
    """The log of a workspace, to read it or to keep it in order."""
    from lumyn.archive import Archive

    workspace = found(folder)
    with endings(), Archive.open(workspace.storage_url) as archive:
        yield archive


@contextmanager
def opened_gateway(workspace: "Workspace", policy: str | None = None) -> Iterator["Gateway"]:
    """The gateway of a workspace, with another policy if that is named."""
    from lumyn.workspace import opened_gateway as opened

    with endings(), opened(workspace, None if policy is None else Path(policy)) as gateway:
        yield gateway


def record_of(archive: "Archive", decision_id: str) -> "DecisionRecord":
    """A record; without it the command ends, and says who erased it."""
    from lumyn.store.errors import EntryErasedError

    try:
        return archive.record(decision_id)
    except EntryErasedError as problem:
        said = archive.erasure_of(decision_id)
        by = "" if said is None else f" by {said['actor']} at {said['created_at']}: {said['reason']}"
        raise Refused(escape(f"{decision_id} was erased{by}")) from problem


def _problems(problem: "RequestError") -> str:
    """Its reason code, and what is wrong: beside it, or where there is more, a line each."""
    told = [escape(str(one)) for one in problem.problems]
    return f"{problem.reason_code}: {told[0]}" if len(told) == 1 else "\n  ".join((problem.reason_code, *told))


def _folder(name: str) -> str:
    if not name:
        raise click.BadParameter("it is empty; name the folder of a workspace")
    return name


def _actor() -> str:
    import getpass
    import os
    import socket

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # there is none of this number, as in containers
        user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def _show_diagnostics(problem: Exception) -> None:
    """What is wrong with a policy that does not compile."""
    from lumyn.cli.findings import show
    from lumyn_compiler.diagnostic import CompileError

    if not isinstance(problem, CompileError):
        raise problem
    show(problem.report, form="text", err=True)
