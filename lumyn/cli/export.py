"""`lumyn export`: write decisions for somebody else."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lumyn.cli.endings import Refused, Unavailable
from lumyn.cli.filters import filter_options
from lumyn.cli.inputs import file, write
from lumyn.cli.terminal import count, escape, json_text, say
from lumyn.cli.workspaces import opened_archive, record_of, workspace_option
from lumyn.files import STANDARD_STREAM

if TYPE_CHECKING:
    from lumyn.archive import Archive
    from lumyn.store.search import Filters

__all__ = ["command"]


@click.command(
    short_help="Write decisions for somebody else.",
    epilog="Example: lumyn export dec_01JZ1S7Y1NQ2A0D5JQK2Q2P3X4 --pack --out decision_pack.zip",
)
@click.argument("decision_ids", metavar="[ID]...", nargs=-1)
@click.option("--out", type=file, default=STANDARD_STREAM, help="The file to write; else standard output.")
@click.option("--into", type=click.Path(path_type=Path), help="A new folder, for many decisions and their checkpoint.")
@click.option(
    "--pack", "as_pack", is_flag=True, help="Write a decision pack, which `lumyn replay` verifies and decides again."
)
@click.option("--at", type=click.IntRange(1), metavar="SIZE", help="Prove packs in the log as it was at this size.")
@filter_options
@workspace_option
def command(
    *,
    decision_ids: tuple[str, ...],
    out: str,
    into: Path | None,
    as_pack: bool,
    at: int | None,
    filters: "Filters",
    folder: str,
) -> None:
    """Write the decision ID with its events as JSON; or, with --pack, all that is needed to decide it again elsewhere.

    With --into, every ID, or every decision that is found, as `lumyn log` finds it, is written into a folder of its own, with
    the checkpoint that proves the packs. The same decision at the same size of the log gives the same pack, byte for byte.
    """
    from lumyn.store.search import Filters

    is_filtered = filters != Filters()
    if at is not None and not as_pack:
        raise click.UsageError("--at is for packs; it goes with --pack")
    if bool(decision_ids) == is_filtered:
        raise click.UsageError("name decisions by their IDs, or by what `lumyn log` finds them by")
    if into is None and (is_filtered or len(decision_ids) > 1):
        raise click.UsageError("many decisions need a folder; name a new one with --into")
    if into is not None and out != STANDARD_STREAM:
        raise click.UsageError("--into names a folder and --out a file; choose one")
    if into is None and as_pack and out == STANDARD_STREAM and sys.stdout.isatty():
        raise click.UsageError("a pack is no text for a terminal; name a file with --out")
    with opened_archive(folder) as archive:
        if into is None:
            _one(archive, decision_ids[0], out, at, as_pack=as_pack)
        else:
            found = _found(archive, filters) if is_filtered else list(dict.fromkeys(decision_ids))
            _many(archive, found, into, at, as_pack=as_pack)


def _one(archive: "Archive", decision_id: str, out: str, at: int | None, *, as_pack: bool) -> None:
    record_of(archive, decision_id)
    content = archive.pack(decision_id, at) if as_pack else _json(archive, decision_id)
    write((out, content))
    if out != STANDARD_STREAM:
        say(f"{out}: {len(content):,} bytes")


def _many(archive: "Archive", decision_ids: list[str], into: Path, at: int | None, *, as_pack: bool) -> None:
    from lumyn.store.checkpoint import write_checkpoint

    for decision_id in decision_ids:
        record_of(archive, decision_id)
        if at is not None and not archive.seq_of(decision_id) < at <= archive.store.size():
            detail = f"the log has {archive.store.size()} entries, and this is number {archive.seq_of(decision_id)}"
            raise Refused(escape(f"{decision_id}: {detail}: no pack can be at {at}"))
    if not decision_ids:
        say("No decision was found.")
        return
    try:
        into.mkdir(mode=0o700)
    except OSError as problem:
        detail = "it is there already" if isinstance(problem, FileExistsError) else (problem.strerror or "").lower()
        raise Unavailable(escape(f"can't make the folder {into}: {detail}; name a new one")) from problem
    log = archive.proved_log(at)
    packs = archive.packs(decision_ids, log) if as_pack else ((one, _json(archive, one)) for one in decision_ids)
    for decision_id, content in packs:
        path = str(into / f"{decision_id}.{'zip' if as_pack else 'json'}")
        write((path, content))
        click.echo(escape(path))
    kept = str(into / "checkpoint.txt")
    write((kept, write_checkpoint(log.checkpoint)))
    said = f"{count(len(decision_ids), 'decision')}, and the checkpoint of {log.checkpoint.size:,} entries: {kept}"
    say(f"{said}; verify each with `lumyn replay FILE --checkpoint {kept}`." if as_pack else f"{said}.")


def _found(archive: "Archive", filters: "Filters") -> list[str]:
    """In the order of the log."""
    archive.follow()
    return [decision.decision_id for decision in archive.newest(filters)][::-1]


def _json(archive: "Archive", decision_id: str) -> bytes:
    exported = {"record": record_of(archive, decision_id).to_dict(), "events": archive.events(decision_id)}
    return f"{json_text(exported)}\n".encode()
