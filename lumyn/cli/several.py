"""Commands that do one thing to several files."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

__all__ = ["Several"]


class Several:
    """Goes on where one of several files fails, so that it does not hide the others; the worst of them is the end.

    exit_code: the highest so far; a file that can't be read is worse than one to which the answer is no
    """

    def __init__(self) -> None:
        self.exit_code = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Do the work on one file in here: an error is shown, and ends this file alone."""
        try:
            yield
        except click.ClickException as problem:
            problem.show()
            self.exit_code = max(self.exit_code, problem.exit_code)
        except click.exceptions.Exit as ending:
            self.exit_code = max(self.exit_code, ending.exit_code)

    def end(self) -> None:
        """End the command, unless all is well."""
        if self.exit_code:
            raise click.exceptions.Exit(self.exit_code)
