"""What people and scripts see can't play tricks on them."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.cli.terminal import escape, json_text

ANY_TEXT = st.text(st.characters(exclude_categories=[]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, é, 漢字", "plain text, é, 漢字"),
        ("\x1b[2Jgone", "\\u001b[2Jgone"),
        ("\u202etxet", "\\u202etxet"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("two\nlines", "two\\u000alines"),
        ("\U000e0041tag", "\\u{e0041}tag"),
        ("\ud800", "\\ud800"),
    ],
)
def test_tricky_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    """Control, bidirectional and invisible characters are spelled; letters of every language are not."""
    assert escape(text) == shown


@given(ANY_TEXT)
def test_escaped_text_is_printable(text: str) -> None:
    """Whatever comes in."""
    assert escape(text).isprintable()


@given(ANY_TEXT)
def test_json_keeps_its_meaning_and_is_printable(text: str) -> None:
    """Escapes of JSON's own take the place of characters that would not be seen."""
    shown = json_text({text: [text]})

    assert json.loads(shown) == {text: [text]}
    assert all(character == "\n" or unicodedata.category(character)[0] != "C" for character in shown)
    assert "\n" not in json_text([text], indent=None)
