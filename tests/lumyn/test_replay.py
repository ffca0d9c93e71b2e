"""Whatever a record says, deciding again gives the same, a difference, or plain words for why that can't be done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumyn.canonical import canonical, digest_of
from lumyn.decision import Decider, refusing_outcome
from lumyn.errors import ReplayError
from lumyn.explain import explain_record
from lumyn.features import features_of
from lumyn.identity import Moment
from lumyn.memory import Labelled, Remembered
from lumyn.normal_json import Limits
from lumyn.record import DecisionParts, RiskReport, record_bytes
from lumyn.replay import replay_record
from lumyn.strict_json import JsonValue
from lumyn_compiler import compile_text
from lumyn_runtime import CompiledPolicy, load
from tests.lumyn.test_gateway import POLICY, request
from tests.profiles import examples

NOTHING = Remembered([])


def policy_of(source: str) -> CompiledPolicy:
    """The policy of a source."""
    return load(compile_text(source).artifact)


REFUNDS = policy_of(POLICY)


def parts_of(
    document: dict[str, Any], policy: CompiledPolicy = REFUNDS, remembered: Remembered = NOTHING
) -> DecisionParts:
    """All that the record of a request is made of."""
    decider = Decider(policy, mode=None, profile="default", key=None, limits=Limits(), engine_version="0")

    def recall(persisted: dict[str, JsonValue], _: str | None) -> RiskReport:
        return remembered.recall(features_of(policy, persisted))

    return decider.decide(decider.read(document), recall, Moment(0, "0" * 26)).parts


def places(value: object, *way: str | int) -> list[tuple[str | int, ...]]:
    """The way to every value in a value."""
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = [*value.items()]
    elif isinstance(value, list):
        inner = [*enumerate(value)]
    return [(*way, key) for key, _ in inner] + [place for key, one in inner for place in places(one, *way, key)]


RECORD = json.loads(record_bytes(parts_of({**request(card="9111"), "trace": {"correlation_id": "c-1"}})))
PLACES = places(RECORD)


@given(
    st.sampled_from(PLACES),
    st.sampled_from(
        [None, 0, -1, 1e300, 2**70, "", "redacted", "x", [], {}, [[]], {"class": "other"}, {"class": []}, True]
    ),
)
@settings(max_examples=examples(400))
def test_a_record_that_was_changed_is_never_a_traceback(place: tuple[str | int, ...], value: JsonValue) -> None:
    """In replaying, and, where it still fits its schema, in explaining."""
    record = json.loads(canonical(RECORD))
    parent = record
    for key in place[:-1]:
        parent = parent[key]
    if parent[place[-1]] == value:
        return
    parent[place[-1]] = value
    try:
        differences = replay_record(canonical(record), REFUNDS)
    except ReplayError:
        return
    # What stands for itself, on the word of the record.
    assert differences or {"decision_id", "engine_version", "memory_snapshot", "mode"} & set(place), place
    explain_record(record, REFUNDS)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/determinism/evaluation_order", ["DEFAULT"]),
        ("/trace", {"correlation_id": "c-2"}),
        ("/trace", None),
        ("/created_at", "1999-01-01T00:00:00.000Z"),
        ("/extensions", {"x": 1}),
        ("/extensions", {"lumyn": {"persisted": True}}),
        ("/links", {"x": "http://e.example"}),
        ("/reason_codes", ["SMALL"]),
        ("/matched_rules", RECORD["matched_rules"] * 2),
        ("/obligations", [{"kind": "log", "severity": "info", "text": "x"}]),
    ],
)
def test_all_of_a_record_that_follows_from_its_inputs_is_compared(path: str, value: JsonValue) -> None:
    """Not its verdict alone."""
    record = json.loads(canonical(RECORD))
    *way, last = path.split("/")[1:]
    parent = record
    for key in way:
        parent = parent[key]
    if value is None:
        del parent[last]
    else:
        parent[last] = value
    assert [one.path for one in replay_record(canonical(record), REFUNDS)] == [path]


def test_what_was_not_stored_let_nothing_through() -> None:
    """Its record has no outcome of the policy's, but it has that one."""
    import attrs

    said: dict[str, JsonValue] = {"persisted": False, "attempted_decision_id": "dec_" + "0" * 26, "outcome": "unknown"}
    refusing = refusing_outcome("STORAGE_UNAVAILABLE")
    content = record_bytes(attrs.evolve(parts_of(request()), outcome=refusing, extensions={"lumyn": said}))
    assert replay_record(content, REFUNDS) == ()
    record = json.loads(content)
    record["verdict"] = "TRUST"
    assert [str(one) for one in replay_record(canonical(record), REFUNDS)] == [
        '/verdict: recorded "TRUST", found "ABSTAIN"'
    ]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("reason_codes", ["WHATEVER"]),
        ("matched_rules", RECORD["matched_rules"]),
        ("extensions", {"lumyn": {"persisted": False}}),
        ("extensions", {"lumyn": {"persisted": False, "attempted_decision_id": "dec_x", "outcome": "unknown"}}),
        (
            "extensions",
            {"lumyn": {"persisted": False, "attempted_decision_id": "dec_" + "0" * 26, "outcome": "stored"}},
        ),
        ("extensions", {"lumyn": {"persisted": "no"}}),
    ],
)
def test_a_record_that_says_it_was_not_stored_says_no_more_than_the_gateway_does(path: str, value: JsonValue) -> None:
    """It rests on no policy, so it has one spelling for each reason that the gateway knows."""
    import attrs

    said: dict[str, JsonValue] = {
        "persisted": False,
        "attempted_decision_id": "dec_" + "0" * 26,
        "outcome": "not_stored",
    }
    for reason in ("STORAGE_UNAVAILABLE", "GATEWAY_OVERLOADED"):
        parts = attrs.evolve(parts_of(request()), outcome=refusing_outcome(reason), extensions={"lumyn": said})
        record = json.loads(record_bytes(parts))
        assert replay_record(canonical(record), REFUNDS) == ()
        record[path] = value
        assert replay_record(canonical(record), REFUNDS)


def test_a_mode_is_no_weaker_than_the_request_asks_for() -> None:
    """The operator's may be stricter, and says nothing of the request."""
    for wish, mode, expected in (
        ({"hints": {"mode": "enforce"}}, "advisory", ["/policy/mode"]),
        ({"policy": {"mode": "enforce"}, "hints": {"mode": "advisory"}}, "advisory", ["/policy/mode"]),
        ({"hints": {"mode": "advisory"}}, "enforce", []),
        ({}, "advisory", []),
    ):
        record = json.loads(record_bytes(parts_of({**request(), **wish})))
        record["policy"]["mode"] = mode
        assert [one.path for one in replay_record(canonical(record), REFUNDS)] == expected


def test_an_id_holds_the_time() -> None:
    """One that holds none, beyond the years that there are, is not of any time."""
    record = json.loads(canonical(RECORD))
    record["decision_id"] = "dec_" + "Z" * 26
    assert [one.path for one in replay_record(canonical(record), REFUNDS)] == ["/created_at"]


def test_another_policy_is_not_the_one() -> None:
    """Both hashes are named."""
    other = policy_of(POLICY.replace("<= 25", "<= 26"))
    with pytest.raises(
        ReplayError, match=f"was decided by {REFUNDS.policy_hash}, and this policy is {other.policy_hash}"
    ):
        replay_record(canonical(RECORD), other)


def test_a_situation_may_have_no_features() -> None:
    """Where all of them are redacted or missing, nothing is known to be like it."""
    policy = policy_of(POLICY.replace("redact evidence.card", "redact subject.type, evidence.card"))
    bare = request()
    bare["action"] = {"type": "support.refund", "intent": "x"}
    nameless = Remembered([Labelled((), "failure", 1), Labelled(("tag=x",), "success", 1)])
    persisted = json.loads(record_bytes(parts_of(bare, policy)))["request"]
    assert features_of(policy, persisted) == ()
    risk = parts_of(bare, policy, nameless).risk
    assert (risk.failure.score, risk.success.score) == (0, 0)
    assert parts_of(request(), policy, nameless).risk.failure.score == 0
    assert nameless.snapshot == digest_of(b'[[],"failure",1]\n[["tag=x"],"success",1]\n')
