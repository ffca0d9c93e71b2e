"""`lumyn label`: say what became of a decision."""

import click

from lumyn.cli.terminal import escape, json_text
from lumyn.cli.workspaces import actor_option, opened_archive, workspace_option

__all__ = ["command"]


@click.command(
    short_help="Say what became of a decision.",
    epilog='Example: lumyn label dec_01JZ1S7Y1NQ2A0D5JQK2Q2P3X4 --label failure --summary "Bad outcome in prod"',
)
@click.argument("decision_id", metavar="ID")
@click.option(
    "--label", required=True, type=click.Choice(["failure", "success", "near_miss"]), help="What became of it."
)
@click.option("--summary", metavar="TEXT", help="What happened, for people.")
@actor_option
@click.option("--json", "as_json", is_flag=True, help="Write the event that was recorded as JSON.")
@workspace_option
def command(*, decision_id: str, label: str, summary: str | None, actor: str, as_json: bool, folder: str) -> None:
    """Label the decision ID. The last label counts; what is like a failure is looked at by the policy's rules.

    The record itself never changes: the label is an event of its own.
    """
    with opened_archive(folder) as archive:
        event = archive.label(decision_id, label, summary=summary, actor=actor)
    if as_json:
        click.echo(json_text(event))
    else:
        click.echo(escape(f"{decision_id} is labelled {label} by {actor}"))
