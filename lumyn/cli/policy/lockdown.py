"""`lumyn policy lockdown`: let nothing through by itself, in an incident."""

from typing import TYPE_CHECKING

import click

from lumyn.cli.endings import Refused, Unavailable
from lumyn.cli.terminal import escape, json_text, say
from lumyn.cli.workspaces import endings, found, workspace_option
from lumyn.errors import FileError

if TYPE_CHECKING:
    from lumyn.loaded_policy import LoadedPolicy
    from lumyn.lockdown import LockedDown
    from lumyn.workspace import Workspace

__all__ = ["command"]


@click.command(
    short_help="Let nothing through by itself, in an incident.",
    epilog="Example: lumyn policy lockdown --workspace refunds",
)
@click.option("--undo", "is_undone", is_flag=True, help="Put the former policy back.")
@click.option("--json", "as_json", is_flag=True, help="Write what was done as JSON.")
@workspace_option
def command(*, is_undone: bool, as_json: bool, folder: str) -> None:
    """Put the shipped policy that escalates everything in the place of the workspace's, and keep the former beside it.

    Gateways that run take it over within a second, even where policy_hash pins another policy. It redacts what the former
    policy redacts. The exit code is 1 where actions may go on all the same, since the mode is advisory.
    """
    workspace = found(folder)
    try:
        with endings():
            if is_undone:
                _undo(workspace, as_json=as_json)
            else:
                _lock(workspace, folder, as_json=as_json)
    except FileError as problem:
        raise Unavailable(f"can't write {escape(str(problem))}; nothing was changed") from problem


def _lock(workspace: "Workspace", folder: str, *, as_json: bool) -> None:
    from lumyn.lockdown import lock_down

    made = lock_down(workspace.policy_path)
    advisory = workspace.config.mode == "advisory"
    if as_json:
        click.echo(json_text(_values(made, advisory=advisory)))
    else:
        click.echo(escape(f"{'already ' if made.was_so else ''}locked down: {_named(made.lockdown)}"))
        _explain(made, "" if folder == "." else f" --workspace {folder}")
    if advisory:
        raise Refused(
            'the mode is advisory, so callers go on whatever the verdict is; set mode = "enforce", in lumyn.toml or as'
            " LUMYN_MODE, and start the gateways again"
        )


def _explain(made: "LockedDown", inside: str) -> None:
    if made.kept is not None:
        before = "a policy that can't be read" if made.former is None else _named(made.former)
        say(f"Before, {before} decided; it is kept as {made.kept}.")
    if made.former is None and made.kept is not None:
        say("What that one redacts is not known, so only the redaction profile redacts now.")
    say("Every request is escalated, with the reason LOCKDOWN; gateways that run do so within a second.")
    say("What was decided since, and how to end it:")
    say(f"  lumyn log --reason LOCKDOWN{inside}")
    say(f"  lumyn policy lockdown --undo{inside}")


def _undo(workspace: "Workspace", *, as_json: bool) -> None:
    from lumyn.lockdown import LockdownError, lift

    try:
        former = lift(workspace.policy_path, workspace.config.policy_hash)
    except LockdownError as problem:
        raise Refused(escape(str(problem))) from problem
    if as_json:
        click.echo(json_text({"is_locked_down": False, "policy": _policy(former)}))
    else:
        click.echo(escape(f"no longer locked down: {_named(former)}"))
        say("Gateways that run take it over within a second.")


def _named(loaded: "LoadedPolicy") -> str:
    policy = loaded.policy
    return f"{policy.policy_id} {policy.policy_version} {policy.policy_hash}"


def _policy(loaded: "LoadedPolicy | None") -> dict[str, str] | None:
    if loaded is None:
        return None
    policy = loaded.policy
    return {
        "policy_id": policy.policy_id,
        "policy_version": policy.policy_version,
        "policy_hash": policy.policy_hash,
    }


def _values(made: "LockedDown", *, advisory: bool) -> dict[str, object]:
    return {
        "is_locked_down": True,
        "was_locked_down": made.was_so,
        "is_advisory": advisory,
        "policy": _policy(made.lockdown),
        "former_policy": _policy(made.former),
        "kept": None if made.kept is None else str(made.kept),
    }
