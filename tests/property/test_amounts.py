"""What the amount in USD can be, by sorts of amounts and rates, held against amounts and rates themselves."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lumyn_compiler.regions.amounts import usd_cells
from lumyn_compiler.regions.cells import Asked, Cell, cells_of
from lumyn_runtime.attributes import _amount_usd, value_of_kind
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS, BUILT_IN_KINDS
from lumyn_runtime.classes import class_of
from lumyn_runtime.table import Attribute, Column

CURRENCY, VALUE, RATE = AMOUNT_USD_INPUTS
PLAIN = st.sampled_from([0.0, 0.3, 1.1, 3.3, 25.0, 100.0, 1e6, 2.0**52])
RATES = st.sampled_from([1e-6, 0.5, 0.9, 1.1, 3.3, 1000.0, 1e6])


def asked(name: str, cuts: set[float]) -> Asked:
    """A column of an amount."""
    return Asked(Attribute(name, BUILT_IN_KINDS[name], ""), Column(0, cuts=tuple(sorted(cuts))))


def beside(number: float) -> list[float]:
    """It, and the doubles next to it."""
    return [math.nextafter(number, 0.0), number, math.nextafter(number, math.inf)]


def cell_of(cells: tuple[Cell, ...], ask: Asked, value: Any) -> int:  # noqa: ANN401 - a value, or why there is none
    """The cell that a value falls into."""
    (index,) = (
        index for index, cell in enumerate(cells) if cell.classes[0] == class_of(ask.column, ask.attribute, value)
    )
    return index


@given(st.data(), st.sets(PLAIN, max_size=3), st.sets(RATES, max_size=3), st.sampled_from(["USD", "EUR", None, 5]))
def test_no_amount_is_in_a_cell_that_was_ruled_out(
    data: st.DataObject, values: set[float], rates: set[float], currency: object
) -> None:
    """However products are rounded: limits stand at products, and right beside them."""
    products = [value * rate for value in values for rate in rates]
    cuts = set(
        data.draw(st.lists(st.sampled_from([near for number in products for near in beside(number)]), max_size=4))
        if products
        else []
    )
    of_value, of_rate, of_usd = asked(VALUE, values), asked(RATE, rates), asked(AMOUNT_USD, cuts)
    of_currency = asked(CURRENCY, set())
    near_values = [near for number in values for near in beside(number)] + [0, 12, 2.0**53, 2.0**54, -1, "x", None]
    near_rates = [near for number in rates for near in beside(number)] + [1, 1e6, 2e6, 0, "x", None]
    parts = [
        value_of_kind(currency, of_currency.attribute.kind),
        value_of_kind(data.draw(st.sampled_from(near_values)), of_value.attribute.kind),
        value_of_kind(data.draw(st.sampled_from(near_rates)), of_rate.attribute.kind),
    ]
    usd = _amount_usd(parts[0], parts[1], parts[2], of_usd.attribute.kind)
    of_currencies = cells_of([of_currency], apart="USD")
    (chosen,) = (
        cell
        for cell in of_currencies
        if cell.classes[0] == class_of(of_currency.column, of_currency.attribute, parts[0])
        and (cell.sample == "USD") == (currency == "USD")
    )
    value_cells, rate_cells, usd_amounts = cells_of([of_value]), cells_of([of_rate]), cells_of([of_usd])
    possible = usd_cells(
        usd_amounts,
        chosen,
        value_cells[cell_of(value_cells, of_value, parts[1])],
        rate_cells[cell_of(rate_cells, of_rate, parts[2])],
    )
    assert cell_of(usd_amounts, of_usd, usd) in possible
