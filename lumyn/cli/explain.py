"""`lumyn explain`: why a decision came out as it did."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from lumyn.cli.endings import Refused, Unavailable
from lumyn.cli.inputs import file, load_policy, read, shown_name
from lumyn.cli.terminal import escape, json_text
from lumyn.cli.workspaces import endings, opened_archive, record_of, workspace_option
from lumyn.errors import JsonError

if TYPE_CHECKING:
    from lumyn.decision_record import DecisionRecord
    from lumyn.explain import Explanation, MatchExplanation
    from lumyn_runtime import CompiledPolicy

    # Record, the policy that decided it, and what was said of it since.
    Decided = tuple[DecisionRecord, CompiledPolicy, list[dict[str, Any]]]

__all__ = ["command"]

# As large as a pack may be; a record is far smaller.
BYTES_MAX = 256 * 2**20


@click.command(
    short_help="Say why a decision came out as it did.",
    epilog="Example: lumyn explain --markdown dec_01JZ1S7Y1NQ2A0D5JQK2Q2P3X4",
)
@click.argument("decision", metavar="[ID | PACK]", required=False)
@click.option("--in", "path", type=file, help="A record that a caller kept, such as one that is in no log; or a pack.")
@click.option("--policy", type=file, help="The policy that decided the record of --in; no workspace is needed then.")
@click.option("--markdown", is_flag=True, help="Write Markdown, for a ticket.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@workspace_option
def command(
    *, decision: str | None, path: str | None, policy: str | None, markdown: bool, as_json: bool, folder: str
) -> None:
    """Say in sentences why the decision ID came out as it did: the rules that matched, what held, and what is asked.

    The policy that decided it is the one that the log keeps, whatever the workspace's policy is now. A decision that could not
    be stored is in no log: --in reads the record that its caller got. PACK, a decision pack, holds all that it takes, and needs
    no workspace; that all of it is true is for `lumyn replay` to say.
    """
    from lumyn.explain import explain_record

    if markdown and as_json:
        raise click.UsageError("--markdown and --json do not go together")
    if (decision is None) == (path is None):
        raise click.UsageError("name one decision: its ID, its pack, or its record with --in")
    if decision is not None and decision.lower().endswith(".zip"):
        decision, path = None, decision
    if policy is not None and path is None:
        raise click.UsageError("the log keeps the policy that decided; --policy goes with --in")
    record, decided_by, events = _logged(decision, folder) if path is None else _kept(path, policy, folder)
    with endings():
        explanation = explain_record(record.to_dict(), decided_by)
    if as_json:
        click.echo(json_text(explanation.to_dict()))
        return
    write = _markdown if markdown else _plain
    click.echo("\n".join(write(record.to_dict(), explanation, events)))


def _logged(decision_id: str | None, folder: str) -> "Decided":
    """What the log of a workspace has of a decision."""
    assert decision_id is not None
    with opened_archive(folder) as archive:
        record = record_of(archive, decision_id)
        return record, archive.policy_of(record), archive.events(decision_id)


def _kept(path: str, policy: str | None, folder: str) -> "Decided":
    """What a file has of a decision: a pack, or a record, whose policy is named or is in the log of the workspace."""
    content = read(path, BYTES_MAX)
    if content.startswith(b"PK"):
        if policy is not None:
            raise click.UsageError("a pack holds its policy, so --policy does not go with it")
        return _packed(path, content)
    record = _record(path, content)
    if policy is not None:
        return record, _named_policy(path, record, policy), []
    try:
        with opened_archive(folder) as archive:
            return record, archive.policy_of(record), archive.events(record.decision_id)
    except (Refused, Unavailable) as problem:
        hint = "; or name the policy that decided it with --policy, which needs no workspace"
        raise type(problem)(problem.message + hint) from problem


def _packed(path: str, content: bytes) -> "Decided":
    from lumyn.pack import read_pack
    from lumyn_runtime import load

    try:
        with endings():
            pack, _ = read_pack(content)
            record, *events = (entry.entry.payload or b"" for entry in (pack.record, *pack.events))
            decided_by = load(pack.policy.entry.payload or b"", pack.policy.entry.entry_id)
    except Refused as problem:
        raise Refused(f"{escape(shown_name(path))}: {problem.message}") from problem
    said = [_document(path, event, "decision_event.v0") for event in events]
    return _record(path, record), decided_by, said


def _named_policy(path: str, record: "DecisionRecord", policy: str) -> "CompiledPolicy":
    loaded = load_policy(policy, None)
    stated = record.to_dict()["policy"]["policy_hash"]
    if loaded.policy_hash != stated:
        detail = f"{shown_name(path)} was decided by {stated}, and {shown_name(policy)} is {loaded.policy_hash}"
        raise Refused(escape(detail))
    return loaded


def _record(path: str, content: bytes) -> "DecisionRecord":
    """The record in a file."""
    from lumyn.canonical import canonical
    from lumyn.decision_record import DecisionRecord

    return DecisionRecord(canonical(_document(path, content, "decision_record.v0")))


def _document(path: str, content: bytes, schema_name: str) -> dict[str, Any]:
    """What some bytes of a file hold, if it fits a schema."""
    from lumyn.schema import schema_problem
    from lumyn.strict_json import parse

    what = "event" if schema_name == "decision_event.v0" else "record"
    try:
        document = parse(content)
    except JsonError as problem:
        raise Refused(escape(f"{shown_name(path)}: no {what}: {problem}")) from problem
    wrong = schema_problem(schema_name, document)
    if wrong is not None:
        raise Refused(escape(f"{shown_name(path)}: no {what}: {wrong}"))
    assert isinstance(document, dict)
    return document


def _plain(record: dict[str, Any], explanation: "Explanation", events: list[dict[str, Any]]) -> Iterator[str]:
    yield f"{escape(explanation.decision_id)}: {click.style(explanation.verdict, bold=True)}. {explanation.summary}"
    yield ""
    yield from map(escape, _circumstances(record, str, '"{}"'.format))
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
    """What others wrote stands in code, so that it neither links, nor mentions, nor looks like anything else."""
    yield f"### {explanation.verdict}: {_text(explanation.summary)}"
    yield ""
    yield f"Decision {_code(explanation.decision_id)}"
    yield ""
    yield from _circumstances(record, _code, _code)
    yield ""
    for match in explanation.matches:
        yield f"* {_text(_of_rule(match))}"
        yield from (f"  * because {_and(tuple(map(_code, way)))}" for way in match.held)
    yield from (f"* It asks, for {_code(field)}: {_text(question)}" for field, question in explanation.asked)
    yield from (f"* Whoever acts has to: {_text(text)}" for text in explanation.obligations)
    rows = [f"| {_cell_code(name)} | {_cell_code(seen)} |" for name, seen in explanation.saw]
    yield from _part("", "| it saw | |\n| --- | --- |", rows)
    yield from _part("", "Since then:\n", [f"* {_code(line)}" for line in _since(events)])


def _circumstances(record: dict[str, Any], shown: Callable[[str], str], quoted: Callable[[str], str]) -> Iterator[str]:
    """What was asked, by whom, and of which policy; how words and sentences of the request are shown is given."""
    request, policy = record["request"], record["policy"]
    action, subject = request["action"], request["subject"]
    moment = record["created_at"][:16].replace("T", " at ")
    asking = f"{subject['type']} {shown(subject['id'])} asked for {shown(action['type'])}"
    yield f"On {moment} UTC, {asking}: {quoted(action['intent'])}."
    acting = "; it advises only" if policy["mode"] == "advisory" else ""
    dry = "It was a dry run. " if request.get("hints", {}).get("dry_run") is True else ""
    name = shown(f"{policy['policy_id']} {policy['policy_version']}")
    yield f"{dry}It was decided by the policy {name}{acting}."
    removed = request["context"].get("redaction", {}).get("fields_removed", [])
    if removed:
        yield f"Not kept: {', '.join(map(shown, removed))}."


# What says something without being a rule of the policy.
_OTHERS = {
    "DEFAULT": "The policy's default",
    "INVALID_EVIDENCE": "The engine",
    "STORAGE_UNAVAILABLE": "The gateway",
    "GATEWAY_OVERLOADED": "The gateway",
}


def _of_rule(match: "MatchExplanation") -> str:
    codes = ", ".join(match.reason_codes)
    said = " ".join(match.sentences)
    who = _OTHERS.get(match.rule_id, f"Rule {match.rule_id}")
    return f"{who} says {match.effect}{f': {said}' if said else '.'} ({codes})"


def _and(way: tuple[str, ...]) -> str:
    return " and ".join(way) or "it has no condition"


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


def _text(text: str) -> str:
    """Text that is only text in Markdown."""
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>#|~!&" else character for character in escape(text))


def _code(text: str) -> str:
    """Code in Markdown, whatever it is."""
    escaped = escape(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", escaped)), default=0))
    # One space at both ends is none of the code.
    apart = " " if len(fence) > 1 or escaped.startswith(" ") or not escaped else ""
    return f"{fence}{apart}{escaped}{apart}{fence}"


def _cell_code(text: str) -> str:
    """The same within a table, where a bar ends a cell, and programs differ in what keeps it from that."""
    return _code(text).replace("|", "\\u007c")
