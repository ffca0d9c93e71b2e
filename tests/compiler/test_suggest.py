"""The candidate that a misspelt word is closest to."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn_compiler.suggest import nearest

KEYWORDS = ("policy", "version", "mode", "default", "because", "evidence", "rule", "when", "then", "else", "require")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("polcy", "policy"),
        ("polciy", "policy"),
        ("poolicy", "policy"),
        ("pplicy", "policy"),
        ("becuase", "because"),
        ("evidnece", "evidence"),
        ("WHEN", "when"),
        ("esle", "else"),
        ("x", None),
        ("refund", None),
        ("", None),
    ],
)
def test_slips_of_the_keyboard_are_seen_through(word: str, meant: str | None) -> None:
    """A letter dropped, added, replaced, or swapped with its neighbour; case does not count."""
    assert nearest(word, KEYWORDS) == meant


def test_the_nearest_of_several_near_ones_is_taken() -> None:
    """Two candidates within reach: the one with fewer slips."""
    assert nearest("chargback_risk", ("chargeback_rank", "chargeback_risk")) == "chargeback_risk"


def test_dashes_stand_for_underscores() -> None:
    """People mix them up without misspelling anything."""
    assert nearest("low-risk", ("high_risk", "low_risk")) == "low_risk"


def test_a_word_may_be_the_beginning_of_what_was_meant() -> None:
    """Too far for slips, but nothing else begins so."""
    assert nearest("escalate_over", ("trust_max_usd", "escalate_over_usd")) == "escalate_over_usd"


@given(st.text("abcd_", min_size=1, max_size=12), st.lists(st.text("abcd_", max_size=12), max_size=20))
def test_a_word_that_is_a_candidate_is_its_own_nearest(word: str, others: list[str]) -> None:
    """Whatever else there is."""
    assert nearest(word, [*others, word]) is not None
    assert nearest(word, [word, *others]) == word


@given(st.text(max_size=200), st.lists(st.text(max_size=50), max_size=20))
def test_what_is_suggested_is_a_candidate(word: str, candidates: list[str]) -> None:
    """Or nothing is."""
    assert nearest(word, candidates) in (None, *candidates)


def test_thousands_of_candidates_cost_little() -> None:
    """Most candidates are passed over by their length or letters."""
    candidates = [f"evidence.attribute_number_{number}" for number in range(1_000)]
    started = time.process_time()
    assert nearest("evidence.atribute_number_711", candidates) == "evidence.attribute_number_711"
    assert time.process_time() - started < 1
