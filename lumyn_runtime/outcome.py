"""What one evaluation says. All of it is immutable and shared between calls."""

from __future__ import annotations

from lumyn_runtime.frozen import Frozen, set_once
from lumyn_runtime.vocabulary import Verdict

__all__ = ["MatchedRule", "Obligation", "Outcome", "Query"]


class Query(Frozen):
    """A question that has to be answered before the action can be decided.

    field: full name of the attribute that is asked for
    text:  the question
    """

    __slots__ = ("field", "text")

    field: str
    text: str

    def __init__(self, field: str, text: str) -> None:
        set_once(self, "field", field)
        set_once(self, "text", text)

    def to_dict(self) -> dict[str, str]:
        """The query as it stands in a record."""
        return {"field": self.field, "text": self.text}


class Obligation(Frozen):
    """Something that the caller has to do along with the verdict."""

    __slots__ = ("kind", "severity", "text")

    kind: str
    severity: str
    text: str

    def __init__(self, kind: str, severity: str, text: str) -> None:
        set_once(self, "kind", kind)
        set_once(self, "severity", severity)
        set_once(self, "text", text)

    def to_dict(self) -> dict[str, str]:
        """The obligation as it stands in a record."""
        return {"kind": self.kind, "severity": self.severity, "text": self.text}


class MatchedRule(Frozen):
    """A rule, the policy's or the engine's own, that matched the request."""

    __slots__ = ("effect", "reason_codes", "rule_id", "stage")

    rule_id: str
    stage: str
    effect: Verdict
    reason_codes: tuple[str, ...]

    def __init__(self, effect: Verdict, reason_codes: tuple[str, ...], rule_id: str, stage: str) -> None:
        set_once(self, "effect", effect)
        set_once(self, "reason_codes", reason_codes)
        set_once(self, "rule_id", rule_id)
        set_once(self, "stage", stage)

    def to_dict(self) -> dict[str, object]:
        """The match as it stands in a record."""
        return {
            "rule_id": self.rule_id,
            "stage": self.stage,
            "effect": str(self.effect),
            "reason_codes": list(self.reason_codes),
        }


class Outcome(Frozen):
    """Verdict, reasons and everything else that a policy says of one request."""

    __slots__ = ("matched_rules", "obligations", "queries", "reason_codes", "verdict")

    verdict: Verdict
    reason_codes: tuple[str, ...]
    matched_rules: tuple[MatchedRule, ...]
    queries: tuple[Query, ...]
    obligations: tuple[Obligation, ...]

    def __init__(
        self,
        matched_rules: tuple[MatchedRule, ...],
        obligations: tuple[Obligation, ...],
        queries: tuple[Query, ...],
        reason_codes: tuple[str, ...],
        verdict: Verdict,
    ) -> None:
        set_once(self, "matched_rules", matched_rules)
        set_once(self, "obligations", obligations)
        set_once(self, "queries", queries)
        set_once(self, "reason_codes", reason_codes)
        set_once(self, "verdict", verdict)

    def to_dict(self) -> dict[str, object]:
        """The outcome as plain JSON values, in the order in which a person reads it."""
        return {
            "verdict": str(self.verdict),
            "reason_codes": list(self.reason_codes),
            "matched_rules": [matched.to_dict() for matched in self.matched_rules],
            "queries": [query.to_dict() for query in self.queries],
            "obligations": [obligation.to_dict() for obligation in self.obligations],
        }
