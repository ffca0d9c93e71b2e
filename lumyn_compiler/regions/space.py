"""The space of all requests on some actions, as one or two tables see it: variables, each with its cells, in an order.

Two things keep cells from being chosen freely: a set has members only where there is a set, and `amount_usd` follows
from the amount, its currency and the rate. A *context* goes along that says what is left of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cached_property

import attrs

from lumyn_compiler.regions.amounts import usd_cells
from lumyn_compiler.regions.cells import Asked, Cell, cells_of
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS
from lumyn_runtime.masks import section_masks
from lumyn_runtime.table import Section, Table

__all__ = ["Context", "Role", "Space", "Variable", "View"]

# Empty where nothing is to be kept in mind.
Context = tuple[int, ...]


class Role(Enum):
    """What a variable has to do with those before it."""

    FREE = "free"
    SET = "set"
    MEMBER = "member"
    LAST_MEMBER = "last member"
    CURRENCY = "currency"
    AMOUNT = "amount"
    RATE = "rate"
    USD = "usd"


@attrs.frozen
class View:
    """One table's way to see requests: its section for their actions."""

    table: Table
    section: Section

    @cached_property
    def masks(self) -> tuple[tuple[int, ...], ...]:
        """By column and class, the rows that it lets through."""
        rows = (1 << len(self.section.rows)) - 1
        return tuple(tuple(mask & rows for mask in masks) for masks in section_masks(self.section, self.table))


@attrs.frozen
class Variable:
    """One question, with the answers that are told apart.

    name:    of the attribute
    member:  of a set, whose membership is asked
    columns: by view, the column that asks; None where that view does not
    """

    name: str
    member: str | None
    role: Role
    cells: tuple[Cell, ...]
    columns: tuple[int | None, ...]


@attrs.frozen
class Space:
    """Variables in the order in which they are decided: what depends on each other stands together."""

    views: tuple[View, ...]
    variables: tuple[Variable, ...]

    @classmethod
    def of(cls, views: Sequence[View], *, last: str | None = None) -> Space:
        """What some tables see, all of them at once.

        last: an attribute that is decided last, where it is asked
        """
        asked: dict[tuple[str, str | None], list[int | None]] = {}
        for number, view in enumerate(views):
            for index, column in enumerate(view.section.columns):
                key = view.table.attributes[column.attribute].name, column.member
                asked.setdefault(key, [None] * len(views))[number] = index
        keys = sorted(asked, key=lambda key: (_rank(key[0]), key[0], key[1] is not None, key[1] or ""))
        has_usd = any(name == AMOUNT_USD for name, _ in keys)
        blocks: dict[str, list[Variable]] = {}
        for position, (name, member) in enumerate(keys):
            is_last = position + 1 == len(keys) or keys[position + 1][0] != name
            role = _role(name, member, is_last=is_last, has_usd=has_usd)
            columns = tuple(asked[name, member])
            variable = Variable(name, member, role, _cells(views, columns, role), columns)
            is_amount = has_usd and _rank(name) < len(_AMOUNTS)
            blocks.setdefault(AMOUNT_USD if is_amount else name, []).append(variable)
        ordered = _most_telling_first([block for name, block in blocks.items() if name != last], views)
        ordered += [block for name, block in blocks.items() if name == last]
        return cls(tuple(views), tuple(variable for block in ordered for variable in block))

    def allowed(self, position: int, context: Context) -> Iterator[tuple[int, Context]]:
        """The cells of a variable that go with what was chosen before, each with the context behind it."""
        variable = self.variables[position]
        cells = variable.cells
        match variable.role:
            case Role.FREE:
                yield from ((index, ()) for index in range(len(cells)))
            case Role.SET:
                yield from ((index, (int(isinstance(cell.sample, list)),)) for index, cell in enumerate(cells))
            case Role.MEMBER | Role.LAST_MEMBER:
                after = context if variable.role is Role.MEMBER else ()
                yield from ((index, after) for index in range(len(cells)) if context[0] or not cells[index].sample)
            case Role.CURRENCY | Role.AMOUNT:
                yield from ((index, (*context, index)) for index in range(len(cells)))
            case Role.RATE:
                currency, amount = (self.variables[position - back].cells for back in (2, 1))
                usd = self.variables[position + 1].cells
                for index, cell in enumerate(cells):
                    yield index, usd_cells(usd, currency[context[0]], amount[context[1]], cell)
            case Role.USD:
                yield from ((index, ()) for index in context)


# What the amount in USD is made of comes first, and then itself.
_AMOUNTS = (*AMOUNT_USD_INPUTS, AMOUNT_USD)
_AMOUNT_ROLES = dict(zip(_AMOUNTS, (Role.CURRENCY, Role.AMOUNT, Role.RATE, Role.USD), strict=True))


def _rank(name: str) -> int:
    return _AMOUNTS.index(name) if name in _AMOUNTS else len(_AMOUNTS)


def _most_telling_first(blocks: list[list[Variable]], views: Sequence[View]) -> list[list[Variable]]:
    """The variables first whose cells let fewest rows through: then few states are left for those behind them.

    Of a policy with a rule for each of 100 merchants this leaves a thousandth of the states that the order of names has.
    """

    def stopped(variable: Variable) -> float:
        total = 0
        for number, column in enumerate(variable.columns):
            if column is not None:
                count = len(views[number].section.rows)
                let_through = (views[number].masks[column][cell.classes[number] or 0] for cell in variable.cells)
                total += sum(count - rows.bit_count() for rows in let_through)
        return total / len(variable.cells)

    return sorted(blocks, key=lambda block: -sum(map(stopped, block)))


def _role(name: str, member: str | None, *, is_last: bool, has_usd: bool) -> Role:
    if member is not None:
        return Role.LAST_MEMBER if is_last else Role.MEMBER
    if not is_last:
        return Role.SET
    return _AMOUNT_ROLES.get(name, Role.FREE) if has_usd else Role.FREE


def _cells(views: Sequence[View], columns: Sequence[int | None], role: Role) -> tuple[Cell, ...]:
    asked = [
        None
        if index is None
        else Asked(view.table.attributes[view.section.columns[index].attribute], view.section.columns[index])
        for view, index in zip(views, columns, strict=True)
    ]
    if role not in (Role.MEMBER, Role.LAST_MEMBER):
        # No rate is needed for it.
        return cells_of(asked, apart="USD" if role is Role.CURRENCY else None)
    states = tuple(None if ask is None else "value" for ask in asked)
    return tuple(Cell(has, tuple(None if ask is None else int(has) for ask in asked), states) for has in (False, True))
