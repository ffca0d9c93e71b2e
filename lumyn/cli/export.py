"""`lumyn export`: write a decision for somebody else."""

import sys

import click

from lumyn.cli.inputs import file, write
from lumyn.cli.terminal import json_text, say
from lumyn.cli.workspaces import opened_archive, record_of, workspace_option
from lumyn.files import STANDARD_STREAM

__all__ = ["command"]


@click.command(
    short_help="Write a decision for somebody else.",
    epilog="Example: lumyn export dec_01JZ1S7Y1NQ2A0D5JQK2Q2P3X4 --pack --out decision_pack.zip",
)
@click.argument("decision_id", metavar="ID")
@click.option("--out", type=file, default=STANDARD_STREAM, help="The file to write; else standard output.")
@click.option(
    "--pack", "as_pack", is_flag=True, help="Write a decision pack, which `lumyn replay` verifies and decides again."
)
@click.option("--at", type=click.IntRange(1), metavar="SIZE", help="Prove the pack in the log as it was at this size.")
@workspace_option
def command(*, decision_id: str, out: str, as_pack: bool, at: int | None, folder: str) -> None:
    """Write the decision ID with its events as JSON; or, with --pack, all that is needed to decide it again elsewhere.

    The same decision at the same size of the log gives the same pack, byte for byte.
    """
    if at is not None and not as_pack:
        raise click.UsageError("--at is for packs; it goes with --pack")
    if as_pack and out == STANDARD_STREAM and sys.stdout.isatty():
        raise click.UsageError("a pack is no text for a terminal; name a file with --out")
    with opened_archive(folder) as archive:
        record = record_of(archive, decision_id)
        if as_pack:
            content = archive.pack(decision_id, at)
        else:
            exported = {"record": record.to_dict(), "events": archive.events(decision_id)}
            content = f"{json_text(exported)}\n".encode()
    write((out, content))
    if out != STANDARD_STREAM:
        say(f"{out}: {len(content):,} bytes")
