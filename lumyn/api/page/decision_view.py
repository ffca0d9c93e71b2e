"""A record, its explanation and its events → what the page of a decision shows, in its order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from lumyn.api.page.shown import moment_text, pretty_lines
from lumyn.explain import Explanation
from lumyn.record import digests_of, removed_pointers
from lumyn_runtime import CompiledPolicy
from lumyn_runtime.vocabulary import spell_number

__all__ = ["DecisionView", "DigestView", "EventView", "MatchView", "Why", "view_decision", "view_event"]


@attrs.frozen
class EventView:
    """What somebody said of a decision.

    said: its type and, of a label, which
    data: lines of JSON, in parts; none where there is nothing more
    """

    moment: str
    created_at: str
    said: str
    actor: str
    summary: str
    data: tuple[tuple[str, ...], ...]
    is_label: bool
    is_unacknowledged: bool


@attrs.frozen
class MatchView:
    """A rule that matched.

    reasons: code and sentence; the sentence is empty where the policy has none
    held:    each way in which it matched; None where that is not known, or was no question of clauses
    """

    rule_id: str
    stage: str
    effect: str
    reasons: tuple[tuple[str, str], ...]
    held: tuple[tuple[str, ...], ...] | None


@attrs.frozen
class DigestView:
    """A digest that the record states.

    verdict: "matches", "differs", or why it was not computed again
    """

    name: str
    stated: str
    verdict: str


@attrs.frozen
class Why:
    """What is known of how a record came out.

    policy, explanation: None where they can't be had
    problem:             what keeps them from it; empty where nothing does
    """

    policy: CompiledPolicy | None
    explanation: Explanation | None
    problem: str


@attrs.frozen
class DecisionView:
    """One decision.

    facts:   name and texts, of what is asked first
    problem: why the clauses and what was seen are not known; empty where they are
    saw:     attribute and what was seen
    removed: JSON pointers of what was not kept
    request: lines of JSON, in parts
    label:   the event of the label that counts
    """

    decision_id: str
    verdict: str
    action_type: str
    intent: str
    summary: str
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    reasons: tuple[tuple[str, str], ...]
    matches: tuple[MatchView, ...]
    problem: str
    asked: tuple[tuple[str, str], ...]
    obligations: tuple[Mapping[str, str], ...]
    saw: tuple[tuple[str, str], ...]
    scores: tuple[tuple[str, str], ...]
    events: tuple[EventView, ...]
    label: EventView | None
    removed: tuple[str, ...]
    request: tuple[tuple[str, ...], ...]
    digests: tuple[DigestView, ...]
    moment: str
    created_at: str
    is_dry_run: bool
    is_advisory: bool
    is_unacknowledged: bool
    is_policy_loaded: bool


_MEMORIES: Final = (("failure", "failures"), ("success", "successes"))


def view_event(event: Mapping[str, Any]) -> EventView:
    """What an event of the log says."""
    return EventView(
        moment=moment_text(event["created_at"]),
        created_at=event["created_at"],
        said=f"{event['type']}: {event['label']}" if "label" in event else event["type"],
        actor=event["actor"],
        summary=event.get("summary", ""),
        data=tuple(pretty_lines(event["data"])) if event.get("data") else (),
        is_label=event["type"] == "label",
        is_unacknowledged=event["type"] == "unacknowledged",
    )


def view_decision(
    record: Mapping[str, Any],
    why: Why,
    events: Sequence[EventView],
    *,
    is_policy_loaded: bool,
) -> DecisionView:
    """What is shown of a record."""
    request, explanation = record["request"], why.explanation
    sentences = {} if why.policy is None else why.policy.table.reasons
    risk = record["risk_signals"]
    scores = [(f"Like past {many}", risk[f"{sort}_similarity"]["score"]) for sort, many in _MEMORIES]
    return DecisionView(
        decision_id=record["decision_id"],
        verdict=record["verdict"],
        action_type=request["action"]["type"],
        intent=request["action"]["intent"],
        summary="" if explanation is None else explanation.summary,
        facts=tuple(_facts(record)),
        reasons=_reasons(record["reason_codes"], sentences),
        matches=tuple(_matches(record, explanation, sentences)),
        problem=why.problem,
        asked=tuple((query["field"], query["text"]) for query in record["queries"]),
        obligations=tuple(record["obligations"]),
        saw=() if explanation is None else explanation.saw,
        scores=tuple((name, spell_number(score)) for name, score in scores),
        events=tuple(events),
        label=next((event for event in reversed(events) if event.is_label), None),
        removed=tuple(sorted(removed_pointers(request))),
        request=tuple(pretty_lines(request)),
        digests=tuple(_digests(record, why)),
        moment=moment_text(record["created_at"]),
        created_at=record["created_at"],
        is_dry_run=request.get("hints", {}).get("dry_run") is True,
        is_advisory=record["policy"]["mode"] == "advisory",
        is_unacknowledged=any(event.is_unacknowledged for event in events),
        is_policy_loaded=is_policy_loaded,
    )


def _matches(
    record: Mapping[str, Any], explanation: Explanation | None, sentences: Mapping[str, str]
) -> Iterator[MatchView]:
    held = {} if explanation is None else {match.rule_id: match.held for match in explanation.matches}
    for rule in record["matched_rules"]:
        reasons = _reasons(rule["reason_codes"], sentences)
        yield MatchView(rule["rule_id"], rule["stage"], rule["effect"], reasons, held.get(rule["rule_id"]))


def _reasons(codes: Sequence[str], sentences: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((code, sentences.get(code, "")) for code in codes)


def _facts(record: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Texts that stand beside each other are apart, so that none of them can change its place with another."""
    request, policy = record["request"], record["policy"]
    action, subject = request["action"], request["subject"]
    yield "Asked by", (subject["type"], subject["id"])
    if target := action.get("target"):
        yield "On", tuple(target[key] for key in ("system", "resource_type", "resource_id") if key in target)
    if amount := action.get("amount"):
        yield "Amount", tuple(str(amount[key]) for key in ("value", "currency") if key in amount)
    tenant = request.get("tenant", {})
    name = tenant.get("tenant_id", subject.get("tenant_id"))
    if name is not None:
        yield "Tenant", (name, f"({tenant['environment']})") if "environment" in tenant else (name,)
    if action.get("tags"):
        yield "Tags", tuple(action["tags"])
    if "request_id" in request:
        yield "Request id", (request["request_id"],)
    for key, value in sorted(request.get("trace", {}).items()):
        yield {"correlation_id": "Correlation id", "span_id": "Span id"}[key], (value,)
    yield "Policy", (policy["policy_id"], policy["policy_version"])
    yield "Mode", (policy["mode"],)


def _digests(record: Mapping[str, Any], why: Why) -> Iterator[DigestView]:
    computed = digests_of(record)
    determinism, context = record["determinism"], record["request"]["context"]
    inputs = determinism["inputs_digest"]
    yield DigestView("Inputs", inputs, _compared(inputs, computed["/determinism/inputs_digest"]))
    again = computed.get("/request/context/digest")
    absence = "some of the context was not kept" if "inline" in context else "the context is not in the record"
    yield DigestView("Context", context["digest"], absence if again is None else _compared(context["digest"], again))
    yield DigestView("Policy", record["policy"]["policy_hash"], why.problem if why.policy is None else "matches")
    yield DigestView("Memory", determinism["memory_snapshot"], "not computed here; lumyn replay does, from the pack")


def _compared(stated: str, computed: str) -> str:
    return "matches" if stated == computed else "differs"
