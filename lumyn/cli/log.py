"""`lumyn log`: list and search decisions."""

from itertools import islice
from typing import TYPE_CHECKING

import click

from lumyn.cli.filters import filter_options
from lumyn.cli.records import found_line
from lumyn.cli.terminal import escape, escape_json, json_text, say
from lumyn.cli.workspaces import opened_archive, workspace_option

if TYPE_CHECKING:
    from lumyn.archive import Archive
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
@click.option("--json", "form", flag_value="json", help="Write the records as JSON, one a line.")
@click.option(
    "--json-with-label",
    "form",
    flag_value="labelled",
    help="Write each record and the event of its last label as JSON.",
)
@click.option("--ids", "form", flag_value="ids", help="Write the ids alone, one a line.")
@workspace_option
def command(
    *,
    filters: "Filters",
    is_late: bool,
    limit: int,
    has_all: bool,
    before: str | None,
    form: str | None,
    folder: str,
) -> None:
    """List decisions, the newest first, each with its last label and who gave it. Every option that is given has to hold.

    What is --unacknowledged was answered with ABSTAIN while its storing was unknown: its caller did not go ahead, whatever
    the record says, and a retry with the same request_id gets the record.
    """
    with opened_archive(folder) as archive:
        archive.follow()
        listed = archive.unacknowledged if is_late else archive.newest
        found = listed(filters, None if before is None else archive.seq_of(before))
        last = None
        for decision in found if has_all else islice(found, limit):
            last = decision.decision_id
            match form:
                case None:
                    click.echo(found_line(decision, archive.last_label(last), has_request_id=is_late))
                case "ids":
                    click.echo(escape(last))
                case _:
                    _show_json(archive, last, has_label=form == "labelled")
        if last is None:
            say("No decision was found.")
        elif next(found, None) is not None:
            say(f"There are more: --before {last} lists the next, --all lists all.")


def _show_json(archive: "Archive", decision_id: str, *, has_label: bool) -> None:
    from lumyn.store.errors import EntryErasedError

    try:
        record = archive.record(decision_id)
    except EntryErasedError:  # since it was found
        return
    if has_label:
        shown = {"record": record.to_dict(), "label": archive.last_label(decision_id)}
        click.echo(json_text(shown, indent=None))
    else:
        click.echo(escape_json(record.to_json()))
