"""`lumyn show`: a decision, and what was said of it."""

import sys

import click

from lumyn.cli.terminal import escape_json, json_text
from lumyn.cli.workspaces import opened_archive, record_of, workspace_option

__all__ = ["command"]


@click.command(
    short_help="Show a decision, and what was said of it.",
    epilog="Example: lumyn show dec_01JZ1S7Y1NQ2A0D5JQK2Q2P3X4",
)
@click.argument("decision_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Write the record and its events as JSON.")
@click.option("--raw", is_flag=True, help="Write the record alone, byte for byte as it is stored.")
@workspace_option
def command(*, decision_id: str, as_json: bool, raw: bool, folder: str) -> None:
    """Show the decision ID, with its events below it.

    On a terminal --raw too shows control and invisible characters as escapes.
    """
    from lumyn.cli.records import record_lines

    if as_json and raw:
        raise click.UsageError("--raw writes the record alone, and --json its events too; choose one")
    with opened_archive(folder) as archive:
        record = record_of(archive, decision_id)
        events = archive.events(decision_id)
    if raw:
        on_terminal = sys.stdout.isatty()
        click.echo(escape_json(record.to_json()) if on_terminal else record.content, nl=on_terminal)
    elif as_json:
        click.echo(json_text({"record": record.to_dict(), "events": events}))
    else:
        click.echo("\n".join(record_lines(record.to_dict(), events)))
