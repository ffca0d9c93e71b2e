"""`lumyn eval`: decide requests with a policy, keeping nothing."""

import click

from lumyn.cli.endings import Refused
from lumyn.cli.inputs import file, lines, load_policy, read, shown_name, spelling_option
from lumyn.cli.terminal import escape, json_text, say
from lumyn.errors import JsonError, TrailingJsonError
from lumyn.strict_json import JsonValue, parse
from lumyn_runtime import RiskSignals

__all__ = ["command"]

# Far more than a request has; it keeps an endless file out of memory.
REQUEST_BYTES_MAX = 2**20


@click.command(
    short_help="Decide requests with a policy, keeping nothing.",
    epilog="Example: lumyn eval policy.lpack --in request.json",
)
@click.argument("policy", type=file)
@click.option("--in", "source", required=True, type=file, help="The request; - is standard input.")
@click.option("--jsonl", is_flag=True, help="FILE has a request a line; an outcome a line is written.")
@click.option(
    "--failure-similarity",
    type=float,
    default=0.0,
    metavar="NUMBER",
    help="The risk signal risk.failure_similarity, from 0 to 1; 0, as where there is no memory, if left out.",
)
@spelling_option
def command(*, policy: str, source: str, jsonl: bool, failure_similarity: float, spelling: str | None) -> None:
    """Decide a request, the JSON of a DecisionRequest, with POLICY, an artifact or a source.

    A request is not held to its schema: what can be read decides, and the rest is missing. The gateway will be stricter.

    The outcome is written as JSON, and nothing is recorded. Any verdict is an answer, so the exit code is 0. With --jsonl
    a line that is no JSON gets the outcome of an unusable request, and the exit code is 1; empty lines are passed over.
    """
    try:
        risk = RiskSignals(failure_similarity)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--failure-similarity") from problem
    table = load_policy(policy, spelling)
    if not jsonl:
        request = _parse(
            read(source, REQUEST_BYTES_MAX), shown_name(source), hint="; with --jsonl, FILE has a request a line"
        )
        click.echo(json_text(table.evaluate(request, risk).to_dict()))
        return
    refused_count = 0
    for number, line in enumerate(lines(source, REQUEST_BYTES_MAX), start=1):
        if not line.strip() and len(line) <= REQUEST_BYTES_MAX:  # a longer one was cut off, and may go on
            continue
        try:
            request = _parse(line, shown_name(source), number, hint="; with --jsonl a line has one request")
        except Refused as problem:
            refused_count += 1
            request = None
            say(f"Error: {problem.message}")
        click.echo(json_text(table.evaluate(request, risk).to_dict(), indent=None))
    if refused_count:
        raise click.exceptions.Exit(1)


def _parse(content: bytes, name: str, line: int | None = None, *, hint: str) -> JsonValue:
    """A request.

    name: of the file that it is from
    line: of the file, if that has a request a line
    hint: what to say where more follows a request
    """
    place = escape(name if line is None else f"{name}:{line}")
    if len(content) > REQUEST_BYTES_MAX:
        raise Refused(f"{place}: not usable: more than {REQUEST_BYTES_MAX:,} bytes")
    try:
        return parse(content)
    except JsonError as problem:
        if problem.line is not None:
            place = f"{escape(name)}:{line or problem.line}:{problem.column}"
        more = hint if isinstance(problem, TrailingJsonError) else ""
        raise Refused(f"{place}: {escape(problem.detail)}{more}") from problem
