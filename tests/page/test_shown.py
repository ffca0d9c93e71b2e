"""What the page makes of texts."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from lumyn.api.page.shown import Typed, cut, pretty_lines, shown
from lumyn.cli.terminal import escape, escape_json
from tests.page.corpus import HOSTILE

_TEXTS = st.text() | st.sampled_from(sorted(HOSTILE.values()))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
)


@given(_TEXTS)
def test_a_text_is_shown_as_the_command_line_shows_it(text: str) -> None:
    """With escapes for whatever would not be seen."""
    assert shown(text) == escape(text)
    assert str(shown(text)).isprintable()


@given(_JSON)
def test_json_means_the_same_and_hides_nothing(value: object) -> None:
    """Line for line, as the command line shows it."""
    lines = ["".join(parts) for parts in pretty_lines(value)]

    assert json.loads("\n".join(lines)) == value
    assert all(line.isprintable() for line in lines)
    assert "\n".join(lines) == escape_json(json.dumps(value, ensure_ascii=False, indent=2))


def test_a_key_and_its_value_are_apart() -> None:
    """Where either is not plain."""
    assert list(pretty_lines({'א"b, ': "ב, ", "c": ["ד:", 1]})) == [
        ("{",),
        ("  ", '"א\\"b, "', ": ", '"ב, "', ","),
        ('  "c": [',),
        ("    ", '"ד:"', ","),
        ("    1",),
        ("  ]",),
        ("}",),
    ]


def test_what_was_typed_and_what_templates_made_stays_as_it_is() -> None:
    """A field gets back what was in it; numbers are numbers."""
    for value in (Typed("a\u202eb"), Markup("<b>\n</b>"), 3):
        assert shown(value) is value


def test_a_long_text_is_cut_where_it_says_so() -> None:
    """With a sign that there is more."""
    assert cut("short", 5) == "short"
    assert cut("a longer text", 9) == "a longer…"
