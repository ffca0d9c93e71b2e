"""`lumyn watch`: see decisions as they are made."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

import click

from lumyn.cli.filters import filter_options
from lumyn.cli.streams import end_where_nobody_reads
from lumyn.cli.terminal import escape_json, say
from lumyn.cli.workspaces import opened_archive, workspace_option

if TYPE_CHECKING:
    from lumyn.archive import Archive
    from lumyn.store.search import Filters, Found

__all__ = ["command"]

EVERY_SECONDS = 0.5
# Within which interrupts are one.
_ONCE_SECONDS = 0.5


@click.command(
    short_help="See decisions as they are made.",
    epilog="Example: lumyn watch --verdict ESCALATE",
)
@filter_options
@click.option("--last", type=click.IntRange(0), default=10, show_default=True, help="How many of the past come first.")
@click.option("--json", "as_json", is_flag=True, help="Write the records as JSON, one a line.")
@workspace_option
def command(*, filters: "Filters", last: int, as_json: bool, folder: str) -> None:
    """List the last decisions, and then every decision as it is made, by whatever gateway, until Ctrl-C."""
    with _until_interrupted() as interrupted, opened_archive(folder) as archive:
        archive.follow()
        seq = archive.store.size() - 1
        for decision in reversed(list(islice(archive.newest(filters, seq + 1), last))):
            _show(archive, decision, as_json=as_json)
        say("Watching. Ctrl-C ends it.")
        while not interrupted.wait(EVERY_SECONDS):
            end_where_nobody_reads()
            for decision in archive.after(filters, seq):
                _show(archive, decision, as_json=as_json)
                seq = decision.seq


@contextmanager
def _until_interrupted() -> Iterator[Event]:
    """Ctrl-C, which is how a live view ends, as an event: a line that is being written is written once and whole.

    A second Ctrl-C ends what does not get that far; one that a process and its group are sent comes twice at once.
    """
    interrupted = Event()
    interrupted_at = 0.0

    def interrupt(_number: int, _frame: object) -> None:
        nonlocal interrupted_at
        if interrupted.is_set() and monotonic() - interrupted_at > _ONCE_SECONDS:
            raise KeyboardInterrupt
        if not interrupted.is_set():
            interrupted_at = monotonic()
            interrupted.set()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


def _show(archive: "Archive", decision: "Found", *, as_json: bool) -> None:
    from lumyn.cli.records import found_line
    from lumyn.store.errors import EntryErasedError

    if not as_json:
        click.echo(found_line(decision, archive.last_label(decision.decision_id)))
        return
    try:
        click.echo(escape_json(archive.record(decision.decision_id).to_json()))
    except EntryErasedError:  # since it was found
        return
