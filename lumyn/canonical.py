"""Canonical JSON (RFC 8785) of plain JSON values: what digests are made of, and how records are stored."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256

import orjson

from lumyn.errors import JsonError
from lumyn.strict_json import JsonValue, parse
from lumyn_runtime.canonical import write_array, write_number, write_text

__all__ = ["canonical", "canonical_of_normal", "canonical_text", "digest_of", "parse_canonical"]

# The encoder of the standard library sorts by code points and spells doubles as Python does. Both are right for nearly
# every value, and it is ten times quicker than going through the value.
_encode_plainly = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode

# A number that Python spells otherwise than ECMAScript, and what looks like one inside a text: an exponent, or `.0`.
# A number stands behind a key, or in a list; the colon of `sha256:5e…` is not a key's.
_ODD_NUMBER = re.compile(r"(?:\":|[\[,])-?[0-9]+(?:(?:\.[0-9]+)?e[+-]|\.0[,\]}])")


def canonical(value: JsonValue) -> bytes:
    """The one spelling of a value, as bytes; see canonical_text."""
    return canonical_text(value).encode()


def canonical_text(value: JsonValue) -> str:
    """The one spelling of a value.

    value: of dicts, lists, texts without lone surrogates, bools, None, ints and finite doubles; ints beyond ±2^53 are
           spelled as they are
    cost:  about 10 µs for a request
    """
    text = _encode_plainly(value)
    # What every odd number has in it: looking for these takes a twentieth of the time.
    may_be_odd = "e-" in text or "e+" in text or ".0," in text or ".0]" in text or ".0}" in text
    is_odd = may_be_odd and _ODD_NUMBER.search(text) is not None
    if is_odd or isinstance(value, float) or not (text.isascii() or max(text) <= "\uffff"):
        text = "".join(_pieces(value))
    return text


def canonical_of_normal(value: JsonValue) -> bytes:
    """The one spelling of a value in the normal form of requests: no double in it is integral, and no number beyond 2^53.

    cost: about 2 µs for a request
    """
    try:
        content = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # nesting that is too deep for it
        return canonical(value)
    # It spells doubles as ECMAScript does from 0.00001 up to 2^53, and sorts keys by code points.
    is_odd = b"e-" in content or not (content.isascii() or max(content) < _BEYOND_PLANE)
    return canonical(value) if is_odd else content


# The first byte of a character beyond the basic plane in UTF-8; a key with one comes before some others in RFC 8785.
_BEYOND_PLANE = 0xF0


def parse_canonical(content: bytes) -> JsonValue:
    """The value of bytes that are to be its one spelling. Raises JsonError, for whatever else they are."""
    try:
        # What has one spelling says nothing twice, so the plain parser will do, which is several times as fast.
        value: JsonValue = json.loads(content)
        spelled = canonical(value)
    except (ValueError, RecursionError) as error:  # also for an infinity, or half a surrogate pair
        parse(content)
        raise JsonError("not usable: it has no canonical spelling") from error
    if spelled != content:
        parse(content)
        raise JsonError("it is not in its canonical spelling (RFC 8785), so these are not the bytes that were stored")
    return value


def digest_of(content: bytes) -> str:
    """The digest of some bytes, as requests and records name it."""
    return f"sha256:{sha256(content).hexdigest()}"


def _pieces(value: JsonValue) -> Iterator[str]:
    match value:
        case dict():
            yield "{"
            separator = ""
            for key in sorted(value, key=_utf16):
                yield f"{separator}{write_text(key)}:"
                yield from _pieces(value[key])
                separator = ","
            yield "}"
        case list():
            yield write_array("".join(_pieces(item)) for item in value)
        case str():
            yield write_text(value)
        case bool() | None:
            yield json.dumps(value)
        case int():
            yield str(value)
        case float():
            yield write_number(value)


def _utf16(key: str) -> bytes:
    """RFC 8785 sorts by UTF-16 code units."""
    return key.encode("utf-16-be")
