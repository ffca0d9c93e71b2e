"""`lumyn check`: report errors and warnings of policies."""

import click

from lumyn.cli.findings import format_option, show
from lumyn.cli.inputs import analyse_source, file, read_source, shown_name, spelling_option
from lumyn.cli.several import Several
from lumyn.cli.terminal import count, say

__all__ = ["command"]


@click.command(
    short_help="Report errors and warnings of policies.",
    epilog="Example: lumyn check --strict --format github policies/*.lumyn",
)
@click.argument("files", nargs=-1, required=True, type=file, metavar="FILE...")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@spelling_option
@format_option
def command(*, files: tuple[str, ...], strict: bool, spelling: str | None, form: str) -> None:
    """Report everything that is wrong or doubtful in each FILE, a .lumyn or YAML policy, on standard output."""
    from lumyn_compiler.reader import unusable
    from lumyn_compiler.render import summary

    several, checked, shown = Several(), [], []
    for path in files:
        with several.one():
            try:
                content = read_source(path)
            except click.ClickException as problem:
                # In text, what is said on standard error says it.
                shown += [unusable(shown_name(path), problem.message)] if form != "text" else []
                raise
            report = analyse_source(path, content, spelling).report
            checked.append(report)
            shown.append(report)
            if report.errors or (strict and report.warnings):
                raise click.exceptions.Exit(1)
    if shown:
        show(*shown, form=form, err=False)
    if checked:
        say(f"{_how_many(len(checked), len(files))}: {summary(*checked)}")
    several.end()


def _how_many(checked_count: int, named_count: int) -> str:
    """How many files the summary is of: not all, where some could not be read."""
    files = count(named_count, "file")
    return files if checked_count == named_count else f"{checked_count} of {files}"
