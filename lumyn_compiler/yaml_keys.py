"""The key that was meant by one that means nothing where it stands."""

from __future__ import annotations

from collections.abc import Collection

from lumyn_compiler.suggest import nearest

__all__ = ["meant_key"]

# What policies elsewhere call what stands in the same place here.
_ELSEWHERE = {
    **dict.fromkeys(("action", "type"), "action_type"),
    **dict.fromkeys(("actions", "types", "action_types"), "action_type_in"),
    **dict.fromkeys(("name", "rule", "rule_id"), "id"),
    **dict.fromkeys(("reason", "reasons", "because"), "reason_codes"),
    **dict.fromkeys(("conditions", "all", "and"), "if_all"),
    **dict.fromkeys(("any", "or"), "if_any"),
    **dict.fromkeys(("condition", "where"), "if"),
    **dict.fromkeys(("effect", "decision", "outcome"), "then"),
    **dict.fromkeys(("for", "match", "scope"), "when"),
    **dict.fromkeys(("questions", "ask", "asks"), "queries"),
    "constants": "thresholds",
    "version": "policy_version",
}


def meant_key(written: str, known: Collection[str]) -> str | None:
    """The known key that another language calls so, else the one that is nearest."""
    elsewhere = _ELSEWHERE.get(written.lower())
    return elsewhere if elsewhere in known else nearest(written, known)
