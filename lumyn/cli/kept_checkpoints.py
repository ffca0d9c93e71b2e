"""Checkpoints that were kept in a file, as `verify` and `replay` are given them."""

from typing import TYPE_CHECKING

from lumyn.cli.endings import Refused
from lumyn.cli.inputs import CHECKPOINTS_BYTES_MAX, read, shown_name
from lumyn.cli.terminal import escape
from lumyn.cli.workspaces import endings

if TYPE_CHECKING:
    from lumyn.store.checkpoint import Checkpoint

__all__ = ["kept_checkpoints"]


def kept_checkpoints(path: str, size_max: int = CHECKPOINTS_BYTES_MAX) -> "list[Checkpoint]":
    """All checkpoints of a file or, for "-", of standard input; never some of them.

    size_max: in bytes
    """
    from lumyn.archive import read_checkpoints

    content = read(path, size_max)
    if len(content) > size_max:
        raise Refused(
            f"{escape(shown_name(path))}: more than {size_max:,} bytes of checkpoints;"
            " give those that count, such as the oldest and the newest, in a file of their own"
        )
    with endings():
        return read_checkpoints(content)
