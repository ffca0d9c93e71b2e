"""What a record has to hold of the attributes so that the decision can be repeated from it, and how they are read back."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from lumyn.class_text import class_text, classes_of_text
from lumyn.errors import ReplayError
from lumyn.strict_json import JsonValue
from lumyn_runtime import CompiledPolicy, RiskSignals
from lumyn_runtime.attributes import read_values, value_of_kind
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS
from lumyn_runtime.table import Attribute, Column

__all__ = ["classes_of_record", "kept_attributes"]

JsonObject = dict[str, JsonValue]


def kept_attributes(
    policy: CompiledPolicy, action_type: str, request: JsonObject, persisted: JsonObject | None, risk: RiskSignals
) -> JsonObject:
    """By attribute, its derived value, or its class where the persisted request does not give the same.

    request:   as it was decided
    persisted: as it is kept; None where nothing was taken out
    cost:      a few µs where nothing was taken out; else all attributes are read twice
    """
    if persisted is None:
        return _derived(policy, action_type, request)
    seen = policy.attribute_values(request, risk) or ()
    left = policy.attribute_values(persisted, risk) or ()
    columns = _columns(policy, action_type)
    kept: JsonObject = {}
    for before, after in zip(seen, left, strict=True):
        attribute, of_attribute = columns[before.name]
        if before == after:
            if before.name == AMOUNT_USD and before.absence is None:
                kept[AMOUNT_USD] = {"value": _number(before.value)}
        else:
            text = class_text(attribute, of_attribute, before.classes)
            kept[before.name] = {"class": list(text) if isinstance(text, list) else text}
    return kept


def classes_of_record(
    policy: CompiledPolicy,
    action_type: str,
    persisted: JsonObject,
    attributes: Mapping[str, JsonValue],
    risk: RiskSignals,
) -> list[int]:
    """The classes that a decision had, from what its record holds.

    errors: ReplayError where the record says something that this policy does not know
    """
    columns = _columns(policy, action_type)
    unknown = sorted(attributes.keys() - columns.keys())
    if unknown:
        raise ReplayError(f"decisions on {action_type} do not read {unknown[0]} under this policy")
    classes: list[int] = []
    values = policy.attribute_values(persisted, risk)
    if values is None:
        raise ReplayError("the persisted request has no action that could be decided")
    for value in values:
        kept = attributes.get(value.name)
        if isinstance(kept, dict) and "class" in kept:
            classes += classes_of_text(*columns[value.name], kept["class"])
        else:
            classes += value.classes
    return classes


def _derived(policy: CompiledPolicy, action_type: str, request: JsonObject) -> JsonObject:
    inputs = _amount_inputs(policy, action_type)
    if not inputs:
        return {}
    action = request["action"]
    assert isinstance(action, dict)
    stated = action.get("amount")
    if isinstance(stated, dict) and stated.get("currency") == "USD":
        # What most amounts are in; this takes a third of the time.
        amount = value_of_kind(stated.get("value"), inputs[1].kind)
    else:
        amount = read_values(inputs, request, 0.0)[AMOUNT_USD]
    return {AMOUNT_USD: {"value": _number(amount)}} if isinstance(amount, (int, float)) else {}


def _number(value: object) -> int | float:
    assert isinstance(value, (int, float))
    return int(value) if value == int(value) else value


@lru_cache(maxsize=1_024)
def _amount_inputs(policy: CompiledPolicy, action_type: str) -> tuple[Attribute, ...]:
    """The amount and what it is made of; nothing where the action's rules do not read it."""
    columns = _columns(policy, action_type)
    if AMOUNT_USD not in columns:
        return ()
    return tuple(columns[name][0] for name in (*AMOUNT_USD_INPUTS, AMOUNT_USD))


@lru_cache(maxsize=1_024)
def _columns(policy: CompiledPolicy, action_type: str) -> dict[str, tuple[Attribute, Sequence[Column]]]:
    """The columns of an action's section, by attribute."""
    table = policy.table
    columns: dict[str, tuple[Attribute, list[Column]]] = {}
    for column in policy.section(action_type).columns:
        attribute = table.attributes[column.attribute]
        columns.setdefault(attribute.name, (attribute, []))[1].append(column)
    return dict(columns)
