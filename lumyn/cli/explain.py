"""`lumyn explain`: why a decision came out as it did."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from lumyn.cli.terminal import escape, json_text
from lumyn.cli.workspaces import opened_archive, record_of, workspace_option

if TYPE_CHECKING:
    from lumyn.explain import Explanation, MatchExplanation

__all__ = ["command"]


@click.command(
    short_help="Say why a decision came out as it did.",
    epilog="Example: lumyn explain --markdown dec_01JZ1S7Y1NQ2A0D5JQK2Q2P3X4",
)
@click.argument("decision_id", metavar="ID")
@click.option("--markdown", is_flag=True, help="Write Markdown, for a ticket.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@workspace_option
def command(*, decision_id: str, markdown: bool, as_json: bool, folder: str) -> None:
    """Say in sentences why the decision ID came out as it did: the rules that matched, what held, and what is asked.

    The policy that decided it is the one that the log keeps, whatever the workspace's policy is now.
    """
    from lumyn.explain import explain_record

    if markdown and as_json:
        raise click.UsageError("--markdown and --json do not go together")
    with opened_archive(folder) as archive:
        record = record_of(archive, decision_id)
        explanation = explain_record(record.to_dict(), archive.policy_of(record))
        events = archive.events(decision_id)
    if as_json:
        click.echo(json_text(explanation.to_dict()))
        return
    write = _markdown if markdown else _plain
    click.echo("\n".join(write(record.to_dict(), explanation, events)))


def _plain(record: dict[str, Any], explanation: "Explanation", events: list[dict[str, Any]]) -> Iterator[str]:
    yield f"{escape(explanation.decision_id)}: {click.style(explanation.verdict, bold=True)}. {explanation.summary}"
    yield ""
    yield from map(escape, _circumstances(record))
    for match in explanation.matches:
        yield ""
        yield escape(_of_rule(match))
        for number, way in enumerate(match.held):
            yield escape(f"  {'or because' if number else 'because'} {_and(way)}")
    yield from _part("", "", [escape(f'It asks, for {field}: "{question}"') for field, question in explanation.asked])
    yield from _part("", "", [escape(f"Whoever acts has to: {text}") for text in explanation.obligations])
    yield from _part("", "It saw:", [escape(f"  {name}: {seen}") for name, seen in explanation.saw])
    yield from _part("", "Since then:", [f"  {line}" for line in _since(events)])


def _markdown(record: dict[str, Any], explanation: "Explanation", events: list[dict[str, Any]]) -> Iterator[str]:
    yield f"### {explanation.verdict}: {_cell(explanation.summary)}"
    yield ""
    yield f"Decision {_code(explanation.decision_id)}"
    yield ""
    yield from (_cell(line) for line in _circumstances(record))
    yield ""
    for match in explanation.matches:
        yield f"* {_cell(_of_rule(match))}"
        yield from (f"  * because {' and '.join(map(_code, way)) or 'it always does'}" for way in match.held)
    yield from (f"* It asks, for {_code(field)}: {_cell(question)}" for field, question in explanation.asked)
    yield from (f"* Whoever acts has to: {_cell(text)}" for text in explanation.obligations)
    rows = [f"| {_code(name)} | {_cell(seen)} |" for name, seen in explanation.saw]
    yield from _part("", "| it saw | |\n| --- | --- |", rows)
    yield from _part("", "Since then:\n", [f"* {_cell(line)}" for line in _since(events)])


def _circumstances(record: dict[str, Any]) -> Iterator[str]:
    """What was asked, by whom, and of which policy."""
    request, policy = record["request"], record["policy"]
    action, subject = request["action"], request["subject"]
    moment = record["created_at"][:16].replace("T", " at ")
    yield f'On {moment} UTC, {subject["type"]} {subject["id"]} asked for {action["type"]}: "{action["intent"]}".'
    acting = "; it advises only" if policy["mode"] == "advisory" else ""
    dry = "It was a dry run. " if request.get("hints", {}).get("dry_run") is True else ""
    yield f"{dry}It was decided by the policy {policy['policy_id']} {policy['policy_version']}{acting}."


def _of_rule(match: "MatchExplanation") -> str:
    codes = ", ".join(match.reason_codes)
    said = " ".join(match.sentences)
    return f"Rule {match.rule_id} says {match.effect}{f': {said}' if said else '.'} ({codes})"


def _and(way: tuple[str, ...]) -> str:
    return " and ".join(way) or "it always matches"


def _since(events: list[dict[str, Any]]) -> Iterator[str]:
    from lumyn.cli.records import event_line

    return map(event_line, events)


def _part(before: str, heading: str, lines: list[str]) -> Iterator[str]:
    """Lines below their heading; neither, where there are no lines."""
    if lines:
        yield before
        if heading:
            yield heading
        yield from lines


def _cell(text: str) -> str:
    """Text that is only text in Markdown, in a table too."""
    escaped = escape(text)
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>#|~!&" else character for character in escaped)


def _code(text: str) -> str:
    """Code in Markdown, in a table too."""
    escaped = escape(text).replace("|", "\\|")
    return f"`{escaped}`" if "`" not in escaped else f"`` {escaped} ``"
