"""The action types that some tables tell apart, each sort with one of its types and the section that serves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from lumyn_compiler.regions.space import View
from lumyn_runtime.table import Section, Table

__all__ = ["Group", "groups"]


@attrs.frozen
class Group:
    """Requests on some actions.

    actions:     as a section names them: an exact type, a prefix with its star, or "*"
    action_type: one of them
    views:       by table
    """

    actions: str
    action_type: str
    views: tuple[View, ...]


def groups(tables: Sequence[Table]) -> Iterator[Group]:
    """Every action type belongs to exactly one of them. In the order of their names."""
    patterns = sorted({section.actions for table in tables for section in table.sections})
    for actions in patterns:
        action_type = _sample(actions, patterns)
        yield Group(actions, action_type, tuple(View(table, _serving(table, action_type)) for table in tables))


def _sample(actions: str, patterns: Sequence[str]) -> str:
    """An action type of these actions and of no narrower pattern."""
    if not actions.endswith("*"):
        return actions
    start = actions[:-1]
    narrower = [pattern for pattern in patterns if pattern != actions and pattern.startswith(start)]
    number = 0
    while True:
        ending = "other" if not number else f"other_{number}"
        made = start + ending if start else f"{ending}.action"
        if not any(_covers(pattern, made) for pattern in narrower):
            return made
        number += 1


def _covers(pattern: str, action_type: str) -> bool:
    if pattern.endswith("*"):
        return action_type.startswith(pattern[:-1]) and len(action_type) > len(pattern) - 1
    return pattern == action_type


def _serving(table: Table, action_type: str) -> Section:
    """The section of the narrowest pattern that covers an action type."""
    covering = [section for section in table.sections if _covers(section.actions, action_type)]
    return max(covering, key=lambda section: (not section.actions.endswith("*"), len(section.actions)))
