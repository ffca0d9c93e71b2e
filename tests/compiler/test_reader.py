"""Bytes become a source, or an error that says where they are no plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn_compiler.reader import SOURCE_BYTES_MAX, read_source
from lumyn_compiler.source import Span


def _text(data: bytes) -> str:
    source, found = read_source(data, "a.lumyn")
    assert source is not None
    assert not found
    return source.text


def _refused(data: bytes) -> tuple[str, str]:
    """The message about the first error, and the text that it underlines."""
    source, found = read_source(data, "a.lumyn")
    assert source is not None
    assert {diagnostic.code for diagnostic in found} == {"L002"}
    return found[0].message, source.slice(found[0].span)


def test_every_line_end_becomes_a_line_feed() -> None:
    """CRLF, CR and LF are one line end each, in any mixture."""
    assert _text(b"a\r\nb\rc\nd\r\r\ne") == "a\nb\nc\nd\n\ne"


def test_a_byte_order_mark_is_dropped_at_the_start_only() -> None:
    """One mark is an editor's; a second one is a character that nobody sees."""
    assert _text(b"\xef\xbb\xbfmode enforce") == "mode enforce"
    assert _refused(b"\xef\xbb\xbf\xef\xbb\xbfmode")[0] == "byte-order mark in the middle of the source"


def test_an_empty_source_is_read() -> None:
    """What it lacks is for later phases to say."""
    assert _text(b"") == ""
    assert _text(b"\xef\xbb\xbf") == ""


def test_a_source_of_just_the_limit_is_read_and_one_byte_more_is_not() -> None:
    """The limit counts bytes, and is checked before anything is decoded."""
    assert len(_text(b"#" * SOURCE_BYTES_MAX)) == SOURCE_BYTES_MAX
    source, found = read_source(b"\xff" * (SOURCE_BYTES_MAX + 1), "a.lumyn")
    assert source is None
    assert [diagnostic.code for diagnostic in found] == ["L001"]


@pytest.mark.parametrize(
    ("data", "message", "offset"),
    [
        (b"ab\xff", "byte 0xff is not UTF-8 here", 2),
        ("é\r\né".encode() + b"\xe9 x", "byte 0xe9 is not UTF-8 here", 3),
        (b"ab\xe2\x82", "byte 0xe2 is not UTF-8 here", 2),
        (b"\xc0\xaf", "byte 0xc0 is not UTF-8 here", 0),
        (b"x\xed\xa0\x80", "byte 0xed is not UTF-8 here", 1),
        ("mode".encode("utf-16"), "this is UTF-16, not UTF-8", 0),
    ],
    ids=["stray byte", "Latin-1 after a line end", "cut off", "overlong", "surrogate", "UTF-16"],
)
def test_bytes_that_are_not_utf_8_are_refused_with_their_place(data: bytes, message: str, offset: int) -> None:
    """Offsets count the code points of the text as people see it."""
    source, found = read_source(data, "a.lumyn")
    assert source is not None
    assert [(diagnostic.code, diagnostic.message, diagnostic.span) for diagnostic in found] == [
        ("L002", message, Span(offset, offset + 1))
    ]


@pytest.mark.parametrize("code_point", [0x0, 0x7, 0xB, 0xC, 0x1B, 0x7F, 0x85, 0x9F])
def test_control_characters_are_refused(code_point: int) -> None:
    """A terminal may act on them, and no policy needs them; tabs and line ends are none of them."""
    assert _refused(f'reason A "{chr(code_point)}"'.encode()) == (
        f"control character U+{code_point:04X} in a plain text",
        chr(code_point),
    )


@pytest.mark.parametrize("code_point", [0x61C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2066, 0x2069])
def test_characters_that_change_the_direction_of_text_are_refused_everywhere(code_point: int) -> None:
    """Text that is shown in another order than it is read deceives a reviewer, in comments too."""
    assert _refused(f"# {chr(code_point)}".encode()) == (f"invisible character U+{code_point:04X}", chr(code_point))


@pytest.mark.parametrize("code_point", [0xAD, 0x200B, 0x2060, 0xFEFF, 0xE0041])
def test_characters_without_width_are_refused(code_point: int) -> None:
    """Two texts that look the same are the same."""
    assert _refused(f'"a{chr(code_point)}"'.encode())[1] == chr(code_point)


def test_of_very_many_refused_characters_the_first_are_told() -> None:
    """A file of NULs gives a page of errors, not millions."""
    _, found = read_source(bytes(100_000), "a.lumyn")
    assert len(found) == 20


def test_writing_of_every_language_is_read() -> None:
    """Joiners and marks that scripts need are no tricks."""
    written = "Zürich, Ελλάδα, हिन्दी, עברית, می‌خواهم, 👩‍👩‍👧, e\u0301"
    assert _text(written.encode()) == written


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_place(data: bytes) -> None:
    """Nothing raises, and every error lies in the text that is shown."""
    source, found = read_source(data, "a.lumyn")
    assert source is not None
    assert all(0 <= diagnostic.span.start < diagnostic.span.end <= len(source.text) for diagnostic in found)
    assert "\r" not in source.text
