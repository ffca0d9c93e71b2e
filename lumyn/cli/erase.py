"""`lumyn erase`: delete what a record or an event says."""

import sys
from typing import TYPE_CHECKING

import click

from lumyn.cli.terminal import count, escape, say
from lumyn.cli.workspaces import actor_option, erasure_text, opened_archive, workspace_option

if TYPE_CHECKING:
    from lumyn.archive import Archive

__all__ = ["command"]


@click.command(
    short_help="Delete what a record or an event says.",
    epilog='Example: lumyn erase dec_01JZ1S7Y1NQ2A0D5JQK2Q2P3X4 --reason "Request DSR-7" --yes',
)
@click.argument("entry_id", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept, so it must not say what is erased.")
@actor_option
@click.option("--with-events", is_flag=True, help="Erase what was said of the decision, too.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@workspace_option
def command(*, entry_id: str, reason: str, actor: str, with_events: bool, yes: bool, folder: str) -> None:
    """Delete the contents of the decision or event ID, for good, from every file of the workspace.

    That it was there, who erased it and why stay in the log, and `lumyn verify` says so. Copies elsewhere, packs and backups
    among them, are not reached.
    """
    if not reason.strip():
        raise click.BadParameter("it is empty; say why", param_hint="--reason")
    with opened_archive(folder) as archive:
        entry_ids = [entry_id, *(_event_ids(archive, entry_id) if with_events else [])]
        _confirm(entry_id, len(entry_ids) - 1, yes=yes)
        is_wiped = True
        for one in entry_ids:
            before = archive.erasure_of(one)
            is_wiped = archive.erase(one, reason=reason, actor=actor).is_wiped and is_wiped
            said = "is erased" if before is None else f"is already erased, {erasure_text(before)}"
            click.echo(escape(f"{one} {said}"))
        left = [] if with_events else _event_ids(archive, entry_id)
    if left:
        say(
            f"{count(len(left), 'event')} of it {'is' if len(left) == 1 else 'are'} kept; --with-events erases them, too."
        )
    if not is_wiped:
        say("Another program reads the log, so its old bytes go when that has ended.")


def _event_ids(archive: "Archive", decision_id: str) -> list[str]:
    return [str(event["event_id"]) for event in archive.events(decision_id)]


def _confirm(entry_id: str, event_count: int, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("erasing can't be undone; --yes says that it is meant")
    also = f" and {count(event_count, 'event')} of it" if event_count else ""
    click.confirm(escape(f"Erase {entry_id}{also} for good?"), abort=True, err=True)
