"""What the attributes of a request are: their values, or that they are missing or ill-typed."""

from __future__ import annotations

from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS, FAILURE_SIMILARITY, request_path
from lumyn_runtime.vocabulary import BLANK, MAGNITUDE_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final, TypeAlias

    from lumyn_runtime.table import Attribute
    from lumyn_runtime.vocabulary import Kind

    Value: TypeAlias = "str | int | float | bool | list[str] | Absence"

__all__ = ["ILL_TYPED", "MISSING", "Absence", "action_type_of", "is_blank", "read_values", "value_of_kind"]


class Absence:
    """Why there is no value to decide on."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


MISSING: Final = Absence("missing")
ILL_TYPED: Final = Absence("ill-typed")


def action_type_of(request: object) -> str | None:
    """The type of a request's action; None when the request is none that can be decided."""
    if type(request) is not dict:
        return None
    action = request.get("action")
    if type(action) is not dict:
        return None
    parts = [request.get(key, action) for key in ("evidence", "subject", "tenant")]
    parts += [action.get(key, action) for key in ("amount", "target")]
    action_type = action.get("type")
    if type(action_type) is not str or is_blank(action_type) or any(type(part) is not dict for part in parts):
        return None
    return action_type


def read_values(attributes: Iterable[Attribute], request: object, failure_similarity: float) -> dict[str, Value]:
    """The value of each attribute, by name.

    attributes: those of one section, so that what `amount_usd` is made of stands among them
    request:    one that has an action type
    """
    values: dict[str, Value] = {}
    derived: list[Attribute] = []
    for attribute in attributes:
        if attribute.name == AMOUNT_USD:
            derived.append(attribute)
        elif attribute.name == FAILURE_SIMILARITY:
            values[attribute.name] = failure_similarity
        else:
            values[attribute.name] = _read(request_path(attribute.name), attribute.kind, request)
    for attribute in derived:
        currency, value, rate = (values[name] for name in AMOUNT_USD_INPUTS)
        values[attribute.name] = _amount_usd(currency, value, rate, attribute.kind)
    return values


def value_of_kind(value: object, kind: Kind) -> Value:
    """A JSON value as one of a kind, MISSING or ILL_TYPED. Only the exact types that JSON is parsed to count."""
    if value is None or is_blank(value):
        return MISSING
    name = kind.name
    if name in ("text", "one of", "scalar") and type(value) is str:
        return value if name != "one of" or value in kind.members else ILL_TYPED
    if name in ("number", "integer", "scalar") and (type(value) is int or type(value) is float):
        low = -MAGNITUDE_MAX if kind.low is None else kind.low
        high = MAGNITUDE_MAX if kind.high is None else kind.high
        # False of NaN, and exact for whole numbers of any size.
        fits = low <= value <= high and (name != "integer" or value == int(value))
        return value if fits else ILL_TYPED
    if name in ("boolean", "scalar") and type(value) is bool:
        return value
    if name == "set of text" and type(value) is list:
        return value if all(type(member) is str and not is_blank(member) for member in value) else ILL_TYPED
    return ILL_TYPED


def is_blank(value: object) -> bool:
    """Whether a value is text of nothing but blanks."""
    return type(value) is str and not value.strip(BLANK)


def _read(path: tuple[str, ...], kind: Kind, request: object) -> Value:
    value = request
    for key in path:
        if value is None:
            return MISSING
        if type(value) is not dict:
            return ILL_TYPED
        value = value.get(key)
    return value_of_kind(value, kind)


def _amount_usd(currency: Value, value: Value, rate: Value, kind: Kind) -> Value:
    needed = (value,) if currency == "USD" else (currency, value, rate)
    if ILL_TYPED in needed:
        return ILL_TYPED
    if MISSING in needed:
        return MISSING
    if currency == "USD":
        return value
    assert isinstance(value, (int, float))
    assert isinstance(rate, (int, float))
    return value_of_kind(float(value) * float(rate), kind)
