"""A group whose commands are imported only when they run."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec

import click

__all__ = ["LazyGroup"]


class LazyGroup(click.Group):
    """A group that knows its commands by name and one-line help.

    helps: one line of help by command; the command is `command` of the module of that name in `package`
    """

    def __init__(self, *, package: str, helps: Mapping[str, str], **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.package = package
        self.helps = helps

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order in which help shows them."""
        return list(self.helps)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in self.helps:
            return None
        command: click.Command = import_module(f"{self.package}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant, or suggest the nearest one."""
        name = args[0]
        near = get_close_matches(name, self.helps, n=1)
        if name not in self.helps:
            near += [f"{group} {name}" for group in self._groups() if name in self._group(ctx, group).helps]
        if name not in self.helps and near:
            ctx.fail(f"no command is called {name!r}; did you mean {near[-1]!r}?")
        return super().resolve_command(ctx, args)

    def _groups(self) -> list[str]:
        """The commands that are groups themselves: those that are packages."""
        specs = {name: find_spec(f"{self.package}.{name}") for name in self.helps}
        return [
            name for name, spec in specs.items() if spec is not None and spec.submodule_search_locations is not None
        ]

    def _group(self, ctx: click.Context, name: str) -> "LazyGroup":
        group = self.get_command(ctx, name)
        assert isinstance(group, LazyGroup)
        return group

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.helps.items()))
