"""The decision diagram: from the first variable down to what is observed of a request, what is equal made once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

import attrs

from lumyn_compiler.regions.space import Context, Role, Space, Variable, View
from lumyn_runtime.errors import LumynError

__all__ = ["WORK_MAX", "Diagram", "NotSettledError", "State", "expand"]

Seen = TypeVar("Seen", bound=Hashable)

# Steps from one state to another before a question is left open: a few seconds.
WORK_MAX = 1_000_000

# By view: the rows that every choice so far lets through, and the columns whose input is ill-typed, as bits.
State = tuple[tuple[int, int], ...]


class NotSettledError(LumynError):
    """A question whose answer would take too much work, or that lies beyond what is decided here; its text says which."""


@attrs.frozen
class Diagram(Generic[Seen]):
    """Nodes by number, those of a later variable before those of an earlier one, and observations first of all.

    edges: by node, (cells of its variable, node behind them); none of an observation
    levels: by node, the position of its variable
    seen:  by node, for observations
    """

    space: Space
    root: int
    levels: tuple[int, ...]
    edges: tuple[tuple[tuple[tuple[int, ...], int], ...], ...]
    seen: dict[int, Seen]


def expand(
    space: Space,
    narrow: Callable[[int, State], State],
    observe: Callable[[State], Seen],
    work_max: int = WORK_MAX,
) -> Diagram[Seen]:
    """The diagram of every request in a space.

    narrow:  a state in place of another, from a variable's position on, that leads to the same observations; the more states
             become one, the less work there is
    observe: what is seen of a state in the end
    cost:    steps from one state to another; raises NotSettledError beyond the limit
    """
    levels = _forward(space, narrow, work_max)
    return _backward(space, levels, observe)


# From (state, context) to the cells that lead on to each other (state, context).
_Node = tuple[State, Context]
_Level = dict[_Node, dict[_Node, list[int]]]


def _forward(space: Space, narrow: Callable[[int, State], State], work_max: int) -> list[_Level]:
    """The states at each variable, and how they lead on."""
    start: State = tuple(((1 << len(view.section.rows)) - 1, 0) for view in space.views)
    nodes: list[_Node] = [(narrow(0, start), ())]
    levels: list[_Level] = []
    work = 0
    for position, variable in enumerate(space.variables):
        effects = _effects(variable, space.views)
        sorts = _sorts(effects) if variable.role is Role.FREE else None
        level: _Level = {}
        following: dict[_Node, None] = {}
        narrowed: dict[State, State] = {}
        for node in nodes:
            state, context = node
            ways: dict[_Node, list[int]] = {}
            choices = (
                sorts if sorts is not None else [([cell], after) for cell, after in space.allowed(position, context)]
            )
            work += len(choices)
            if work > work_max:
                raise NotSettledError(f"it takes more than {work_max:,} steps")
            for cells, after in choices:
                met: State = tuple(
                    (alive & rows, bad | column)
                    for (alive, bad), (rows, column) in zip(state, effects[cells[0]], strict=True)
                )
                kept = narrowed.get(met)
                if kept is None:
                    kept = narrowed[met] = narrow(position + 1, met)
                ways.setdefault((kept, after), []).extend(cells)
            level[node] = ways
            following.update(dict.fromkeys(ways))
        levels.append(level)
        nodes = list(following)
    levels.append({node: {} for node in nodes})
    return levels


_Effect = tuple[tuple[int, int], ...]


def _effects(variable: Variable, views: Sequence[View]) -> list[_Effect]:
    """By cell and view, the rows that it lets through and the column that it makes ill-typed."""
    effects = []
    for cell in variable.cells:
        effect = []
        for number, view in enumerate(views):
            column = variable.columns[number]
            if column is None:
                effect.append((-1, 0))
                continue
            class_index = cell.classes[number]
            assert class_index is not None
            effect.append((view.masks[column][class_index], 1 << column if cell.states[number] == "ill-typed" else 0))
        effects.append(tuple(effect))
    return effects


def _sorts(effects: Sequence[_Effect]) -> list[tuple[list[int], Context]]:
    """Cells that have the same effect, together."""
    sorts: dict[_Effect, list[int]] = {}
    for cell, effect in enumerate(effects):
        sorts.setdefault(effect, []).append(cell)
    return [(cells, ()) for cells in sorts.values()]


def _backward(space: Space, levels: Sequence[_Level], observe: Callable[[State], Seen]) -> Diagram[Seen]:
    """Number the nodes from the last variable to the first; those that lead on in the same way are one."""
    positions: list[int] = []
    edges: list[tuple[tuple[tuple[int, ...], int], ...]] = []
    seen: dict[int, Seen] = {}
    numbers: dict[Hashable, int] = {}
    behind: dict[_Node, int] = {}
    for position in range(len(levels) - 1, -1, -1):
        here: dict[_Node, int] = {}
        for node, ways in levels[position].items():
            joined: dict[int, list[int]] = {}
            for following, cells in ways.items():
                joined.setdefault(behind[following], []).extend(cells)
            out = tuple(sorted((tuple(sorted(cells)), child) for child, cells in joined.items()))
            is_end = position == len(space.variables)
            key: Hashable = (observe(node[0]),) if is_end else (position, out)
            number = numbers.get(key)
            if number is None:
                number = numbers[key] = len(edges)
                positions.append(position)
                edges.append(out)
                if is_end:
                    seen[number] = observe(node[0])
            here[node] = number
        behind = here
    (root,) = behind.values()
    return Diagram(space, root, tuple(positions), tuple(edges), seen)
