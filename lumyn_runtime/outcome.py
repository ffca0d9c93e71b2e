"""What one evaluation says. All of it is immutable and shared between calls."""

from __future__ import annotations

from lumyn_runtime.vocabulary import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["MatchedRule", "Obligation", "Outcome", "Query"]


class _Frozen:
    """Value classes whose fields are set once, by their initialiser."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} can't be set: outcomes are shared between calls")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} can't be deleted: outcomes are shared between calls")

    def _key(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._key() == other._key()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({fields})"

    def __reduce__(self) -> tuple[type[_Frozen], tuple[object, ...]]:
        return (type(self), self._key())


_set = object.__setattr__


class Query(_Frozen):
    """A question that has to be answered before the action can be decided.

    field: full name of the attribute that is asked for
    text:  the question
    """

    __slots__ = ("field", "text")

    field: str
    text: str

    def __init__(self, field: str, text: str) -> None:
        _set(self, "field", field)
        _set(self, "text", text)

    def to_dict(self) -> dict[str, str]:
        """The query as it stands in a record."""
        return {"field": self.field, "text": self.text}


class Obligation(_Frozen):
    """Something that the caller has to do along with the verdict."""

    __slots__ = ("kind", "severity", "text")

    kind: str
    severity: str
    text: str

    def __init__(self, kind: str, severity: str, text: str) -> None:
        _set(self, "kind", kind)
        _set(self, "severity", severity)
        _set(self, "text", text)

    def to_dict(self) -> dict[str, str]:
        """The obligation as it stands in a record."""
        return {"kind": self.kind, "severity": self.severity, "text": self.text}


class MatchedRule(_Frozen):
    """A rule, the policy's or the engine's own, that matched the request."""

    __slots__ = ("effect", "reason_codes", "rule_id", "stage")

    rule_id: str
    stage: str
    effect: Verdict
    reason_codes: tuple[str, ...]

    def __init__(self, effect: Verdict, reason_codes: tuple[str, ...], rule_id: str, stage: str) -> None:
        _set(self, "effect", effect)
        _set(self, "reason_codes", reason_codes)
        _set(self, "rule_id", rule_id)
        _set(self, "stage", stage)

    def to_dict(self) -> dict[str, object]:
        """The match as it stands in a record."""
        return {
            "rule_id": self.rule_id,
            "stage": self.stage,
            "effect": str(self.effect),
            "reason_codes": list(self.reason_codes),
        }


class Outcome(_Frozen):
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
        _set(self, "matched_rules", matched_rules)
        _set(self, "obligations", obligations)
        _set(self, "queries", queries)
        _set(self, "reason_codes", reason_codes)
        _set(self, "verdict", verdict)

    def to_dict(self) -> dict[str, object]:
        """The outcome as plain JSON values, in the order in which a person reads it."""
        return {
            "verdict": str(self.verdict),
            "reason_codes": list(self.reason_codes),
            "matched_rules": [matched.to_dict() for matched in self.matched_rules],
            "queries": [query.to_dict() for query in self.queries],
            "obligations": [obligation.to_dict() for obligation in self.obligations],
        }
