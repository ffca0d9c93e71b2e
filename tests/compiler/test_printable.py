"""What is shown of a text shows all of it."""

from __future__ import annotations

import unicodedata

import pytest

from lumyn_compiler.printable import escape


@pytest.mark.parametrize(
    "unseen", "\u034f\u115f\u1160\u17b4\u180b\u2800\u3164\ufe0f\uffa0\U000e0100\u200b\u202e\u2060\ufeff\x07\x1b\x7f"
)
def test_what_nobody_sees_is_spelled(unseen: str) -> None:
    """Two names that differ in it alone look different."""
    shown = escape(f"ac{unseen}me")
    assert shown.startswith("ac\\u")
    assert shown.endswith("me")
    assert shown.isprintable()


@pytest.mark.parametrize("text", ["Grüße", "日本", "naïve", "שלום", "नमस्ते", "10 €", "👍"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    """In any script, with the marks that belong to its letters."""
    assert escape(unicodedata.normalize("NFC", text)) == unicodedata.normalize("NFC", text)
