"""What memory goes by: nothing that a caller adds makes a request unlike a failure, and no situation is large."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.features import features_of, is_feature, weight_of
from lumyn_compiler import compile_text
from lumyn_runtime import load
from tests.lumyn.test_request import REQUEST

POLICY = load(
    compile_text("""
policy p version "1"
mode enforce
default ESCALATE because D1
evidence "a/b~c" : one of (x, y)
evidence kind : one of (a, b)
reason D1 "d"
reason T1 "t"
stage TRUST_PATHS
  rule T for support.refund
    when not (action.tags contains "chargeback") and not (evidence."a/b~c" = x) and evidence.kind is present
    then TRUST because T1
""").artifact
)


def _request(**action: object) -> dict[str, Any]:
    made = copy.deepcopy(REQUEST)
    made["action"].update(action)
    return made


@given(st.lists(st.text(max_size=20) | st.integers() | st.none(), max_size=30))
def test_a_tag_that_no_rule_asks_for_changes_nothing(tags: list[object]) -> None:
    """A caller could make what failed look new by adding some."""
    tags = [tag for tag in tags if tag != "chargeback"]
    assert features_of(POLICY, _request(tags=tags)) == features_of(POLICY, _request(tags=[]))
    with_one = features_of(POLICY, _request(tags=[*tags, "chargeback"]))
    assert {*with_one} - {*features_of(POLICY, _request(tags=[]))} == {"tag=chargeback"}


def test_a_situation_is_small() -> None:
    """Of the texts that anybody may choose, long ones are told apart by their digests."""
    long = ["x" * 10_000, "x" * 9_999 + "y"]
    made = [
        features_of(POLICY, _request(target={"system": text}, amount={"value": 1, "currency": text})) for text in long
    ]
    assert made[0] != made[1]
    assert all(len(feature) <= 256 for features in made for feature in features)
    assert [*map(weight_of, made[0])] == [*map(weight_of, features_of(POLICY, _request(target={"system": "s"})))]


@pytest.mark.parametrize("pointer", ["/evidence/a~1b~0c", "/evidence/kind", "/evidence"])
def test_a_feature_is_found_by_its_pointer(pointer: str) -> None:
    """However its name has to be escaped."""
    assert is_feature(POLICY, pointer)


@pytest.mark.parametrize("pointer", ["/evidence/a/b~c", "/evidence/a", "/evidence/kin", "/evidence/kinds"])
def test_what_is_beside_a_feature_is_none(pointer: str) -> None:
    """Only what stands at the pointer or below it counts."""
    assert not is_feature(POLICY, pointer)
