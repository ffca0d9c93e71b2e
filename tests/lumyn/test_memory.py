"""Experience Memory: what is alike, by how much, and what is remembered of it."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.features import weight_of
from lumyn.memory import Labelled, Memory, Remembered, Scope, situation_id

FEATURES = st.lists(
    st.sampled_from(
        ["amount=10", "amount=20", "currency=EUR", "currency=USD", "subject=agent", "subject=user"]
        + [f"tag={letter}" for letter in "abcd"]
        + [f"evidence.{letter}=true" for letter in "efgh"]
    ),
    min_size=1,
    max_size=9,
    unique=True,
).map(lambda drawn: tuple(sorted(drawn)))
LABELLED = st.lists(
    st.builds(Labelled, FEATURES, st.sampled_from(["failure", "success", "near_miss"]), st.integers(1, 5)), max_size=25
)


def _similarity(one: tuple[str, ...], other: tuple[str, ...]) -> Fraction:
    """Weighted Jaccard, as it is written in books."""
    return Fraction(sum(map(weight_of, {*one} & {*other})), sum(map(weight_of, {*one} | {*other})))


def _plainly(labelled: list[Labelled], labels: set[str], features: tuple[str, ...]) -> list[tuple[str, float, int]]:
    """The three most alike, one situation after the other."""
    counts: dict[tuple[str, ...], dict[str, int]] = {}
    for item in labelled:
        counts.setdefault(item.features, {})[item.label] = item.count
    scored = []
    for other, of_situation in counts.items():
        count = sum(number for label, number in of_situation.items() if label in labels)
        score = _similarity(features, other)
        if count and score:
            scored.append((-score, situation_id(other), count))
    return [(identity, round(float(-score), 6), count) for score, identity, count in sorted(scored)[:3]]


@given(LABELLED, FEATURES)
def test_what_is_alike_is_what_weighted_jaccard_says(labelled: list[Labelled], features: tuple[str, ...]) -> None:
    """Of failures, near misses among them, and of successes; ties are broken by id."""
    report = Remembered(labelled).recall(features)
    for side, labels in ((report.failure, {"failure", "near_miss"}), (report.success, {"success"})):
        expected = _plainly(labelled, labels, features)
        assert [(item.id, item.similarity, item.count) for item in side.top_k] == expected
        assert side.score == (expected[0][1] if expected else 0.0)


@given(LABELLED, FEATURES, st.randoms())
def test_the_order_of_labels_changes_nothing(
    labelled: list[Labelled], features: tuple[str, ...], chance: object
) -> None:
    """Where nothing is left out: neither what is recalled nor the snapshot."""
    once = {(item.features, item.label): item for item in labelled}
    shuffled = list(once.values())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Remembered(shuffled).recall(features) == Remembered(once.values()).recall(features)


def test_the_same_situation_is_wholly_alike() -> None:
    """And one that shares nothing is not alike at all."""
    remembered = Remembered([Labelled(("subject=agent", "tag=a"), "failure", 2)])
    assert remembered.recall(("subject=agent", "tag=a")).failure.score == 1.0
    assert remembered.recall(("subject=user",)).failure.score == 0.0
    assert remembered.recall(("subject=agent", "tag=a")).success.score == 0.0


def test_the_snapshot_is_of_the_lines_that_a_pack_carries() -> None:
    """One for each situation and label, sorted."""
    remembered = Remembered(
        [Labelled(("tag=b",), "failure", 2), Labelled(("tag=a",), "success", 1), Labelled(("tag=b",), "success", 3)]
    )
    lines = [json.loads(line) for line in remembered.lines]
    assert lines == [[["tag=a"], "success", 1], [["tag=b"], "failure", 2], [["tag=b"], "success", 3]]
    assert Remembered([]).snapshot == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("kept", [1, 2])
def test_of_too_many_situations_those_labelled_longest_ago_are_left_out(kept: int) -> None:
    """A situation that is labelled again counts as new."""
    labelled = [Labelled((f"tag={name}",), label, 1) for name, label in (("a", "failure"), ("b", "failure"))]
    labelled.append(Labelled(("tag=a",), "success", 1))
    remembered = Remembered(labelled, situations_max=kept)
    names = {json.loads(line)[0][0] for line in remembered.lines}
    assert names == ({"tag=a"} if kept == 1 else {"tag=a", "tag=b"})


def test_scopes_know_nothing_of_each_other() -> None:
    """Neither tenants nor types of action; each is read once."""
    asked: list[Scope] = []

    def labelled(scope: Scope) -> list[Labelled]:
        asked.append(scope)
        return [Labelled(("tag=a",), "failure", 1)] if scope == ("acme", "a.b") else []

    memory = Memory(labelled, lambda _: 0)
    assert memory.of(("acme", "a.b")).recall(("tag=a",)).failure.score == 1.0
    for other in (("other", "a.b"), ("acme", "a.c"), (None, "a.b")):
        assert memory.of(other).recall(("tag=a",)).failure.score == 0.0
    memory.of(("acme", "a.b"))
    assert len(asked) == 4


def test_what_has_changed_is_read_anew_and_nothing_else() -> None:
    """Scopes of another version than when they were read."""
    versions: dict[Scope, int] = {("acme", "a.b"): 1, ("acme", "a.c"): 1}
    asked: list[Scope] = []

    def labelled(scope: Scope) -> list[Labelled]:
        asked.append(scope)
        return [Labelled(("tag=a",), "failure", 1)] if versions[scope] > 1 else []

    memory = Memory(labelled, lambda scope: versions[scope])
    for scope in versions:
        assert memory.of(scope).recall(("tag=a",)).failure.score == 0.0
    versions["acme", "a.c"] = 2
    memory.renew()
    assert memory.of(("acme", "a.b")).recall(("tag=a",)).failure.score == 0.0
    assert memory.of(("acme", "a.c")).recall(("tag=a",)).failure.score == 1.0
    assert asked == [*versions, ("acme", "a.c")]


def test_scopes_without_end_take_bounded_room() -> None:
    """The one that was read longest ago is read again when it is asked for."""
    asked: list[Scope] = []

    def labelled(scope: Scope) -> list[Labelled]:
        asked.append(scope)
        return []

    memory = Memory(labelled, lambda _: 0, scopes_max=3)
    for tenant in "abcdab":
        memory.of((tenant, "a.b"))
    assert [tenant for tenant, _ in asked] == [*"abcdab"]
    memory.of(("d", "a.b"))
    assert len(asked) == 6
