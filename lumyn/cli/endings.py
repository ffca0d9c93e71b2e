"""How a command ends where it does not end well: exceptions with their exit codes."""

import click

__all__ = ["Misconfigured", "Refused", "Unavailable"]


class Refused(click.ClickException):
    """The answer is no."""

    exit_code = 1


class Unavailable(click.ClickException):
    """The environment failed: a file can't be read or written."""

    exit_code = 3


class Misconfigured(click.ClickException):
    """A setting is wrong: wrong usage, though not of the command, so how that is called helps nobody."""

    exit_code = 2
