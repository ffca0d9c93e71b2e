"""A policy whose every name is resolved and every constant typed: what is tabulated, and what the oracle interprets."""

from __future__ import annotations

import attrs

from lumyn_compiler.operators import Operator
from lumyn_compiler.source import Span, node_span
from lumyn_runtime.outcome import Obligation, Query
from lumyn_runtime.vocabulary import Kind, Verdict

__all__ = [
    "All",
    "Always",
    "Any",
    "CheckedCondition",
    "CheckedPolicy",
    "CheckedRule",
    "Constant",
    "Not",
    "Requirement",
    "Scope",
    "Test",
]

# Numbers are doubles without -0; the constants of a `one of` are texts.
Constant = str | float | bool


@attrs.frozen
class Always:
    """True of every request."""


@attrs.frozen
class All:
    """True when every part is."""

    parts: tuple[CheckedCondition, ...]


@attrs.frozen
class Any:
    """True when at least one part is."""

    parts: tuple[CheckedCondition, ...]


@attrs.frozen
class Not:
    """True when its part is false."""

    part: CheckedCondition


@attrs.frozen
class Test:
    """One predicate: an operator, the full name of the attribute that it asks about, and its constants."""

    __test__ = False

    attribute: str
    operator: Operator
    constants: tuple[Constant, ...]
    span: Span = node_span()


CheckedCondition = Always | All | Any | Not | Test


@attrs.frozen
class Scope:
    """The actions that a rule covers.

    exact:    action types
    prefixes: with their last dot, without the star: "support."
    any:      every action
    """

    exact: tuple[str, ...]
    prefixes: tuple[str, ...]
    any: bool

    def covers(self, action_type: str) -> bool:
        """Whether the rule is for an action of that type; a prefix needs something after its dot."""
        return (
            self.any
            or action_type in self.exact
            or any(action_type.startswith(prefix) and action_type != prefix for prefix in self.prefixes)
        )


@attrs.frozen
class Requirement:
    """An attribute that a rule requires, and what it asks when that is missing; None under a verdict that asks nothing."""

    attribute: str
    query: Query | None


@attrs.frozen
class CheckedRule:
    """A rule ready to be tabulated.

    It matches when `condition` holds and, if there are any requirements, at least one required attribute is missing.
    asks: questions that are asked whenever the rule matches
    """

    rule_id: str
    stage: str
    scope: Scope
    condition: CheckedCondition
    requirements: tuple[Requirement, ...]
    verdict: Verdict
    reason_codes: tuple[str, ...]
    asks: tuple[Query, ...]
    obligations: tuple[Obligation, ...]
    span: Span = node_span()


@attrs.frozen
class CheckedPolicy:
    """A policy without errors.

    kinds:   of every attribute there is, built in or declared, by full name
    rules:   in stage order, then source order
    reasons: sentence by reason code, of those that declare one
    redact:  full names of attributes
    """

    policy_id: str
    policy_version: str
    mode: str
    default_verdict: Verdict
    default_reason: str
    kinds: dict[str, Kind]
    rules: tuple[CheckedRule, ...]
    reasons: dict[str, str]
    redact: tuple[str, ...]


for _node in (All, Any, Not):
    attrs.resolve_types(_node, globals(), locals())
