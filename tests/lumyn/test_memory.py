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
    """Of each label; a situation that gets it again counts as new."""
    labelled = [Labelled((f"tag={name}",), "failure", count) for name, count in (("a", 1), ("b", 1), ("a", 2))]
    remembered = Remembered(labelled, situations_max=kept)
    lines = [json.loads(line) for line in remembered.lines]
    assert lines == [[["tag=a"], "failure", 2], [["tag=b"], "failure", 1]][:kept]


@given(LABELLED, LABELLED, FEATURES)
def test_only_failures_make_failures_forgotten(
    labelled: list[Labelled], others: list[Labelled], features: tuple[str, ...]
) -> None:
    """However many successes come after them, and what nearly went wrong likewise."""
    successes = [item for item in others if item.label == "success"]
    before = Remembered(labelled, situations_max=3)
    after = Remembered([*labelled, *successes], situations_max=3)
    assert after.recall(features).failure == before.recall(features).failure
    others = [item for item in others if item.label != "failure"]
    after = Remembered([*labelled, *others], situations_max=3)
    failures = [[line for line in remembered.lines if b',"failure",' in line] for remembered in (before, after)]
    assert failures[0] == failures[1]


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


def test_scopes_that_are_large_take_bounded_room() -> None:
    """Fewer of them are held; the one that was read last always is."""
    asked: list[Scope] = []

    def labelled(scope: Scope) -> list[Labelled]:
        asked.append(scope)
        return [Labelled((f"tag={number}",), "failure", 1) for number in range(100)]

    size = Remembered(labelled((None, "a.b"))).size
    for bytes_max, again in ((size // 2, 2), (size * 5 // 2, 1)):
        memory = Memory(labelled, lambda _: 0, bytes_max=bytes_max)
        for tenant in "abc":
            memory.of((tenant, "a.b"))
        asked.clear()
        for tenant in "cbc":
            assert memory.of((tenant, "a.b")).recall(("tag=7",)).failure.score == 1.0
        assert len(asked) == (2 if again == 2 else 0)


def test_what_was_recalled_takes_bounded_room() -> None:
    """Callers may think up situations without end, and long ones."""
    remembered = Remembered([Labelled(("tag=a",), "failure", 1)])
    for number in range(2_000):
        remembered.recall((f"system={number:0256}",))
    assert sum(len(feature) for features in remembered._recalled for feature in features) <= 65_536


@pytest.mark.parametrize("is_behind", [False, True])
def test_a_label_that_comes_while_a_scope_is_first_read_is_not_missed(*, is_behind: bool) -> None:
    """Whoever follows it does not find the scope in memory yet, so whoever reads it has to look again."""
    stored: list[Labelled] = []

    def labelled(_: Scope) -> list[Labelled]:
        read = list(stored)
        if not stored:
            stored.append(Labelled(("tag=a",), "failure", 1))
            memory.renew()
            if is_behind:
                # Another thread has read it, and held it, before this one goes on.
                memory.of((None, "a.b"))
        return read

    memory = Memory(labelled, lambda _: len(stored))
    assert memory.of((None, "a.b")).recall(("tag=a",)).failure.score == 1.0
    assert memory.of((None, "a.b")).recall(("tag=a",)).failure.score == 1.0


def test_newer_is_never_replaced_by_older() -> None:
    """Two threads renew, and the one that began first is the last to end. Not even until it looks again."""
    stored = [Labelled(("tag=a",), "failure", 1)]
    seen: list[float] = []

    def labelled(_: Scope) -> list[Labelled]:
        read = list(stored)
        if len(stored) == 2:
            stored.append(Labelled(("tag=c",), "failure", 1))
            memory.renew()
        elif len(stored) == 3:
            seen.append(memory.of((None, "a.b")).recall(("tag=c",)).failure.score)
        return read

    memory = Memory(labelled, lambda _: len(stored))
    memory.of((None, "a.b"))
    stored.append(Labelled(("tag=b",), "failure", 1))
    memory.renew()
    assert seen == [0.0, 1.0]
    assert memory.of((None, "a.b")).recall(("tag=c",)).failure.score == 1.0
