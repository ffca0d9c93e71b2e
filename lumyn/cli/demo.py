"""`lumyn demo`: see decisions made, in a workspace of their own."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from lumyn.cli.endings import Refused
from lumyn.cli.inputs import write
from lumyn.cli.terminal import json_text, say
from lumyn.cli.workspaces import endings, opened_gateway

__all__ = ["command"]


@click.command(
    short_help="See decisions made, in a workspace of their own.",
    epilog="Example: lumyn demo --story",
)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--story", "is_story", is_flag=True, help="Tell how a failure that is labelled changes a later verdict.")
def command(*, folder: Path | None, is_story: bool) -> None:
    """Decide a few requests of a support agent, and print the Decision Records as a JSON list.

    It is done in a new workspace: FOLDER, to look around in afterwards, or else one that is gone at the end.
    """
    from lumyn.demo import requests, tell
    from lumyn.workspace import init

    with ExitStack() as stack:
        if folder is None:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lumyn-"))) / "demo"
        else:
            place = folder
        with endings():
            workspace = init(place)
        with opened_gateway(workspace) as gateway:
            if is_story:
                say("A workspace is made; its policy is the starter policy for support agents.")
                story = tell(gateway, say)
                records = list(story.records)
                if folder is not None:
                    write((str(folder / "decision_pack.zip"), story.pack))
                if not story.is_same:
                    raise Refused("the pack gave another record")
            else:
                records = [gateway.decide(request) for request in requests()]
    click.echo(json_text([record.to_dict() for record in records]))
    if folder is not None:
        say(f"Look around: lumyn log --workspace {folder}")
