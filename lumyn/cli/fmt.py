"""`lumyn fmt`: rewrite policies in their canonical form."""

import click

from lumyn.cli.endings import Refused
from lumyn.cli.findings import show
from lumyn.cli.inputs import file, read_source, shown_name, write
from lumyn.cli.several import Several
from lumyn.cli.terminal import escape, say
from lumyn.files import STANDARD_STREAM

__all__ = ["command"]


@click.command(
    short_help="Rewrite policies in their canonical form.",
    epilog="Example: lumyn fmt --check policies/*.lumyn",
)
@click.argument("files", nargs=-1, required=True, type=file, metavar="FILE...")
@click.option("--check", is_flag=True, help="Write nothing; name the files that are not in canonical form, and fail.")
def command(*, files: tuple[str, ...], check: bool) -> None:
    """Rewrite each FILE, a .lumyn policy, in place; standard input goes to standard output.

    Comments are kept, and so is the policy hash. A file with syntax errors is left alone.
    """
    several = Several()
    for path in files:
        with several.one():
            _format(path, check=check)
    several.end()


def _format(path: str, *, check: bool) -> None:
    content = read_source(path)
    formatted = _formatted(path, content).encode()
    if check:
        if formatted != content:
            click.echo(escape(shown_name(path)))
            raise click.exceptions.Exit(1)
    elif path == STANDARD_STREAM:
        write((path, formatted))
    elif formatted != content:
        write((path, formatted))
        say(f"{path}: formatted")


def _formatted(path: str, content: bytes) -> str:
    """The canonical text; where the source can't be parsed, the errors are shown, and end this file."""
    from lumyn_compiler.diagnostic import Report
    from lumyn_compiler.format import format_policy
    from lumyn_compiler.pipeline import Spelling, parse, spelling_of
    from lumyn_compiler.reader import read_source
    from lumyn_compiler.source import Source

    if spelling_of(path) is Spelling.YAML:
        raise Refused(f"{escape(path)}: only .lumyn has a canonical form; `lumyn policy convert` translates YAML")
    name = shown_name(path)
    source, found = read_source(content, name)
    if source is not None and not found:
        policy, found = parse(source, Spelling.LUMYN)
        if not found:
            return format_policy(policy, source)
    show(Report.of(source or Source(name, ""), found), form="text", err=True)
    raise click.exceptions.Exit(1)
