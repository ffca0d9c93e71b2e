"""`lumyn backup`: a verified copy of the log."""

from pathlib import Path

import click

from lumyn.cli.endings import Unavailable
from lumyn.cli.terminal import count, escape, say
from lumyn.cli.workspaces import opened_archive, workspace_option
from lumyn.files import words_of

__all__ = ["command"]


@click.command(
    short_help="Write a verified copy of the log.",
    epilog="Example: lumyn backup elsewhere/lumyn.db",
)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@workspace_option
def command(*, path: Path, folder: str) -> None:
    """Copy the log and its key to FILE and FILE.key, while it is in use, and verify the copy.

    Nothing is overwritten. To restore it, put both in the place of the workspace's log, with no gateway running.
    """
    with opened_archive(folder) as archive:
        try:
            size = archive.store.backup(path)
        except OSError as problem:
            hint = "; make the folder first" if not path.parent.exists() else ""
            raise Unavailable(escape(f"can't write {path}: {words_of(problem)}{hint}")) from problem
    click.echo(escape(f"{path}: {count(size, 'entry')}, verified"))
    say(f"Its key is {path}.key: keep both where only you can read them, and a `lumyn checkpoint` apart from them.")
