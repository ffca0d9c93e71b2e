"""Hypothesis strategies: policies of all constructs, and requests aimed at them.

They wrap the generators of tests.generators, which `python -m tests.fuzz` runs on mere chance.
"""

from __future__ import annotations

import attrs
from hypothesis import event
from hypothesis import strategies as st

from tests.generators.choices import Chance, Drawn
from tests.generators.compiling import Pruned, prune
from tests.generators.policies import RULES_MAX, make_policy
from tests.generators.requests import Aim, Json

__all__ = ["Case", "cases", "pruned_policies"]

# Most requests of a case come from a seed: they are many, and hypothesis need not shrink each of them.
_DRAWN_REQUESTS = 3
_CHANCE_REQUESTS = 40


@attrs.frozen
class Case:
    """A policy with requests aimed at it, each with the similarity to past failures that comes with it."""

    pruned: Pruned
    requests: tuple[tuple[Json, float], ...]


@st.composite
def pruned_policies(draw: st.DrawFn, rules_max: int = RULES_MAX) -> Pruned:
    """Policies that compile, with what the compiler refused of them; described by events."""
    pruned = prune(make_policy(Drawn(draw), rules_max))
    _describe(pruned)
    return pruned


@st.composite
def cases(draw: st.DrawFn, rules_max: int = RULES_MAX) -> Case:
    """Policies that compile, and requests."""
    pruned = draw(pruned_policies(rules_max))
    aim = Aim(pruned.checked)
    drawn, chance = Drawn(draw), Chance(draw(st.integers(0, 2**32)))
    sources = [drawn] * _DRAWN_REQUESTS + [chance] * _CHANCE_REQUESTS
    return Case(pruned, tuple((aim.request(source), aim.similarity(source)) for source in sources))


def _describe(pruned: Pruned) -> None:
    count = len(pruned.checked.rules)
    event("rules: " + next(f"up to {limit}" for limit in (0, 1, 3, 6, 12, RULES_MAX) if count <= limit))
    refused = len(pruned.refused)
    event("refused: " + ("none" if not refused else "some" if count else "all"))
