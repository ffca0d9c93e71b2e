"""How a command ends where it does not end well: exceptions with their exit codes."""

import click

__all__ = ["Refused", "Unavailable"]


class Refused(click.ClickException):
    """The answer is no."""

    exit_code = 1


class Unavailable(click.ClickException):
    """The environment failed: a file can't be read or written."""

    exit_code = 3
