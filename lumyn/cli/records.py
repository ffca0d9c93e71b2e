"""Records as people and scripts see them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from lumyn.cli.terminal import escape, verdict_text

if TYPE_CHECKING:
    from lumyn.store.search import Found

__all__ = ["erased_lines", "event_line", "found_line", "record_lines"]


def found_line(found: "Found", label: dict[str, Any] | None, *, has_request_id: bool = False) -> str:
    """One line of a list.

    label: the event of its last label
    """
    verdict = verdict_text(found.verdict) + " " * (8 - len(found.verdict))
    marks = " (dry run)" if found.is_dry_run else ""
    if has_request_id:
        marks += f" (request_id {escape(found.request_id)})" if found.request_id is not None else " (no request_id)"
    moment = found.created_at[:19].replace("T", " ")
    labelled = "" if label is None else f"{label['label']} by {escape(label['actor'])}  "
    asked = escape(f"{found.action_type}: {found.intent}")
    return f"{moment}  {verdict}  {found.decision_id}  {labelled}{asked}{marks}"


def record_lines(record: dict[str, Any], events: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A record, a line for each thing that is asked of it first, and what was said of it afterwards."""
    for name, value in _named(record):
        yield f"{name:<10} {value}"
    yield from _event_lines(events)


def erased_lines(erasure: dict[str, Any], events: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What is left of a decision that was erased: that it was, and what was said of it and is kept."""
    for name, key in (("decision", "entry_id"), ("erased", "created_at"), ("by", "actor"), ("because", "reason")):
        yield f"{name:<10} {escape(erasure[key])}"
    yield from _event_lines(events)


def _event_lines(events: Sequence[dict[str, Any]]) -> Iterator[str]:
    if events:
        yield ""
        yield click.style("events", bold=True)
        yield from (f"  {event_line(event)}" for event in events)


def event_line(event: dict[str, Any]) -> str:
    """What somebody said of a decision."""
    said = event["type"] if "label" not in event else f"{event['type']} {event['label']}"
    summary = f": {event['summary']}" if "summary" in event else ""
    return escape(f"{event['created_at']}  {said} by {event['actor']}{summary}")


def _named(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    request, policy = record["request"], record["policy"]
    action, subject = request["action"], request["subject"]
    yield "decision", escape(record["decision_id"])
    yield "decided", escape(record["created_at"])
    yield "verdict", f"{verdict_text(record['verdict'])}  {escape(', '.join(record['reason_codes']))}"
    yield "action", escape(f"{action['type']}: {action['intent']}")
    if "target" in action:
        yield "target", escape(" ".join(str(part) for part in reversed(action["target"].values())))
    if "amount" in action:
        yield "amount", escape(" ".join(str(part) for part in reversed(action["amount"].values())))
    yield "subject", escape(f"{subject['type']} {subject['id']}")
    tenant = request.get("tenant", {}).get("tenant_id", subject.get("tenant_id"))
    if tenant is not None:
        yield "tenant", escape(tenant)
    for match in record["matched_rules"]:
        yield "rule", escape(f"{match['rule_id']}  {match['stage']}  {match['effect']}")
    yield from (("ask", escape(query["text"])) for query in record["queries"])
    yield from (("oblige", escape(obligation["text"])) for obligation in record["obligations"])
    risk = record["risk_signals"]
    alike = f"{risk['failure_similarity']['score']} to failures, {risk['success_similarity']['score']} to successes"
    yield "alike", alike
    yield "policy", escape(f"{policy['policy_id']} {policy['policy_version']} {policy['policy_hash']}")
    yield "mode", escape(policy["mode"] + (", dry run" if request.get("hints", {}).get("dry_run") is True else ""))
    yield "context", escape(request["context"]["digest"])
    if "trace" in request:
        yield "trace", escape(" ".join(str(part) for part in request["trace"].values()))
    if "request_id" in request:
        yield "request_id", escape(request["request_id"])
