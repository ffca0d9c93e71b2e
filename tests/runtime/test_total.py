"""Any JSON value has an outcome; any number of threads and of ever-new situations are borne."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from random import Random
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lumyn_compiler
import lumyn_runtime
from lumyn_runtime.artifact import dumps
from lumyn_runtime.combine import _KEPT_MAX
from lumyn_runtime.evaluate import _ACTION_TYPES_MAX
from lumyn_runtime.outcome import Outcome
from lumyn_runtime.policy import CompiledPolicy
from lumyn_runtime.vocabulary import Verdict
from tests.benchmarks.policy_generator import generated_requests, policy_source
from tests.benchmarks.requests import mixed_requests
from tests.benchmarks.starter import starter_artifact, starter_policy
from tests.profiles import examples
from tests.runtime.tables import TableCase, table_cases

KEYS = st.sampled_from(
    ("action", "type", "amount", "value", "currency", "evidence", "subject", "tenant", "target", "tags", "roles", "id")
)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(("support.refund", "support.close_ticket", "USD", "\ud800")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(KEYS, st.text(max_size=5)), inner, max_size=6),
    ),
    max_leaves=25,
)
OBJECTS = st.dictionaries(st.sampled_from(("chargeback_risk", "order_id", "ticket_id", "manual_approval")), JSON)
REQUESTS = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {"action": st.fixed_dictionaries({"type": st.just("support.refund")}, optional={"amount": JSON, "tags": JSON})},
        optional={"evidence": st.one_of(OBJECTS, JSON), "subject": JSON, "tenant": JSON},
    ),
)


@given(REQUESTS)
@settings(max_examples=examples(500))
def test_any_json_value_has_an_outcome_and_stays_as_it_is(request: object) -> None:
    """Nothing raises, and what the action is not a gate for is never trusted."""
    before = deepcopy(request)
    outcome = starter_policy().evaluate(request)
    assert isinstance(outcome, Outcome)
    assert outcome.matched_rules
    assert outcome.reason_codes
    assert repr(request) == repr(before)
    if type(request) is not dict or type(request.get("action")) is not dict:
        assert (outcome.verdict, outcome.reason_codes) == (Verdict.ABSTAIN, ("INVALID_REQUEST_SCHEMA",))


@pytest.mark.parametrize("part", ["evidence", "subject", "tenant", "amount", "target"])
@pytest.mark.parametrize("value", [None, [], "", "{}", 0, True, [{}], float("nan")])
def test_a_part_that_is_no_object_makes_it_no_request(part: str, value: object) -> None:
    """Even where no rule looks into the part."""
    action: dict[str, Any] = {"type": "support.close_ticket"}
    request: dict[str, Any] = {"action": action, "evidence": {"ticket_id": "1", "resolution_code": "x"}}
    assert starter_policy().evaluate(request).verdict is Verdict.TRUST
    (action if part in ("amount", "target") else request)[part] = value
    assert starter_policy().evaluate(request).reason_codes == ("INVALID_REQUEST_SCHEMA",)


def test_a_very_deep_request_is_decided() -> None:
    """What no rule looks into may be nested as it likes."""
    deep: dict[str, Any] = {}
    inner = deep
    for _ in range(100_000):
        inner["a"] = {}
        inner = inner["a"]
    request = {"action": {"type": "support.close_ticket"}, "evidence": {"ticket_id": deep, "resolution_code": "x"}}
    assert starter_policy().evaluate(request).verdict is Verdict.QUERY
    while deep:  # taken apart from the outside, since the interpreter would do it recursively
        deep = deep.pop("a")


@given(table_cases())
def test_evaluating_the_classes_of_a_request_gives_its_outcome(case: TableCase) -> None:
    """What a record keeps of a request is enough to decide it again."""
    policy = lumyn_runtime.load(dumps(case.table))
    for request, similarity in case.requests:
        risk = lumyn_runtime.RiskSignals(similarity)
        values = policy.attribute_values(request, risk)
        outcome = policy.evaluate(request, risk)
        if values is None:
            assert outcome.reason_codes == ("INVALID_REQUEST_SCHEMA",)
            continue
        assert isinstance(request, dict)
        action_type = request["action"]["type"]
        assert [value.name for value in values] == [used.name for used in policy.attributes(action_type)]
        classes = [index for value in values for index in value.classes]
        assert policy.evaluate_classes(action_type, classes) == outcome


def test_classes_that_can_not_be_are_refused() -> None:
    """As the mistake of a caller, with what is wrong."""
    odd: list[Any] = [[], [0] * 99, [99] * 13, [-1] * 13, [True] * 13, ["0"] * 13]
    for classes in odd:
        with pytest.raises(ValueError, match="class"):
            starter_policy().evaluate_classes("support.refund", classes)
    with pytest.raises(ValueError, match="blank"):
        starter_policy().evaluate_classes(" ", [])


def test_eight_threads_on_one_table_agree_with_one() -> None:
    """From the first decision on, when every section and outcome is still to be made."""
    requests = [*mixed_requests(2_000, seed=3, ill_typed_share=0.2), *generated_requests(10, 2, 200), None, {}]
    expected = [starter_policy().evaluate(request) for request in requests]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for seed in range(5):
            policy, barrier = lumyn_runtime.load(starter_artifact()), Barrier(8)

            def decide(
                thread: int, policy: CompiledPolicy = policy, barrier: Barrier = barrier, seed: int = seed
            ) -> None:
                order = list(range(len(requests)))
                Random(8 * seed + thread).shuffle(order)
                barrier.wait()
                for index in order:
                    assert policy.evaluate(requests[index]) == expected[index]

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(decide, range(8)))
    finally:
        sys.setswitchinterval(interval)


def test_a_flood_of_new_situations_and_actions_fills_no_memory() -> None:
    """What is remembered has a bound; time is that of a new situation, which benchmarks measure."""
    policy = lumyn_runtime.load(lumyn_compiler.compile_text(policy_source(300, 1)).artifact)
    chance = Random(5)
    floods: list[Any] = generated_requests(300, 1, 10)

    def flood(count: int) -> None:
        for number in range(count):
            request: dict[str, Any] = deepcopy(floods[number % len(floods)])
            request["evidence"] = {
                name: chance.choice((value, None, [], chance.random() * 100, chance.randrange(100)))
                for name, value in request["evidence"].items()
            }
            policy.evaluate(request)
            policy.evaluate({"action": {"type": f"never.seen.{number}.{chance.random()}"}})

    flood(_KEPT_MAX // 4)
    gc.collect()
    tracemalloc.start()
    flood(_KEPT_MAX // 2)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(policy._evaluator._combiner.cache.outcomes) <= _KEPT_MAX
    assert len(policy._evaluator.by_action) <= _ACTION_TYPES_MAX
    assert kept <= 64 * 2**20, kept


def test_a_full_memory_of_outcomes_is_emptied_and_goes_on() -> None:
    """No situation is decided otherwise after a flood."""
    policy = lumyn_runtime.load(starter_artifact())
    requests = mixed_requests(500, seed=9, ill_typed_share=0.1)
    expected = [policy.evaluate(request) for request in requests]
    cache = policy._evaluator._combiner.cache
    for number in range(3 * _KEPT_MAX):
        cache.keep(("flood", number), expected[0])
        assert len(cache.outcomes) <= _KEPT_MAX
    assert [policy.evaluate(request) for request in requests] == expected
