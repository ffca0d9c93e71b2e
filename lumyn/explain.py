"""Why a decision came out as it did, from its record and the policy that decided: sentences for people."""

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from lumyn.class_words import say_column
from lumyn.kept_attributes import classes_of_record
from lumyn.strict_json import JsonValue
from lumyn_runtime import CompiledPolicy, RiskSignals
from lumyn_runtime.table import Row
from lumyn_runtime.vocabulary import DEFAULT_RULE_ID, INVALID_EVIDENCE, spell_number

__all__ = ["Explanation", "MatchExplanation", "explain_record"]

JsonObject = dict[str, JsonValue]

_VERDICTS = {
    "TRUST": "The action may go ahead.",
    "ESCALATE": "A person has to decide.",
    "QUERY": "Something has to be answered before it can be decided.",
    "ABSTAIN": "The action must not be taken.",
}


# What the gateway answers itself, whatever the policy says.
_UNSTORED = {
    "STORAGE_UNAVAILABLE": "It is not known that the decision was stored, so nothing goes through; ask again.",
    "GATEWAY_OVERLOADED": "More decisions wait to be stored than may, so nothing goes through; ask again later.",
}


@attrs.frozen
class MatchExplanation:
    """One rule that matched.

    sentences: of its reason codes, where they have one
    held:      the clauses that held, each way in which it matched on its own; an empty way always holds
    """

    rule_id: str
    stage: str
    effect: str
    reason_codes: tuple[str, ...]
    sentences: tuple[str, ...]
    held: tuple[tuple[str, ...], ...]


@attrs.frozen
class Explanation:
    """Why.

    summary: one sentence on the verdict
    saw:     attribute and what was seen of it, for all that the decision read
    asked:   field and question
    """

    decision_id: str
    verdict: str
    summary: str
    matches: tuple[MatchExplanation, ...]
    asked: tuple[tuple[str, str], ...]
    obligations: tuple[str, ...]
    saw: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, object]:
        """As plain JSON values."""
        return attrs.asdict(self)


def explain_record(record: dict[str, Any], policy: CompiledPolicy) -> Explanation:
    """The explanation of a record under the policy that it names. Raises ReplayError where they do not fit."""
    request = record["request"]
    action_type = request["action"]["type"]
    risk = RiskSignals(record["risk_signals"]["failure_similarity"]["score"])
    kept = record["determinism"]["attributes"]
    classes = classes_of_record(policy, action_type, request, kept, risk)
    held = _held(policy, action_type, classes)
    return Explanation(
        decision_id=record["decision_id"],
        verdict=record["verdict"],
        summary=_VERDICTS[record["verdict"]],
        matches=tuple(_match(match, policy, held) for match in record["matched_rules"]),
        asked=tuple((query["field"], query["text"]) for query in record["queries"]),
        obligations=tuple(obligation["text"] for obligation in record["obligations"]),
        saw=(*_saw(policy, request, kept, risk), *_alike(record["risk_signals"])),
    )


def _match(
    match: dict[str, Any], policy: CompiledPolicy, held: dict[str, tuple[tuple[str, ...], ...]]
) -> MatchExplanation:
    rule_id = match["rule_id"]
    if rule_id == DEFAULT_RULE_ID:
        ways: tuple[tuple[str, ...], ...] = (("no rule matched",),)
    elif rule_id == INVALID_EVIDENCE:
        ways = (("some input is not of its kind",),)
    elif rule_id in _UNSTORED:
        return MatchExplanation(
            rule_id, match["stage"], match["effect"], tuple(match["reason_codes"]), (_UNSTORED[rule_id],), ()
        )
    else:
        ways = held.get(rule_id, ())
    reasons = policy.table.reasons
    return MatchExplanation(
        rule_id=rule_id,
        stage=match["stage"],
        effect=match["effect"],
        reason_codes=tuple(match["reason_codes"]),
        sentences=tuple(reasons[code] for code in match["reason_codes"] if code in reasons),
        held=ways,
    )


def _held(policy: CompiledPolicy, action_type: str, classes: Sequence[int]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """By rule, the ways in which it matched."""
    table = policy.table
    section = policy.section(action_type)
    ways: dict[str, dict[tuple[str, ...], None]] = {}
    for row in section.rows:
        if _hits(row, classes):
            phrases = []
            for position, ranges in row.when:
                column = section.columns[position]
                phrases.append(say_column(table.attributes[column.attribute], column, ranges))
            ways.setdefault(table.rules[row.rule].rule_id, {})[tuple(phrases)] = None
    return {rule_id: tuple(of_rule) for rule_id, of_rule in ways.items()}


def _hits(row: Row, classes: Sequence[int]) -> bool:
    return all(any(first <= classes[column] <= last for first, last in ranges) for column, ranges in row.when)


def _saw(policy: CompiledPolicy, request: JsonObject, kept: JsonObject, risk: RiskSignals) -> Iterator[tuple[str, str]]:
    for value in policy.attribute_values(request, risk) or ():
        said = kept.get(value.name)
        if isinstance(said, dict) and "class" in said:
            yield value.name, f"{said['class']} (the value is not kept)"
        elif value.absence is not None:
            yield value.name, value.absence
        elif isinstance(value.value, tuple):
            yield value.name, ", ".join(map(_quoted, value.value)) or "an empty list"
        elif isinstance(value.value, bool):
            yield value.name, "true" if value.value else "false"
        elif isinstance(value.value, (int, float)):
            yield value.name, spell_number(value.value)
        else:
            yield value.name, _quoted(str(value.value))


def _quoted(text: str) -> str:
    """A text, so that it is not taken for a word of ours, such as `missing`."""
    return f'"{text}"'


def _alike(risk_signals: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The labelled situations that it is most like."""
    for sort, labels in (("failure", "a failure or a near miss"), ("success", "a success")):
        for similar in risk_signals[f"{sort}_similarity"]["top_k"]:
            times = "once" if similar["count"] == 1 else f"{similar['count']:,} times"
            said = f"{spell_number(similar['similarity'])} alike, labelled {labels} {times}"
            yield f"memory {similar['id']}", said
