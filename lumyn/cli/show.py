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
    """Show the decision ID, with its events below it; of one that was erased, who erased it, when and why.

    On a terminal --raw too shows control and invisible characters as escapes.
    """
    from lumyn.cli.records import erased_lines, record_lines
    from lumyn.store.errors import EntryErasedError

    if as_json and raw:
        raise click.UsageError("--raw writes the record alone, and --json its events too; choose one")
    record = erasure = None
    with opened_archive(folder) as archive:
        try:
            record = record_of(archive, decision_id) if raw else archive.record(decision_id)
        except EntryErasedError:
            erasure = archive.erasure_of(decision_id)
            if erasure is None:
                raise
        events = archive.events(decision_id)
    if raw:
        assert record is not None
        on_terminal = sys.stdout.isatty()
        click.echo(escape_json(record.to_json()) if on_terminal else record.content, nl=on_terminal)
    elif as_json:
        shown = {"record": None, "erasure": erasure} if record is None else {"record": record.to_dict()}
        click.echo(json_text({**shown, "events": events}))
    elif record is not None:
        click.echo("\n".join(record_lines(record.to_dict(), events)))
    else:
        assert erasure is not None
        click.echo("\n".join(erased_lines(erasure, events)))
