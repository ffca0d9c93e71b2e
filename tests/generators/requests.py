"""Requests aimed at a policy: at its breakpoints and beside them, missing, blank, ill-typed, and not to the point."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from lumyn_compiler.checked import All, Any, CheckedCondition, CheckedPolicy, Not, Test
from lumyn_runtime.builtin import (
    AMOUNT_USD,
    AMOUNT_USD_INPUTS,
    FAILURE_SIMILARITY,
    FX_RATE,
    request_path,
)
from lumyn_runtime.vocabulary import MAGNITUDE_MAX, Kind
from tests.generators.choices import Choices

__all__ = ["Aim", "Json"]

Json = object
Constant = str | float | bool

BLANKS: tuple[Json, ...] = ("", " ", "\t\n", "\u200b\u2060", "\u3000", "\u180e\x1c")
NO_NUMBERS: tuple[Json, ...] = (
    True,
    "5",
    [],
    {},
    [1],
    math.nan,
    math.inf,
    -math.inf,
    2**53 + 1,
    -(2**53) - 1,
    1e300,
    10**400,
    "1e3",
)
NO_TEXTS: tuple[Json, ...] = (5, 0.5, True, [], {}, ["high"], {"a": 1})
NO_BOOLEANS: tuple[Json, ...] = (0, 1, "true", "false", 1.0, [], {})
NO_SETS: tuple[Json, ...] = ("high", 1, True, {}, ["high", 1], ["high", " "], [None], [["high"]], [""], {"high": True})
NO_SCALARS: tuple[Json, ...] = ([], {}, [1], math.nan, math.inf, 2**53 + 1, -1e300)
NO_OBJECTS: tuple[Json, ...] = (None, [], "text", " ", 5, True, [{}])
NO_REQUESTS: tuple[Json, ...] = (
    None,
    [],
    {},
    "support.refund",
    5,
    True,
    {"action": None},
    {"action": {}},
    {"action": "support.refund"},
)
NO_ACTION_TYPES: tuple[Json, ...] = (None, "", " \u200b", 5, True, ["support.refund"], {"type": "support.refund"})


class Aim:
    """Values that make a difference to a policy, gathered once; `request` puts some of them together."""

    def __init__(self, policy: CheckedPolicy) -> None:
        constants: dict[str, set[Constant]] = {}
        for rule in policy.rules:
            for required in rule.requirements:
                constants.setdefault(required.attribute, set())
            for test in _tests(rule.condition):
                constants.setdefault(test.attribute, set()).update(test.constants)
        if AMOUNT_USD in constants:
            for name in AMOUNT_USD_INPUTS:
                constants.setdefault(name, set())
            constants["amount.currency"] |= {"USD", "EUR", "usd"}
        self.kinds = policy.kinds
        self.actions = _actions(policy)
        self.similarities = [0.0, *_usable(FAILURE_SIMILARITY, constants.pop(FAILURE_SIMILARITY, set()), policy)]
        self.usd = [value for value in constants.pop(AMOUNT_USD, set()) if isinstance(value, float)]
        self.well_typed = {name: _usable(name, constants[name], policy) for name in sorted(constants)}
        self.ill_typed = {name: _ill_typed(policy.kinds[name]) for name in self.well_typed}

    def similarity(self, choices: Choices) -> float:
        """A similarity to past failures."""
        value = choices.pick(self.similarities)
        assert isinstance(value, (int, float)), "similarities are numbers"
        return float(value)

    def request(self, choices: Choices) -> Json:
        """A request: any JSON value, mostly one that can be decided."""
        if choices.often(2):
            return choices.pick(NO_REQUESTS)
        request: dict[str, Json] = {"action": {"type": choices.pick(self.actions)}}
        # In most requests nothing is ill-typed, or INVALID_EVIDENCE would hide the rest.
        odd_percent = choices.pick((0, 0, 0, 6, 30))
        absent_percent = choices.pick((0, 5, 20, 60))
        for name, values in self.well_typed.items():
            if choices.often(absent_percent):
                _put(request, name, choices.pick((None, *BLANKS))) if choices.often(50) else None
            else:
                _put(request, name, choices.pick(self.ill_typed[name] if choices.often(odd_percent) else values))
        if self.usd and choices.often(60):
            self._aim_at_usd(choices, request)
        if choices.often(30):
            self._distract(choices, request)
        if choices.often(4):
            self._break(choices, request)
        return request

    def _aim_at_usd(self, choices: Choices, request: dict[str, Json]) -> None:
        """An amount in a foreign currency whose product comes out beside a constant."""
        low, high = self.kinds[FX_RATE].low, self.kinds[FX_RATE].high
        assert low is not None, "the rate is built in with a range"
        assert high is not None, "the rate is built in with a range"
        rate = choices.pick([value for value in (1.0, 1.1, 0.5, 3.0, 1e6, 1e-6, low, high) if low <= value <= high])
        wanted = choices.pick(self.usd)
        value = choices.pick(_near(wanted / rate))
        _put(request, FX_RATE, choices.pick((rate, int(rate) or rate)))
        _put(request, "amount.value", max(value, 0))
        _put(request, "amount.currency", choices.pick(("EUR", "USD", "usd", " USD")))

    def _distract(self, choices: Choices, request: dict[str, Json]) -> None:
        """Add what no rule reads, or reads elsewhere."""
        match choices.below(5):
            case 0:
                _put(request, "evidence.unmentioned", choices.pick((*NO_OBJECTS, math.nan, 2**99)))
            case 1:
                request["risk"] = {"failure_similarity": 1.0}
                request["amount_usd"] = 5
            case 2:
                for name in self.well_typed:
                    if name.count(".") > 1 and name.startswith("evidence."):
                        _put_flat(request, name, choices.pick(self.well_typed[name]))
            case 3:
                _put(request, "action.tags", choices.pick((["vip"], [], "vip", None)))
            case _:
                request["extra"] = {"evidence": {}}
                _put(request, "subject.extra", 5)

    def _break(self, choices: Choices, request: dict[str, Json]) -> None:
        """Put something else where an object, or the action's type, should be."""
        nested = [request_path(name)[:-1] for name in self.well_typed if len(request_path(name)) > 2]
        top = [("action",), ("evidence",), ("subject",), ("tenant",), ("action", "amount"), ("action", "target")]
        path = choices.pick([("action", "type"), *top, *nested])
        _put_at(request, path, choices.pick(NO_ACTION_TYPES if path == ("action", "type") else NO_OBJECTS))


def _tests(condition: CheckedCondition) -> Iterable[Test]:
    match condition:
        case Test():
            yield condition
        case Not(part):
            yield from _tests(part)
        case All(parts) | Any(parts):
            for part in parts:
                yield from _tests(part)
        case _:
            pass


def _actions(policy: CheckedPolicy) -> list[str]:
    """Types on every side of every border between scopes; those that some rule names come up more often."""
    inside, beside = set(), {"other.action"}
    for rule in policy.rules:
        for exact in rule.scope.exact:
            inside.add(exact)
            beside |= {exact + ".x", exact[:-1], exact.upper(), exact + " "}
        for prefix in rule.scope.prefixes:
            inside |= {prefix + "x", prefix + "x.y"}
            beside |= {prefix, prefix[:-1], prefix + "*", prefix[:-1] + "_more.x", prefix + " "}
    return sorted(inside) * 5 + sorted(beside)


def _usable(name: str, constants: set[Constant], policy: CheckedPolicy) -> list[Json]:
    """Well-typed values at every constant and beside it."""
    kind = policy.kinds[name]
    match kind.name:
        case "number" | "integer":
            return _numbers(kind, [float(value) for value in constants])
        case "text":
            return _texts([str(value) for value in constants])
        case "one of":
            return list(kind.members)
        case "boolean":
            return [False, True]
        case "set of text":
            return _sets(sorted(str(value) for value in constants))
        case _:
            return ["x", 0, -0.0, 5, 0.5, False, True, 2**53]


def _numbers(kind: Kind, constants: Sequence[float]) -> list[Json]:
    low = -float(MAGNITUDE_MAX) if kind.low is None else kind.low
    high = float(MAGNITUDE_MAX) if kind.high is None else kind.high
    near = [value for constant in (*constants, low, high, 0.0) for value in _near(constant)]
    if kind.name == "integer":
        near = [value for value in near if value == int(value)]
    return [value for value in near if low <= value <= high]


def _near(number: float) -> list[int | float]:
    """The number, its neighbours among doubles, and the integers about it, as `int` and as `float`."""
    about = [math.floor(number), math.ceil(number), math.floor(number) - 1, math.ceil(number) + 1]
    beside = [number, math.nextafter(number, -math.inf), math.nextafter(number, math.inf), -number * 0.0]
    return [*beside, *about, float(about[0]), float(about[1])]


def _texts(constants: Iterable[str]) -> list[Json]:
    beside = {text for constant in constants for text in (constant, constant + "x", constant + " ", constant.upper())}
    cut = {constant[:-1] for constant in constants}
    return [*(text for text in sorted(beside | cut) if text.strip()), "other", "\x00", "\ud800"]


def _sets(constants: list[str]) -> list[Json]:
    sets: list[Json] = [[], ["other"], constants, constants[::-1] + constants, [*constants, "other"]]
    sets += [[constant] for constant in constants]
    sets += [[other for other in constants if other != constant] for constant in constants]
    return sets


def _ill_typed(kind: Kind) -> list[Json]:
    match kind.name:
        case "number" | "integer":
            out = [math.nextafter(kind.low, -math.inf)] if kind.low is not None else []
            out += [math.nextafter(kind.high, math.inf)] if kind.high is not None else []
            whole = [0.5, math.nextafter(1.0, 0)] if kind.name == "integer" else []
            return [*NO_NUMBERS, *out, *out, *whole]
        case "one of":
            cased = [member.upper() for member in kind.members] + [member + " " for member in kind.members]
            return [*NO_TEXTS, *(text for text in cased if text not in kind.members), "other"]
        case "text":
            return list(NO_TEXTS)
        case "boolean":
            return list(NO_BOOLEANS)
        case "set of text":
            return list(NO_SETS)
        case _:
            return list(NO_SCALARS)


def _put(request: dict[str, Json], name: str, value: Json) -> None:
    _put_at(request, request_path(name), value)


def _put_flat(request: dict[str, Json], name: str, value: Json) -> None:
    _put_at(request, ("evidence", name.removeprefix("evidence.")), value)


def _put_at(request: dict[str, Json], path: tuple[str, ...], value: Json) -> None:
    at = request
    for key in path[:-1]:
        inner = at.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        at = inner
    at[path[-1]] = value
