"""Policy → `.lpack.map`: where each rule stands, and its clauses as their author grouped them.

Explanations use it when it is there; no decision ever does.
"""

from __future__ import annotations

import json

from lumyn_compiler.policy import AllOf, Always, Condition, Policy, Rule
from lumyn_compiler.source import Source, Span
from lumyn_compiler.spell import UnwritableError, spell_condition, spell_name

__all__ = ["source_map"]


def source_map(policy: Policy, source: Source, policy_hash: str) -> bytes:
    """The map of a compiled policy as JSON, UTF-8.

    policy_hash: of the artifact that the map belongs to; a map of another one says nothing about it
    """
    rules = {rule.rule_id.text: _rule(rule, source) for rule in policy.rules}
    text = json.dumps({"policy_hash": policy_hash, "rules": rules}, ensure_ascii=False, indent=1)
    # A file's name may hold bytes that are not UTF-8.
    return f"{text}\n".encode(errors="backslashreplace")


def _rule(rule: Rule, source: Source) -> dict[str, object]:
    """File and line of a rule; text and line of each part of its `when`, and of each `require`."""
    parts = [] if rule.when is None else _parts(rule.when)
    return {
        "file": source.name,
        "line": _line(rule.rule_id.span, source),
        "when": [{"text": _text(part, source), "line": _line(part.span, source)} for part in parts],
        "requires": [
            {"text": ", ".join(map(spell_name, require.attributes)), "line": _line(require.span, source)}
            for require in rule.requires
        ],
    }


def _text(condition: Condition, source: Source) -> str:
    """A condition as `.lumyn` spells it on one line; as its source does where that has no spelling."""
    try:
        return spell_condition(condition)
    except UnwritableError:
        return " ".join(source.slice(condition.span).split())


def _parts(condition: Condition) -> tuple[Condition, ...]:
    match condition:
        case AllOf(parts=parts):
            return parts
        case Always():
            return ()
        case _:
            return (condition,)


def _line(span: Span, source: Source) -> int:
    return source.position(span.start).line
