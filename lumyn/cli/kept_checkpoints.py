"""Checkpoints that were kept in a file, as `verify` and `replay` are given them."""

from typing import TYPE_CHECKING

from lumyn.cli.endings import Refused
from lumyn.cli.inputs import CHECKPOINTS_BYTES_MAX, read, shown_name
from lumyn.cli.terminal import escape

if TYPE_CHECKING:
    from lumyn.store.checkpoint import Checkpoint

__all__ = ["kept_checkpoints"]


def kept_checkpoints(path: str, size_max: int = CHECKPOINTS_BYTES_MAX) -> "list[Checkpoint]":
    """All checkpoints of a file or, for "-", of standard input; never some of them.

    size_max: in bytes
    """
    from lumyn.archive import read_checkpoints
    from lumyn.store.errors import CheckpointError

    content = read(path, size_max)
    if len(content) > size_max:
        raise Refused(
            f"{escape(shown_name(path))}: more than {size_max:,} bytes of checkpoints;"
            " give those that count, such as the oldest and the newest, in a file of their own"
        )
    try:
        return read_checkpoints(content)
    except CheckpointError as problem:
        detail = f"{shown_name(path)}: {problem}; `lumyn checkpoint` prints what belongs there"
        raise Refused(escape(detail)) from problem
