"""`lumyn policy convert`: translate a policy between YAML and .lumyn."""

import click

from lumyn.cli.findings import format_option, show
from lumyn.cli.inputs import (
    analyse_source,
    file,
    read_source,
    refuse_the_source_itself,
    spelling_of,
    spelling_option,
    write,
)
from lumyn.files import STANDARD_STREAM

__all__ = ["command"]


@click.command(
    short_help="Translate a policy between YAML and .lumyn.",
    epilog="Example: lumyn policy convert policy.yml -o policy.lumyn",
)
@click.argument("source", type=file)
@click.option("-o", "--out", default=STANDARD_STREAM, type=file, help="The file to write; else standard output.")
@spelling_option
@format_option
def command(*, source: str, out: str, spelling: str | None, form: str) -> None:
    """Translate SOURCE, a YAML policy, to .lumyn; or SOURCE, a .lumyn policy, to YAML where policy.v0 can say it.

    The translation has the same policy hash, and keeps the comments.
    """
    from lumyn_compiler.convert import to_lumyn, to_yaml
    from lumyn_compiler.diagnostic import Report
    from lumyn_compiler.pipeline import Spelling

    refuse_the_source_itself(source, out)
    analysis = analyse_source(source, read_source(source), spelling)
    report, text = analysis.report, None
    if analysis.policy is not None and not report.errors:
        if spelling_of(source, spelling) is Spelling.YAML:
            text = to_lumyn(analysis.policy, report.source)
        else:
            text, found = to_yaml(analysis.policy, report.source)
            # What can't be said and what the checks say, in one: it may be read by a program.
            report = Report.of(report.source, [*report.diagnostics, *found])
    show(report, form=form, err=True)
    if text is None:
        raise click.exceptions.Exit(1)
    write((out, text.encode()))
