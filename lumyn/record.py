"""Everything that a decision says and rests on → the bytes of its record, which are stored, returned and never changed."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import attrs

from lumyn.canonical import canonical, canonical_of_normal, canonical_text, digest_of
from lumyn.identity import Moment
from lumyn.strict_json import JsonValue
from lumyn_runtime import MatchedRule, Obligation, Outcome, Query, Verdict
from lumyn_runtime.vocabulary import STAGES

__all__ = [
    "DecisionParts",
    "PolicyName",
    "RiskReport",
    "Similar",
    "SimilarityReport",
    "digests_of",
    "inputs_digest",
    "record_bytes",
    "refusing_outcome",
    "removed_pointers",
]

JsonObject = dict[str, JsonValue]

SCHEMA_VERSION: Final = "decision_record.v0"


@attrs.frozen(cache_hash=True)
class PolicyName:
    """Which policy decided, and what the gateway made of its verdict."""

    policy_id: str
    policy_version: str
    policy_hash: str
    mode: str

    def to_json(self) -> JsonObject:
        """As it stands in a record."""
        return dict(attrs.asdict(self))


@attrs.frozen
class Similar:
    """A labelled situation that is like this one.

    id:         of the memory item
    similarity: 0 to 1
    count:      of labels of its sort
    """

    id: str
    similarity: float
    count: int


@attrs.frozen
class SimilarityReport:
    """How much a request is like situations with one label.

    top_k: the most similar first
    """

    score: float = 0.0
    top_k: tuple[Similar, ...] = ()

    def to_json(self) -> JsonObject:
        """As it stands in a record."""
        return {"score": self.score, "top_k": [dict(attrs.asdict(item)) for item in self.top_k]}


@attrs.frozen(cache_hash=True)
class RiskReport:
    """What memory says of a request.

    snapshot: digest of what was remembered of the tenant and action type
    """

    failure: SimilarityReport
    success: SimilarityReport
    snapshot: str

    def to_json(self) -> JsonObject:
        """As it stands in a record."""
        return {
            "uncertainty_score": round(1.0 - self.success.score, 6),
            "failure_similarity": self.failure.to_json(),
            "success_similarity": self.success.to_json(),
        }


def refusing_outcome(reason_code: str) -> Outcome:
    """What is answered instead, where a decision can't stand: nothing goes through."""
    matched = MatchedRule(Verdict.ABSTAIN, (reason_code,), reason_code, "REQUIREMENTS")
    return Outcome((matched,), (), (), (reason_code,), Verdict.ABSTAIN)


@attrs.frozen
class DecisionParts:
    """All that a record is made of.

    request:    as persisted
    attributes: what the persisted request can't give back to a replay, by attribute
    extensions: what the gateway adds, such as that it could not be stored
    """

    moment: Moment
    request: JsonObject
    policy: PolicyName
    outcome: Outcome
    risk: RiskReport
    attributes: Mapping[str, JsonValue]
    engine_version: str
    extensions: Mapping[str, JsonValue] = {}


def inputs_digest(request: JsonObject, attributes: Mapping[str, JsonValue], risk_signals: JsonObject) -> str:
    """The digest of all that a verdict rests on, so far as a record has it."""
    return _inputs_digest(*map(canonical_text, (dict(attributes), request, risk_signals)))


def digests_of(record: Mapping[str, Any]) -> dict[str, str]:
    """The digests that a record should state, computed from what it holds, by JSON pointer.

    record: of `decision_record.v0`
    """
    request, determinism = record["request"], record["determinism"]
    digests = {"/determinism/inputs_digest": inputs_digest(request, determinism["attributes"], record["risk_signals"])}
    context = request["context"]
    # That of a context out of which something was taken can't be computed again.
    if "inline" in context and not any(pointer.startswith("/context/inline") for pointer in removed_pointers(request)):
        digests["/request/context/digest"] = digest_of(canonical(context["inline"]))
    return digests


def removed_pointers(request: Mapping[str, Any]) -> frozenset[str]:
    """JSON pointers of what is not in a persisted request as it was made."""
    return frozenset(request["context"].get("redaction", {}).get("fields_removed", ()))


def record_bytes(parts: DecisionParts) -> bytes:
    """The record, canonical JSON of `decision_record.v0`.

    It is put together out of canonical pieces, of which the request's is used twice, and the outcome's again and again.
    """
    request = canonical_of_normal(parts.request).decode()
    attributes = canonical_text(dict(parts.attributes)) if parts.attributes else "{}"
    risk_signals = _risk_signals(parts.risk)
    outcome = _said(parts.outcome)
    determinism = (
        f'{{"attributes":{attributes},"engine_version":"{parts.engine_version}","evaluation_order":{_STAGES},'
        f'"inputs_digest":"{_inputs_digest(attributes, request, risk_signals)}","memory_snapshot":"{parts.risk.snapshot}"}}'
    )
    extensions = f'"extensions":{canonical_text(dict(parts.extensions))},' if parts.extensions else ""
    trace = f'"trace":{canonical_of_normal(parts.request["trace"]).decode()},' if "trace" in parts.request else ""
    record = (
        f'{{"created_at":"{parts.moment.created_at}","decision_id":"dec_{parts.moment.ulid}","determinism":{determinism},'
        f'{extensions}"matched_rules":{outcome.matched_rules},"obligations":{outcome.obligations},'
        f'"policy":{_policy(parts.policy)},"queries":{outcome.queries},"reason_codes":{outcome.reason_codes},'
        f'"request":{request},"risk_signals":{risk_signals},"schema_version":"{SCHEMA_VERSION}",{trace}'
        f'"verdict":"{parts.outcome.verdict}"}}'
    )
    return record.encode()


_STAGES: Final = canonical_text(list(STAGES))


def _inputs_digest(attributes: str, request: str, risk_signals: str) -> str:
    covered = f'{{"attributes":{attributes},"request":{request},"risk_signals":{risk_signals}}}'
    return digest_of(covered.encode())


# Memory gives the same report for the same situation.
@lru_cache(maxsize=4_096)
def _risk_signals(risk: RiskReport) -> str:
    return canonical_text(_normal(risk.to_json()))


@lru_cache(maxsize=64)
def _policy(policy: PolicyName) -> str:
    return canonical_text(policy.to_json())


@attrs.frozen
class _Said:
    """Pieces of an outcome, spelled. It holds the outcome, so that its id stays its own."""

    outcome: Outcome
    matched_rules: str
    obligations: str
    queries: str
    reason_codes: str


# By the outcome's id: a policy shares its outcomes between calls, and hashing one takes as long as spelling it.
_SAID: Final[dict[int, _Said]] = {}
_SAID_MAX: Final = 4_096


def _said(outcome: Outcome) -> _Said:
    said = _SAID.get(id(outcome))
    if said is None:
        said = _Said(
            outcome,
            _each(outcome.matched_rules),
            _each(outcome.obligations),
            _each(outcome.queries),
            canonical_text(list(outcome.reason_codes)),
        )
        if len(_SAID) >= _SAID_MAX:
            _SAID.clear()
        _SAID[id(outcome)] = said
    return said


def _each(parts: Sequence[MatchedRule | Obligation | Query]) -> str:
    spelled: list[JsonValue] = [part.to_dict() for part in parts]  # type: ignore[misc]
    return canonical_text(spelled)


def _normal(value: JsonValue) -> JsonValue:
    """Integral doubles as integers, as requests have them, so that a record parsed and spelled again has the same bytes."""
    match value:
        case dict():
            return {key: _normal(inner) for key, inner in value.items()}
        case list():
            return [_normal(item) for item in value]
        case float() if value == int(value):
            return int(value)
        case _:
            return value
