"""Record → the same record again, or exactly what differs."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from lumyn.canonical import parse_canonical
from lumyn.errors import JsonError, ReplayError
from lumyn.identity import Moment
from lumyn.kept_attributes import classes_of_record
from lumyn.record import digests_of, refusing_outcome
from lumyn.schema import schema_problem
from lumyn_runtime import CompiledPolicy, RiskSignals
from lumyn_runtime.vocabulary import STAGES

__all__ = ["UNCOMPARED", "Difference", "is_unstored", "replay_record"]


@attrs.frozen
class Difference:
    """One thing in which a record is not what it would be now.

    path:     JSON pointer into the record
    recorded: what stands there
    found:    what should
    """

    path: str
    recorded: object
    found: object

    def __str__(self) -> str:
        return f"{self.path}: recorded {_short(self.recorded)}, found {_short(self.found)}"


def replay_record(content: bytes, policy: CompiledPolicy) -> tuple[Difference, ...]:
    """Everything that differs between a record and what its own inputs and policy give; nothing, when it is the same.

    The record is taken at its word for UNCOMPARED.

    content: the bytes of the record, as stored
    policy:  that of the record's policy_hash, loaded from the artifact that is kept with it
    errors:  ReplayError for bytes that are no record, or another policy
    """
    record = _record(content)
    stated = record["policy"]
    if stated["policy_hash"] != policy.policy_hash:
        raise ReplayError(f"the record was decided by {stated['policy_hash']}, and this policy is {policy.policy_hash}")
    found: dict[str, object] = dict(digests_of(record))
    found["/created_at"] = _time_of(record["decision_id"])
    found["/policy/policy_id"] = policy.policy_id
    found["/policy/policy_version"] = policy.policy_version
    found["/determinism/evaluation_order"] = list(STAGES)
    # What no gateway writes is not to be there.
    found |= {f"/{key}": None for key in record.keys() - _WRITTEN}
    found["/trace"] = record["request"].get("trace")
    found["/extensions"] = None
    if "enforce" in _wishes(record["request"]):
        found["/policy/mode"] = "enforce"
    if is_unstored(record):
        # Whatever the policy said is not in it: the answer was to let nothing through.
        found.update(_refusal(record))
    else:
        found.update(_outcome(record, policy))
    return tuple(
        Difference(path, recorded, value) for path, value in found.items() if (recorded := _at(record, path)) != value
    )


# Of a record alone, by what would show it.
UNCOMPARED: Final = (
    "decision_id and created_at, but for agreeing with each other",
    "determinism.engine_version",
    "determinism.memory_snapshot and risk_signals, which a pack is needed for",
    "policy.mode, but for being no weaker than the request asks for",
    "what the request was before it was redacted",
)

_WRITTEN: Final = frozenset(
    [
        "created_at",
        "decision_id",
        "determinism",
        "extensions",
        "matched_rules",
        "obligations",
        "policy",
        "queries",
        "reason_codes",
        "request",
        "risk_signals",
        "schema_version",
        "trace",
        "verdict",
    ]
)
_REFUSALS: Final = ("STORAGE_UNAVAILABLE", "GATEWAY_OVERLOADED")


def is_unstored(record: Mapping[str, Any]) -> bool:
    """Whether it says that it is not known to be stored; such a record is in no log."""
    said = record.get("extensions", {}).get("lumyn")
    return isinstance(said, dict) and said.get("persisted") is False


def _time_of(decision_id: str) -> str | None:
    """When something of an id was decided; None where an id holds no time."""
    try:
        return Moment.of_ulid(decision_id.removeprefix("dec_")).created_at
    except (ValueError, OverflowError, OSError):
        return None


def _wishes(request: Mapping[str, Any]) -> set[object]:
    """The modes that a request asks for."""
    return {request.get(key, {}).get("mode") for key in ("policy", "hints")}


def _refusal(record: Mapping[str, Any]) -> dict[str, object]:
    """What is answered where a record is not known to be stored, by its place in the record."""
    said, reasons = record["extensions"]["lumyn"], record["reason_codes"]
    reason = reasons[0] if reasons and reasons[0] in _REFUSALS else _REFUSALS[0]
    is_unknown = said.get("outcome") == "unknown" and reason == _REFUSALS[0]
    attempted = said.get("attempted_decision_id")
    expected = {
        "persisted": False,
        "attempted_decision_id": attempted if isinstance(attempted, str) and _ID.fullmatch(attempted) else None,
        "outcome": "unknown" if is_unknown else "not_stored",
    }
    outcome = refusing_outcome(reason).to_dict()
    return {"/extensions": {"lumyn": expected}} | {f"/{key}": value for key, value in outcome.items()}


_ID: Final = re.compile("dec_[0-9A-HJKMNP-TV-Z]{26}")


def _outcome(record: Mapping[str, Any], policy: CompiledPolicy) -> dict[str, object]:
    """What the policy says of the record's own inputs, by its place in the record."""
    request = record["request"]
    action_type = request["action"]["type"]
    risk = RiskSignals(record["risk_signals"]["failure_similarity"]["score"])
    classes = classes_of_record(policy, action_type, request, record["determinism"]["attributes"], risk)
    try:
        outcome = policy.evaluate_classes(action_type, classes)
    except ValueError as error:
        raise ReplayError(str(error)) from error
    return {f"/{key}": value for key, value in outcome.to_dict().items()}


def _record(content: bytes) -> dict[str, Any]:
    try:
        record: Any = parse_canonical(content)
    except JsonError as error:
        raise ReplayError(f"the record: {error}") from error
    problem = schema_problem("decision_record.v0", record)
    if problem is not None:
        raise ReplayError(f"it is no record: {problem}")
    return record  # type: ignore[no-any-return]


def _at(record: Mapping[str, Any], path: str) -> object:
    value: Any = record
    for key in path.split("/")[1:]:
        value = value.get(key)
    return value


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"
