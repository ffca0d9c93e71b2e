"""A path through a diagram → a request that takes it: as few attributes as there can be, and plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from lumyn_compiler.regions.amounts import amounts_that_show
from lumyn_compiler.regions.cells import Cell
from lumyn_compiler.regions.diagram import Diagram, Seen
from lumyn_compiler.regions.space import Role, Space
from lumyn_runtime.builtin import AMOUNT_USD_INPUTS, FAILURE_SIMILARITY, request_path
from lumyn_runtime.classes import section_classes

__all__ = ["Witness", "cheapest", "witness_of"]


@attrs.frozen
class Witness:
    """A request that shows something, and how much it is like failures, where that matters."""

    request: dict[str, Any]
    failure_similarity: float | None


def cheapest(diagram: Diagram[Seen], wanted: set[int]) -> tuple[int, ...] | None:
    """The cell of each variable on a way to one of some nodes that states as little as possible.

    wanted: numbers of nodes, none of them behind another; None where no way leads to them
    """
    costs: list[int | None] = []
    chosen: list[tuple[int, int] | None] = []
    for number, edges in enumerate(diagram.edges):
        if number in wanted or number in diagram.seen:
            costs.append(0 if number in wanted else None)
            chosen.append(None)
            continue
        variable = diagram.space.variables[diagram.levels[number]]
        ways = [
            (_price(variable.cells[cell], variable.role, cell) + behind, cell, child)
            for cells, child in edges
            if (behind := costs[child]) is not None
            for cell in cells
        ]
        cost, cell, child = min(ways) if ways else (None, -1, -1)
        costs.append(cost)
        chosen.append((cell, child))
    if costs[diagram.root] is None:
        return None
    path = []
    number = diagram.root
    while (step := chosen[number]) is not None:
        path.append(step[0])
        number = step[1]
    return tuple(path)


# More than any sum of the small differences between cells.
_ATTRIBUTE = 1 << 20


def _price(cell: Cell, role: Role, index: int) -> int:
    """What a choice adds to a request: an attribute at most, and a little more for a later cell."""
    is_free = (
        cell.sample is None or (cell.sample is False and role in (Role.MEMBER, Role.LAST_MEMBER)) or role is Role.USD
    )
    return min(index, 1000) + (0 if is_free else _ATTRIBUTE)


def witness_of(space: Space, action_type: str, path: Sequence[int]) -> Witness | None:
    """A request that takes a path; None where none was found, since products of numbers fall between others."""
    cells = [variable.cells[cell] for variable, cell in zip(space.variables, path, strict=True)]
    for amounts in _amounts(space, cells):
        values = _values(space, cells) | amounts
        witness = _built(action_type, values)
        if _takes(witness, space, cells):
            return witness
    return None


def _values(space: Space, cells: Sequence[Cell]) -> dict[str, Any]:
    """By attribute; those that are missing are left out."""
    values: dict[str, Any] = {}
    for variable, cell in zip(space.variables, cells, strict=True):
        if variable.role in (Role.MEMBER, Role.LAST_MEMBER):
            if cell.sample:
                values[variable.name] = [*values[variable.name], variable.member]
        elif variable.role is Role.SET and isinstance(cell.sample, list):
            values[variable.name] = []
        elif variable.role is not Role.USD and cell.sample is not None:
            values[variable.name] = cell.sample
    return values


def _amounts(space: Space, cells: Sequence[Cell]) -> Iterator[dict[str, Any]]:
    """Amounts and rates to be tried."""
    roles = {variable.role: cell for variable, cell in zip(space.variables, cells, strict=True)}
    usd = roles.get(Role.USD)
    if usd is None or "value" not in usd.states:
        yield {}
    if usd is None:
        return
    _, value_name, rate_name = AMOUNT_USD_INPUTS
    for found in amounts_that_show(usd, roles[Role.CURRENCY], roles[Role.AMOUNT], roles[Role.RATE]):
        made: dict[str, Any] = {value_name: found.value}
        if found.rate is not None:
            made[rate_name] = found.rate
        yield made


def _built(action_type: str, values: dict[str, Any]) -> Witness:
    request: dict[str, Any] = {"action": {"type": action_type}}
    similarity = values.pop(FAILURE_SIMILARITY, None)
    for name, value in values.items():
        *path, last = request_path(name)
        inner = request
        for key in path:
            inner = inner.setdefault(key, {})
        inner[last] = value
    return Witness(request, similarity)


def _takes(witness: Witness, space: Space, cells: Sequence[Cell]) -> bool:
    """Whether a request falls into the cells, in every view."""
    for number, view in enumerate(space.views):
        classes = section_classes(view.section, view.table, witness.request, witness.failure_similarity or 0.0)
        for variable, cell in zip(space.variables, cells, strict=True):
            column = variable.columns[number]
            if column is not None and classes[column] != cell.classes[number]:
                return False
    return True
