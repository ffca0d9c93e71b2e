"""Does the table say what the oracle says? Shared by the properties of `make test` and the endless run of `make fuzz`."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

import lumyn_runtime
from lumyn_compiler.checked import CheckedPolicy
from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.tabulate import tabulate
from lumyn_runtime.artifact import dumps
from lumyn_runtime.outcome import Outcome
from tests.generators.requests import Json
from tests.reference import evaluate

__all__ = ["Disagreement", "NotTabulated", "disagreements", "load_checked"]


@attrs.frozen
class Disagreement:
    """A request on which table and oracle differ."""

    request: Json
    risk: float
    table: Outcome
    oracle: Outcome

    def __str__(self) -> str:
        return f"request {self.request!r}\nrisk    {self.risk!r}\ntable   {self.table}\noracle  {self.oracle}"


class NotTabulated(Exception):  # noqa: N818  it is no error of the table
    """A policy that exceeds a limit of tables."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.codes = sorted({found.code for found in diagnostics})


def load_checked(policy: CheckedPolicy) -> lumyn_runtime.CompiledPolicy:
    """The policy as its artifact's bytes, loaded."""
    tabulation = tabulate(policy)
    if tabulation.table is None:
        raise NotTabulated(tabulation.diagnostics)
    return lumyn_runtime.load(dumps(tabulation.table))


def disagreements(
    policy: CheckedPolicy, table: lumyn_runtime.CompiledPolicy, requests: Iterable[tuple[Json, float]]
) -> Iterable[Disagreement]:
    """The requests on which the two differ, whether the table decides on values or on their classes alone."""
    for request, risk in requests:
        signals = lumyn_runtime.RiskSignals(failure_similarity=risk)
        interpreted = evaluate(policy, request, risk)
        for decided in (table.evaluate(request, risk=signals), _from_classes(table, request, signals)):
            if decided != interpreted:
                yield Disagreement(request, risk, decided, interpreted)


def _from_classes(table: lumyn_runtime.CompiledPolicy, request: Json, risk: lumyn_runtime.RiskSignals) -> Outcome:
    """The outcome of the classes alone, by which a decision is replayed."""
    values = table.attribute_values(request, risk=risk)
    if values is None:
        return table.evaluate(request, risk=risk)
    classes = [class_index for value in values for class_index in value.classes]
    return table.evaluate_classes(request["action"]["type"], classes)  # type: ignore[index]
