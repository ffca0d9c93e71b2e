"""Deciding with a table."""

from copy import deepcopy

from hypothesis import given, settings

from lumyn_runtime.artifact import dumps, loads
from lumyn_runtime.policy import CompiledPolicy
from lumyn_runtime.risk import RiskSignals
from tests.profiles import examples
from tests.runtime.tables import TableCase, dollar_cases, naive_outcome, table_cases


@given(table_cases())
@settings(max_examples=examples(300))
def test_decides_as_going_through_the_rows_one_by_one_would(case: TableCase) -> None:
    """Masks, sums of digits and generated source are a quicker way to the same outcome, whole."""
    agrees(case)


@given(dollar_cases())
@settings(max_examples=examples(300))
def test_amounts_in_dollars_are_decided_so_too(case: TableCase) -> None:
    """They have a way of their own through the generated source."""
    agrees(case)


def agrees(case: TableCase) -> None:
    """The outcomes are those of going through the rows, and no request is changed."""
    policy = CompiledPolicy(loads(dumps(case.table)), "")
    for request, similarity in case.requests:
        before = deepcopy(request)
        outcome = policy.evaluate(request, RiskSignals(similarity))
        assert outcome == naive_outcome(case.table, before, similarity)
        assert repr(request) == repr(before)
