"""The action types that some tables tell apart, each sort with one of its types and the section that serves it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

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
    """Every action type belongs to exactly one of them. In the order of their names; a few look-ups each."""
    patterns = sorted({section.actions for table in tables for section in table.sections})
    serving = [{section.actions: section for section in table.sections} for table in tables]
    for actions in patterns:
        action_type = _sample(actions, patterns)
        views = (View(table, _serving(own, action_type)) for table, own in zip(tables, serving, strict=True))
        yield Group(actions, action_type, tuple(views))


def _sample(actions: str, patterns: Sequence[str]) -> str:
    """An action type of these actions and of no narrower pattern.

    patterns: sorted
    """
    if not actions.endswith("*"):
        return actions
    start = actions[:-1]
    begun = patterns[bisect_left(patterns, start) :]
    narrower = [pattern for pattern in takewhile(lambda one: one.startswith(start), begun) if pattern != actions]
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


def _serving(sections: Mapping[str, Section], action_type: str) -> Section:
    """The section of the narrowest pattern that covers an action type."""
    if action_type in sections:
        return sections[action_type]
    dots = [index for index, letter in enumerate(action_type[:-1]) if letter == "."]
    wider = (*(f"{action_type[: dot + 1]}*" for dot in reversed(dots)), "*")
    return next(sections[pattern] for pattern in wider if pattern in sections)
