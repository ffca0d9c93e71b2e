"""Every command there is."""

from collections.abc import Iterator

import click

from lumyn.cli import lumyn
from lumyn.cli.lazy import LazyGroup


def commands(group: LazyGroup = lumyn, *above: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its full name, groups included."""
    for name in group.helps:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield (*above, name), command
        if isinstance(command, LazyGroup):
            yield from commands(command, *above, name)


COMMANDS = list(commands())
