"""What a generated policy is about: some attributes, their kinds, and the few constants that its rules keep coming to."""

from __future__ import annotations

import math

import attrs

from lumyn_runtime.builtin import BUILT_IN_KINDS, FX_RATE
from lumyn_runtime.vocabulary import BLANK, MAGNITUDE_MAX, Kind
from tests.generators.choices import Choices

__all__ = ["EVIDENCE_NAMES", "MEMBERS", "NUMBERS", "TEXTS", "Topic", "make_many_topics", "make_topics"]

Constant = str | float | bool

# None lies in another. They are keywords, words with digits and dashes, nested names and names that are no words.
EVIDENCE_NAMES = (
    "a",
    "b",
    "ticket_id",
    "risk_score",
    "card.risk",
    "card.holder",
    "card.issuer.country",
    "card.issuer.bank.name",
    "card.zone",
    "reason",
    "not",
    "in",
    "stage",
    "is",
    "evidence",
    "3ds",
    "x-y",
    "_",
    "odd key",
    "é",
    "nested.odd key",
    "Z",
)

NUMBERS = (
    0.0,
    1.0,
    25.0,
    200.0,
    0.35,
    math.nextafter(0.35, 1),
    math.nextafter(0.35, 0),
    0.8,
    2.0,
    2.5,
    -1.0,
    -2.5,
    0.1,
    0.3,
    0.1 + 0.2,
    1e-7,
    0.000001,
    5e-324,
    1.0 / 3.0,
    14.0,
    15.0,
    1_000_000.0,
    float(MAGNITUDE_MAX),
    float(MAGNITUDE_MAX - 1),
    -float(MAGNITUDE_MAX),
)

TEXTS = (
    "high",
    "hi",
    "h",
    "high-risk",
    "low",
    "USD",
    "usd",
    "EUR",
    "ZD-1",
    "ZD-",
    "ZD",
    " padded ",
    'a "quoted" word',
    "back\\slash",
    "two\nlines",
    "true",
    "null",
    "5",
    "é",
    "e\u0301",
    "\uffff",
    "\U0001f600",
    "# no comment",
)

MEMBERS = ("low", "medium", "high", "x-y", "very high", "true", "3", "é", "USD", "\U0001f600", "rule", "\ue000")


@attrs.frozen
class Topic:
    """An attribute that the policy's predicates ask about.

    constants: those that its predicates choose from, so that thresholds collide
    declared:  whether the policy declares it; built-in attributes need not be
    """

    name: str
    kind: Kind
    constants: tuple[Constant, ...]
    declared: bool


def make_topics(choices: Choices, count: int) -> list[Topic]:
    """Declared evidence and built-in attributes, mixed."""
    names = choices.sample(EVIDENCE_NAMES, choices.between(min(1, count), count))
    topics = [_evidence(choices, f"evidence.{name}") for name in names]
    for name in choices.sample(tuple(BUILT_IN_KINDS), count - len(names)):
        narrowed = name == FX_RATE and choices.often(50)
        kind = _narrow_rate(choices) if narrowed else BUILT_IN_KINDS[name]
        topics.append(Topic(name, kind, _constants(choices, kind), declared=narrowed))
    return topics


def make_many_topics(choices: Choices, count: int) -> list[Topic]:
    """More declared evidence than any policy has a use for."""
    return [_evidence(choices, f"evidence.many.e{position}") for position in range(count)]


def _evidence(choices: Choices, name: str) -> Topic:
    kind = _kind(choices)
    return Topic(name, kind, _constants(choices, kind), declared=True)


def _kind(choices: Choices) -> Kind:
    name = choices.pick(("number", "text", "one of", "boolean", "integer", "set of text", "number", "one of", "scalar"))
    if name == "one of":
        return Kind(name, members=tuple(choices.sample(MEMBERS, choices.pick((1, 2, 3, 4, 9)))))
    if name in ("number", "integer") and choices.often(50):
        numbers = [number for number in NUMBERS if name == "number" or number.is_integer()]
        low, high = sorted((choices.pick(numbers), choices.pick(numbers)))
        shape = choices.below(3)
        return Kind(name, low=_bound(low) if shape != 1 else None, high=_bound(high) if shape != 2 else None)
    return Kind(name)


def _bound(number: float) -> float | None:
    # The largest magnitude is no bound, and a kind that has it as one is spelled without.
    return None if abs(number) == MAGNITUDE_MAX else number


def _narrow_rate(choices: Choices) -> Kind:
    low, high = sorted((choices.pick((0.000001, 0.5, 0.1)), choices.pick((1_000_000.0, 2.0, 0.9))))
    return Kind("number", low=low, high=high)


def _constants(choices: Choices, kind: Kind) -> tuple[Constant, ...]:
    # Few, so that thresholds collide; now and then many, since tables look many up in another way than few.
    count = choices.between(1, 4) if choices.often(90) else 25
    match kind.name:
        case "number" | "integer":
            return tuple(choices.sample(_numbers(kind), count))
        case "text":
            texts = choices.sample(TEXTS, count)
            return tuple(texts) + tuple(text[:-1] for text in texts if text[:-1].strip(BLANK) and choices.often(25))
        case "set of text":
            return tuple(choices.sample(TEXTS, count))
        case "one of":
            return kind.members
        case _:
            return (False, True)


def _numbers(kind: Kind) -> list[float]:
    low = -float(MAGNITUDE_MAX) if kind.low is None else kind.low
    high = float(MAGNITUDE_MAX) if kind.high is None else kind.high
    near = (low, high, math.nextafter(low, math.inf), math.nextafter(high, -math.inf), low / 2 + high / 2)
    return sorted({number + 0.0 for number in (*NUMBERS, *near) if low <= number <= high}, key=abs)
