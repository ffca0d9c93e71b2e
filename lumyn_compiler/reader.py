"""bytes → Source: plain UTF-8 text of a bounded size, in which people see every character that counts."""

from __future__ import annotations

import re

from lumyn_compiler.diagnostic import Diagnostic, Report
from lumyn_compiler.source import Source, Span

__all__ = ["SOURCE_BYTES_MAX", "read_source", "unusable"]

SOURCE_BYTES_MAX = 8 * 2**20

# As many are named in one run as help.
_REFUSED_COUNT_MAX = 20

_REFUSED = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction: the text that is shown is not the text that is read
    "\u00ad\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f"  # no width: texts that look the same are not
    "\u2028\u2029"  # line ends that only some editors show as such
    "\ud800-\udfff"  # halves of a surrogate pair
    "]"
)


def read_source(data: bytes, name: str) -> tuple[Source | None, list[Diagnostic]]:
    """Decode a source; CRLF and CR become LF, and a byte-order mark is dropped.

    returns: with errors, the source is only good to show their places; None for one that is too large to look at
    """
    if len(data) > SOURCE_BYTES_MAX:
        return None, [_too_large(len(data))]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        source = Source(name, _normalised(data.decode("utf-8", "replace")))
        before = _normalised(data[: error.start].decode("utf-8"))
        return source, [_not_utf_8(data, error.start, Span(len(before), len(before) + 1))]
    source = Source(name, _normalised(text))
    refused = [found for _, found in zip(range(_REFUSED_COUNT_MAX), _REFUSED.finditer(source.text), strict=False)]
    return source, [_not_plain(found.group(), Span(*found.span())) for found in refused]


def unusable(name: str, detail: str) -> Report:
    """The report of a file that gives no source at all: it can't be read, or is none.

    detail: why, in words
    """
    return Report.of(Source(name, ""), [Diagnostic("L007", detail, Span(0, 0), help="name a policy's source")])


def _normalised(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _too_large(size: int) -> Diagnostic:
    limit = f"{SOURCE_BYTES_MAX // 2**20} MiB"
    return Diagnostic(
        "L001",
        f"the source has {size:,} bytes; at most {limit} are read",
        Span(0, 0),
        help="split the policy, or make lists of constants shorter",
    )


def _not_utf_8(data: bytes, offset: int, span: Span) -> Diagnostic:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Diagnostic("L002", "this is UTF-16, not UTF-8", Span(0, 1), help="save the file as UTF-8")
    return Diagnostic(
        "L002",
        f"byte 0x{data[offset]:02x} is not UTF-8 here",
        span,
        help="save the file as UTF-8",
    )


def _not_plain(character: str, span: Span) -> Diagnostic:
    code_point = ord(character)
    escape = f"; inside a text write `\\u{code_point:04x}`" if code_point <= 0xFFFF else ""
    if 0xD800 <= code_point <= 0xDFFF:
        message, wish = f"half of a surrogate pair, U+{code_point:04X}, is no character", "remove it"
    elif code_point < 0xA0:
        message, wish = f"control character U+{code_point:04X} in a plain text", f"remove it{escape}"
    elif character in "\u2028\u2029":
        message, wish = f"line separator U+{code_point:04X} in a plain text", f"use a plain line end{escape}"
    elif character == "\ufeff":
        message, wish = "byte-order mark in the middle of the source", "remove it; it may stand only at the very start"
    else:
        message = f"invisible character U+{code_point:04X}"
        wish = f"remove it, because what reviewers see would not be what is read{escape}"
    return Diagnostic("L002", message, span, help=wish)
