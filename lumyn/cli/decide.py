"""`lumyn decide`: decide a request, and record the decision."""

from collections import Counter
from typing import TYPE_CHECKING

import click

from lumyn.cli.endings import Refused, Unavailable
from lumyn.cli.inputs import file, lines, read, refuse_the_source_itself, shown_name, write
from lumyn.cli.terminal import count, escape, escape_json, json_text, say
from lumyn.cli.workspaces import endings, found, opened_gateway, workspace_option

if TYPE_CHECKING:
    from lumyn.decision_record import DecisionRecord
    from lumyn.gateway import Gateway

__all__ = ["command"]


@click.command(
    short_help="Decide a request, and record the decision.",
    epilog="Example: lumyn decide --in request.json",
)
@click.option("--in", "source", required=True, type=file, help="The request; - is standard input.")
@click.option(
    "--out", type=file, help="Write the record here, byte for byte as it is stored, and not to standard output."
)
@click.option("--jsonl", is_flag=True, help="FILE has a request a line; a record a line is written.")
@click.option("--policy", type=file, help="Decide with this artifact or source instead of the workspace's policy.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Only ask what would be decided; it is recorded as such.")
@workspace_option
def command(*, source: str, out: str | None, jsonl: bool, policy: str | None, is_dry_run: bool, folder: str) -> None:
    """Decide a request, the JSON of a DecisionRequest, and print its Decision Record once that is stored.

    Any verdict is an answer, so the exit code is 0; it is 1 for what is no request, of which nothing is recorded, and 3
    where the record is not known to be stored. A dry run leaves its request_id to the decision itself.
    """
    if out is not None:
        refuse_the_source_itself(source, out, "--out")
    workspace = found(folder)
    size_max = workspace.config.request_bytes_max
    requests = lines(source, size_max) if jsonl else iter([read(source, size_max)])
    written: list[DecisionRecord] = []
    exit_code = 0
    with opened_gateway(workspace, policy) as gateway:
        for number, content in enumerate(requests, start=1):
            if jsonl and not content.strip() and len(content) <= size_max:  # a longer one was cut off
                continue
            place = escape(shown_name(source) if not jsonl else f"{shown_name(source)}:{number}")
            try:
                record = _decide(gateway, content, size_max, is_dry_run=is_dry_run)
            except Refused as problem:
                click.echo(f"Error: {place}: {problem.message}", err=True)
                exit_code = max(exit_code, Refused.exit_code)
                continue
            if not record.is_persisted:
                click.echo(f"Error: {place}: {_NOT_STORED}", err=True)
                exit_code = Unavailable.exit_code
            elif not record.may_proceed:
                click.echo(f"Error: {place}: {_NOT_NOW}", err=True)
                exit_code = max(exit_code, Refused.exit_code)
            if out is not None:
                written.append(record)
            else:
                click.echo(escape_json(record.to_json()) if jsonl else json_text(record.to_dict()))
    if written and out is not None:
        say(_counted(out, written) if jsonl else _answer(written[0]))
        _write(out, b"".join(record.content + (b"\n" if jsonl else b"") for record in written))
    if exit_code:
        raise click.exceptions.Exit(exit_code)


_NOT_STORED = "the record is not known to be stored, so nothing may go ahead; `lumyn doctor` may say why"
_NOT_NOW = (
    "it was decided before, and may not go ahead now: the policy is locked down, or advisory mode has ended since"
)


def _answer(record: "DecisionRecord") -> str:
    """The line for people, where the record itself goes elsewhere."""
    said = record.to_dict()
    return f"{record.decision_id}: {said['verdict']}, because of {', '.join(said['reason_codes'])}"


def _counted(out: str, records: "list[DecisionRecord]") -> str:
    """The same, of many."""
    verdicts = Counter(str(record.verdict) for record in records)
    by_verdict = ", ".join(f"{verdict} {number:,}" for verdict, number in sorted(verdicts.items()))
    return f"{out}: {count(len(records), 'decision')} ({by_verdict})"


def _write(out: str, content: bytes) -> None:
    try:
        write((out, content))
    except Unavailable as problem:
        raise Unavailable(f"{problem.message}; what was decided is recorded, and `lumyn log` lists it") from problem


def _decide(gateway: "Gateway", content: bytes, size_max: int, *, is_dry_run: bool) -> "DecisionRecord":
    """Decide one request. Raises Refused for what is none."""
    with endings():
        return gateway.decide(_as_dry_run(content, size_max) if is_dry_run else content)


def _as_dry_run(content: bytes, size_max: int) -> bytes | dict[str, object]:
    """The request, marked. What can't be marked is left for the gateway to refuse."""
    from lumyn.normal_json import Limits, read_normal_json

    request = read_normal_json(content, Limits(bytes_max=size_max))
    if not isinstance(request, dict):
        return content
    hints = request.get("hints", {})
    if not isinstance(hints, dict):
        return content
    return {
        **{key: value for key, value in request.items() if key != "request_id"},
        "hints": {**hints, "dry_run": True},
    }
