"""`lumyn log`: list and search decisions."""

from itertools import islice
from typing import TYPE_CHECKING

import click

from lumyn.cli.filters import filter_options
from lumyn.cli.terminal import escape_json, say
from lumyn.cli.workspaces import opened_archive, workspace_option

if TYPE_CHECKING:
    from lumyn.store.search import Filters

__all__ = ["command"]


@click.command(
    short_help="List and search decisions.",
    epilog="Example: lumyn log --verdict ABSTAIN --since 2h --target ch_123",
)
@filter_options
@click.option(
    "--unacknowledged",
    "is_late",
    is_flag=True,
    help="Only what was stored after its caller was told that it may not be.",
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many are listed at most.")
@click.option("--all", "has_all", is_flag=True, help="List all of them.")
@click.option("--before", metavar="ID", help="Only what was decided before this decision: the next page.")
@click.option("--json", "as_json", is_flag=True, help="Write the records as JSON, one a line.")
@workspace_option
def command(
    *,
    filters: "Filters",
    is_late: bool,
    limit: int,
    has_all: bool,
    before: str | None,
    as_json: bool,
    folder: str,
) -> None:
    """List decisions, the newest first. Every option that is given has to hold.

    What is --unacknowledged was answered with ABSTAIN while its storing was unknown: its caller did not go ahead, whatever
    the record says, and a retry with the same request_id gets the record.
    """
    from lumyn.cli.records import found_line
    from lumyn.store.errors import EntryErasedError

    with opened_archive(folder) as archive:
        archive.follow()
        listed = archive.unacknowledged if is_late else archive.newest
        found = listed(filters, None if before is None else archive.seq_of(before))
        last = None
        for decision in found if has_all else islice(found, limit):
            last = decision.decision_id
            if not as_json:
                click.echo(found_line(decision, has_request_id=is_late))
                continue
            try:
                click.echo(escape_json(archive.record(last).to_json()))
            except EntryErasedError:  # since it was found
                continue
        if last is None:
            say("No decision was found.")
        elif next(found, None) is not None:
            say(f"There are more: --before {last} lists the next, --all lists all.")
