"""The workspace that a command works in, its log and its gateway, and how their errors end a command."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lumyn.cli.endings import Misconfigured, Refused, Unavailable
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
    "erasure_text",
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
    from lumyn.files import words_of
    from lumyn.lockdown import LockdownError
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
        raise Misconfigured(escape(str(problem))) from problem
    except RequestError as problem:
        raise Refused(_problems(problem)) from problem
    except EntryNotFoundError as problem:
        detail = f"there is no {problem.entry_id} in this log; `lumyn log` lists its decisions"
        raise Refused(escape(detail)) from problem
    except ArtifactError as problem:
        raise Refused(f"the policy can't be used: {escape(str(problem))}; compile it again") from problem
    except (CheckpointError, EntryErasedError, LockdownError, ReplayError) as problem:
        raise Refused(escape(str(problem))) from problem
    except StoreMissingError as problem:
        hint = "restore it from a backup, or see that storage_url is right"
        raise Unavailable(f"{escape(str(problem))}; {hint}") from problem
    except (StoreError, WorkspaceError, DatabaseError) as problem:
        raise Unavailable(escape(str(problem))) from problem
    except OSError as problem:
        named = "" if problem.filename is None else f"can't use {problem.filename}: "
        raise Unavailable(escape(f"{named}{words_of(problem)}")) from problem
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

    path = workspace.policy_path if policy is None else Path(policy)
    with endings(), ExitStack() as stack:
        with _of_policy(path, workspace, is_named=policy is not None):
            gateway = stack.enter_context(opened(workspace, path))
        yield gateway


@contextmanager
def _of_policy(path: Path, workspace: "Workspace", *, is_named: bool) -> Iterator[None]:
    """Say of a policy that can't decide which file it is, and what to do about it.

    is_named: by the command, and not by the settings
    """
    from lumyn.files import words_of
    from lumyn_runtime.errors import ArtifactError

    try:
        yield
    except ArtifactError as problem:
        # Which looks at all that a workspace has, and most commands do without.
        from lumyn.checkup import PIN_MEND, is_pinned_out

        is_out = is_pinned_out(path, workspace.config.policy_hash)
        mend = PIN_MEND if is_out else "compile it again"
        raise Refused(escape(f"the policy can't be used: {path}: {problem}; {mend}")) from problem
    except OSError as problem:
        if problem.filename is None or Path(problem.filename) != path:
            raise
        mend = "" if is_named else "; compile one to there, or mend policy_path; `lumyn doctor` says more"
        raise Unavailable(escape(f"can't read the policy {path}: {words_of(problem)}{mend}")) from problem


def record_of(archive: "Archive", decision_id: str) -> "DecisionRecord":
    """A record; without it the command ends, and says who erased it."""
    from lumyn.store.errors import EntryErasedError

    try:
        return archive.record(decision_id)
    except EntryErasedError as problem:
        said = archive.erasure_of(decision_id)
        by = "" if said is None else f" {erasure_text(said)}"
        raise Refused(escape(f"{decision_id} was erased{by}")) from problem


def erasure_text(erasure: dict[str, Any]) -> str:
    """Who erased an entry, when and why."""
    return f"by {erasure['actor']} at {erasure['created_at']}: {erasure['reason']}"


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
    """What is wrong with a policy that does not compile; of any other error what it says itself."""
    from lumyn.cli.findings import show
    from lumyn_compiler.diagnostic import CompileError

    if not isinstance(problem, CompileError):
        raise Unavailable(escape(str(problem))) from problem
    show(problem.report, form="text", err=True)
