"""Requirements → `required_evidence`, or where that can't say them, conditions and queries."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import Always, AnyOf, Condition, Predicate, Rule, Word
from lumyn_compiler.resolve import default_question
from lumyn_compiler.source import Span
from lumyn_compiler.yaml_lowering import Lowering
from lumyn_compiler.yaml_names import EVIDENCE

__all__ = ["Asked", "Plan", "RequirementPlans"]


@attrs.frozen
class Asked:
    """A query of a rule: what it asks about, its text, and where that was written."""

    attribute: str
    text: str
    span: Span


@attrs.frozen
class Plan:
    """How a rule's condition, requirements and questions are said.

    conditions: all of which have to hold; none for a rule that always matches, or as `required_evidence` says
    """

    conditions: tuple[Condition, ...]
    queries: tuple[Asked, ...]


class RequirementPlans:
    """Plans the rules of one policy; `required` gathers what stands under `required_evidence`."""

    def __init__(self, lowering: Lowering) -> None:
        self.required: dict[str, tuple[str, ...]] = {}
        self._lowering = lowering

    def plan(self, rule: Rule) -> Plan:
        """The plan for a rule; the lowering is told what can't be said."""
        when = () if rule.when is None or isinstance(rule.when, Always) else (rule.when,)
        asks = tuple(Asked(ask.attribute.text, str(ask.text.value), ask.span) for ask in rule.asks)
        if not rule.requires:
            return Plan(when, asks)
        queries = _required_queries(rule)
        names = list(dict.fromkeys(word.text for require in rule.requires for word in require.attributes))
        if not when and self._takes(rule, names, queries):
            return Plan((), (*(query for query in queries if _needs_saying(query, queries)), *asks))
        missing = [Predicate(Word(name), Operator.IS_MISSING, (), span=rule.rule_id.span) for name in names]
        asking = rule.verdict.text == "QUERY"
        if len(names) == 1:
            return Plan((*when, missing[0]), (*(queries if asking else ()), *asks))
        if asking:
            self._refuse(rule, names, has_condition=bool(when))
        return Plan((*when, AnyOf(tuple(missing), span=rule.rule_id.span)), asks)

    def _takes(self, rule: Rule, names: list[str], queries: Iterable[Asked]) -> bool:
        """Whether `required_evidence` can say what the rule requires; if so, it does from now on."""
        keys = tuple(name.removeprefix(EVIDENCE) for name in names)
        actions = [pattern.text for pattern in rule.scope.patterns]
        said = (
            rule.stage.text == "REQUIREMENTS"
            and bool(actions)
            and all(name.startswith(EVIDENCE) for name in names)
            and not any(key.startswith(EVIDENCE) for key in keys)
            and not any(ask.attribute.text in names for ask in rule.asks)
            and [query.attribute for query in queries] == sorted((q.attribute for q in queries), key=names.index)
            and all(self.required.get(action, keys) == keys for action in actions)
        )
        if said:
            self.required.update(dict.fromkeys(actions, keys))
        return said

    def _refuse(self, rule: Rule, names: list[str], *, has_condition: bool) -> None:
        if has_condition:
            why = "beside a condition"
        elif not rule.scope.patterns:
            why = "for any action"
        elif rule.stage.text != "REQUIREMENTS":
            why = f"in stage {rule.stage.text}"
        elif not all(name.startswith(EVIDENCE) for name in names):
            why = "of anything but evidence"
        else:
            why = "that differ from those of another rule, or are asked for in another order"
        self._lowering.refuse(
            f"several requirements {why}", rule.rule_id.span, "write a rule for each of the requirements"
        )


def _required_queries(rule: Rule) -> tuple[Asked, ...]:
    """What the requirements ask, each once, the engine's own questions included."""
    queries: dict[tuple[str, str], Asked] = {}
    for require in rule.requires:
        for word in require.attributes:
            text = default_question(word.text) if require.ask is None else str(require.ask.value)
            span = word.span if require.ask is None else require.span
            queries.setdefault((word.text, text), Asked(word.text, text, span))
    return tuple(queries.values())


def _needs_saying(query: Asked, queries: Iterable[Asked]) -> bool:
    """Not the engine's own question, where it is the only one about an attribute."""
    alone = sum(other.attribute == query.attribute for other in queries) == 1
    return not (alone and query.text == default_question(query.attribute))
