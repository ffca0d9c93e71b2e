"""What the list is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.api.page.query import Query, QueryError, read_query
from lumyn.store.search import Filters

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def read(*given: tuple[str, str]) -> Query:
    """At a time."""
    return read_query(given, NOW)


def test_a_form_that_is_left_empty_asks_for_all() -> None:
    """Browsers send the empty fields, too."""
    assert read().filters == Filters()
    assert read(("verdict", ""), ("tenant", "  "), ("since", "")) == read()
    assert not read(("dry_runs", "shown")).is_narrowed


def test_every_field_narrows_what_is_found() -> None:
    """To what it names."""
    query = read(
        ("verdict", "ABSTAIN"),
        ("action", "support.refund"),
        ("reason", "R"),
        ("tenant", "acme"),
        ("target", "ch_1"),
        ("since", "2h"),
        ("until", "2026-02-01"),
        ("label", "near_miss"),
        ("dry_runs", "shown"),
        ("before", "17"),
    )

    assert query.filters == Filters(
        since="2026-01-31T10:00:00.000Z",
        until="2026-02-01T00:00:00.000Z",
        tenant="acme",
        action_type="support.refund",
        verdict="ABSTAIN",
        reason_code="R",
        target="ch_1",
        label="near_miss",
        has_dry_runs=True,
    )
    assert (query.before_seq, query.after_seq, query.is_narrowed) == (17, None, True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([("since", "yesterday")], "no moment"),
        ([("since", "999999d")], "too long ago"),
        ([("since", "1h"), ("until", "2h")], "nothing is between"),
        ([("verdict", "MAYBE")], "none of TRUST"),
        ([("label", "good")], "none of failure"),
        ([("dry_runs", "1")], "dry_runs is"),
        ([("verdit", "TRUST")], "no such filter"),
        ([("tenant", "a"), ("tenant", "b")], "twice"),
        ([("tenant", "a" * 257)], "more than 256"),
        ([("before", "1"), ("after", "2")], "place in the list"),
        ([("before", "-1")], "place in the list"),
        ([("after", "9" * 16)], "place in the list"),
        ([("after", "٣")], "place in the list"),
    ],
)
def test_what_could_mislead_is_refused(given: list[tuple[str, str]], said: str) -> None:
    """In words, rather than answered with a list of something else."""
    with pytest.raises(QueryError, match=said):
        read_query(given, NOW)


@given(st.text(max_size=50), st.integers(0, 10**15 - 1))
def test_the_link_to_another_page_asks_the_same(tenant: str, seq: int) -> None:
    """Whatever the filters hold; and it leads nowhere else."""
    query = read(("tenant", tenant), ("verdict", "TRUST"))
    link = urlsplit(query.link(before=seq))
    again = read_query(parse_qsl(link.query, keep_blank_values=True), NOW)

    assert (link.scheme, link.netloc, link.path) == ("", "", "/")
    assert again.filters == query.filters
    assert again.before_seq == seq
