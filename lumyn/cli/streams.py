"""Standard output and error of the command: UTF-8, and a failure to write that ends as the exit codes say."""

import errno
import os
import select
import stat
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import TYPE_CHECKING

import click

from lumyn.cli.endings import Unavailable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["end_where_nobody_reads", "open_streams"]


def open_streams() -> None:
    """Put streams of our own in the place of Python's.

    Python takes a standard output that the shell has closed for one that swallows everything, and Click takes one whose
    reader has gone for an answer that is no. Either would tell a script that there is an answer, which nobody has got.
    """
    sys.stdout = _text(_Output(_descriptor(sys.stdout, 1), "wb", closefd=False))
    sys.stderr = _text(_Remarks(_descriptor(sys.stderr, 2), "wb", closefd=False))


def end_where_nobody_reads() -> None:
    """End the command where standard output is a pipe whose reader has gone, though there is nothing to write just now."""
    try:
        descriptor = sys.stdout.fileno()
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError):  # there is no file beneath it
        return
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return
    asked = select.poll()
    asked.register(descriptor, 0)
    # What can't be asked for is told all the same: the other end is closed.
    if any(events & (select.POLLERR | select.POLLHUP) for _, events in asked.poll(0)):
        raise click.exceptions.Exit(Unavailable.exit_code)


class _Output(FileIO):
    """Data: the first failure to write ends the command, and what is written after it is lost too."""

    lost = False

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write, unless that has failed before."""
        if self.lost:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except BrokenPipeError as problem:  # whoever reads has had enough, so there is nobody to tell
            self.lost = True
            raise click.exceptions.Exit(Unavailable.exit_code) from problem
        except OSError as problem:
            self.lost = True
            closed = problem.errno == errno.EBADF
            detail = "it is closed" if closed else os.strerror(problem.errno or 0).lower()
            raise Unavailable(f"can't write to standard output: {detail}") from problem


class _Remarks(FileIO):
    """Everything that is said beside the data: where nobody hears it, the answer is still the answer."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write if that is possible."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _descriptor(stream: object, usual: int) -> int:
    """The stream's descriptor; for one that the shell has closed, one that can't be written to.

    It also keeps a file that is opened later from taking the descriptor's place.
    """
    return usual if stream is not None else os.open(os.devnull, os.O_RDONLY)


def _text(raw: FileIO) -> TextIOWrapper:
    """Whatever the locale, a policy's text is UTF-8; what can't be encoded is shown as an escape."""
    return TextIOWrapper(BufferedWriter(raw), encoding="utf-8", errors="backslashreplace")
