"""`lumyn check`: report errors and warnings of policies."""

import click

from lumyn.cli.findings import format_option, show
from lumyn.cli.inputs import analyse_source, read_source, spelling_option
from lumyn.cli.terminal import say

__all__ = ["command"]


@click.command(
    short_help="Report errors and warnings of policies.",
    epilog="Example: lumyn check --strict --format github policies/*.lumyn",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@spelling_option
@format_option
def command(*, files: tuple[str, ...], strict: bool, spelling: str | None, form: str) -> None:
    """Report everything that is wrong or doubtful in each FILE, a .lumyn or YAML policy, on standard output."""
    from lumyn_compiler.render import summary

    reports = [analyse_source(path, read_source(path), spelling).report for path in files]
    show(*reports, form=form, err=False)
    say(f"{len(files)} {'file' if len(files) == 1 else 'files'}: {summary(*reports)}")
    if any(report.errors or (strict and report.warnings) for report in reports):
        raise click.exceptions.Exit(1)
