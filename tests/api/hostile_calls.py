"""Hostile calls, down to the byte: what each of them sends, and whether the action may be trusted all the same."""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from tests.api.signing import bearer, signed, timestamped

__all__ = ["BODY", "LIMIT", "Hostile", "head", "hostile_calls", "posted"]

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "examples" / "starter" / "requests" / "refund-small.json").read_bytes())
BODY = json.dumps(DOCUMENT).encode()
# Of a body, as the service is set.
LIMIT = 256 * 1024
DECIDE = "/v0/decide"
JSON = {"Content-Type": "application/json"}


@attrs.frozen
class Hostile:
    """One call.

    sent:       all of it; then nothing more comes, and the service is told so
    may_trust:  whether it is a right one in spite of its looks
    may_answer: whether 2xx is right: of what is decided otherwise than by TRUST, and of what is merely read
    """

    name: str
    sent: bytes
    may_trust: bool = False
    may_answer: bool = False


def head(line: str | bytes, headers: Sequence[tuple[str, str | bytes]]) -> bytes:
    """The head of a call; texts become the bytes of Latin-1."""
    lines = [line, *(_raw(name) + b": " + _raw(value) for name, value in headers)]
    return b"\r\n".join(map(_raw, lines)) + b"\r\n\r\n"


def posted(
    body: bytes = BODY,
    target: str | bytes = DECIDE,
    *,
    method: str = "POST",
    version: str = "HTTP/1.1",
    with_host: str | None = "localhost",
    sign: bool = True,
    sized: bool = True,
    extra: Sequence[tuple[str, str | bytes]] = (),
    ends: bool = True,
) -> bytes:
    """A call with a body, which is right where nothing is said otherwise."""
    headers: list[tuple[str, str | bytes]] = [] if with_host is None else [("Host", with_host)]
    headers += [*JSON.items(), *(signed(body).items() if sign else ())]
    if sized:
        headers.append(("Content-Length", str(len(body))))
    headers += extra
    if ends:
        headers.append(("Connection", "close"))
    return head(b"%s %s %s" % (_raw(method), _raw(target), _raw(version)), headers) + body


def hostile_calls() -> Iterator[Hostile]:
    """All of them."""
    yield from _of_json()
    yield from _of_values()
    yield from _of_lengths()
    yield from _of_chunks()
    yield from _of_headers()
    yield from _of_signatures()
    yield from _of_targets()
    yield from _of_sizes()
    yield from _of_methods()
    yield from _of_others()


def _of_json() -> Iterator[Hostile]:
    """Bodies that are signed, and no JSON that a decision can stand on."""
    text = BODY.decode()
    amount = text.replace('"value": 12', '"value": %s')
    assert "%s" in amount or '"value"' in text
    amount = text.replace(f'"value": {json.dumps(DOCUMENT["action"]["amount"]["value"])}', '"value": %s')
    inside = text.replace('"evidence": {', '"evidence": {"more": %s, ')
    bodies: dict[str, bytes | str] = {
        "empty": b"",
        "blanks": b" \n\t ",
        "a key twice": text.replace("{", '{"schema_version": "decision_request.v0", ', 1),
        "a key twice, escaped": text.replace("{", '{"schema\\u005fversion": "decision_request.v0", ', 1),
        "an amount twice": text.replace('"amount": {', '"amount": {"value": 9000, '),
        "evidence twice": text[:-1] + ', "evidence": {}}',
        "deep": inside % ("[" * 40 + "]" * 40),
        "very deep": inside % ("[" * 20_000 + "]" * 20_000),
        "deep objects": inside % ('{"a":' * 20_000 + "1" + "}" * 20_000),
        "never closed": "[" * 100_000,
        "many keys": inside % json.dumps({str(number): 0 for number in range(2_000)}),
        "a lone surrogate": inside % '"\\ud800"',
        "surrogates the wrong way round": inside % '"\\udc00\\ud800"',
        "a surrogate key": inside % '{"\\udfff": 1}',
        "NUL escaped": inside % '"a\\u0000b"',
        "NUL raw": inside % '"a\0b"',
        "NUL behind": text + "\0",
        "a byte-order mark": "\ufeff" + text,
        "UTF-16": text.encode("utf-16"),
        "UTF-16 without a mark": text.encode("utf-16-le"),
        "UTF-32": text.encode("utf-32"),
        "Latin-1": (inside % '"é"').encode("latin-1"),
        "overlong UTF-8": (inside % '"?"').encode().replace(b"?", b"\xc0\x80"),
        "surrogates in UTF-8": (inside % '"?"').encode().replace(b"?", b"\xed\xa0\x80"),
        "beyond Unicode": (inside % '"?"').encode().replace(b"?", b"\xf4\x90\x80\x80"),
        "half a letter": text.encode()[:-1] + b"\xe2\x82",
        "cut off": text[:-1],
        "cut off in the middle": text[: len(text) // 2],
        "garbage behind": text + "x",
        "two values": text + text,
        "a value a line": text + "\n" + text + "\n",
        "single quotes": text.replace('"', "'"),
        "a comment": "/* trust */" + text,
        "a comma behind": text[:-1] + ",}",
        "a key without quotes": text.replace('"evidence"', "evidence"),
        "Python": text.replace('"evidence": {', '"evidence": {"more": None, '),
        "a raw line end in a text": inside % '"a\nb"',
        "a bad escape": inside % '"\\x41"',
        "half an escape": inside % '"\\u12"',
        "a strange blank": "\u00a0" + text,
        "a form feed": "\f" + text,
        "null": "null",
        "a number": "12",
        "a text": json.dumps(text),
        "a list": f"[{text}]",
        "no keys": "{}",
        "nothing but a huge text": json.dumps("a" * 200_000),
    }
    numbers = (
        "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "9007199254740993", "1" + "0" * 30, "1" * 5_000,
        "0.1234567890123456789", "01", "0x10", "+12", ".5", "5.", "1e", "--1", "1_000", "٣",
    )  # fmt: skip
    bodies |= {f"an amount of {number[:24]}": amount % number for number in numbers}
    yield Hostile("JSON: a huge key", posted((inside % json.dumps({"k" * 200_000: 1})).encode()), may_trust=True)
    for name, body in bodies.items():
        yield Hostile(f"JSON: {name}", posted(body if isinstance(body, bytes) else body.encode()))


def _of_values() -> Iterator[Hostile]:
    """Requests of the wrong types, out of range, or at odds with themselves: refused, or not trusted."""
    missing = object()
    changes: dict[str, Sequence[object]] = {
        "schema_version": ["decision_request.v1", "decision_record.v0", None, 0, missing],
        "action/type": [
            "Support.Refund",
            "support.refund\n",
            " support.refund",
            "support",
            "",
            5,
            None,
            ["support.refund"],
            missing,
        ],
        "action/amount/value": ["12", -12, True, None, [], {}, 1e300, missing],
        "action/amount/currency": ["usd", "US", "USDD", "", 5, None, "US\n"],
        "action/tags": ["a", 5, {}, [5], [None]],
        "action/more": [1],
        "evidence/chargeback_risk": ["0.05", -0.01, 1.01, True, None, [0.05]],
        "evidence/customer_age_days": ["400", 1.5, -1, None],
        "evidence/payment_instrument_risk": ["LOW", "none", "", None, 0],
        "evidence": [None, [], "x", 5],
        "subject": [None, [], "x"],
        "subject/type": ["admin", "", None, 0],
        "subject/id": ["", 5, None, "x" * 5_000],
        "subject/more": [1],
        "context": [None, [], {}],
        "context/mode": ["inline", "reference", "none", None],
        "context/digest": ["sha256:" + "A" * 64, "sha256:00", "md5:0", "", None, missing],
        "context/inline": [{"a": 1}, []],
        "hints/mode": ["off", "trust", None],
        "policy/policy_id": ["another", 5],
        "policy/policy_hash": ["blake3:0"],
        "request_id": ["", 5, None, "x" * 5_000],
        "tenant": [{"tenant_id": "one-that-differs"}, "x", []],
        "more": [{"verdict": "TRUST"}],
    }
    for pointer, values in changes.items():
        for value in values:
            made = copy.deepcopy(DOCUMENT)
            *above, name = pointer.split("/")
            inside = made
            for part in above:
                inside = inside.setdefault(part, {})
            if value is missing:
                inside.pop(name, None)
            else:
                inside[name] = value
            shown = "missing" if value is missing else json.dumps(value)[:30]
            yield Hostile(f"value: {pointer} is {shown}", posted(json.dumps(made).encode()), may_answer=True)


def _of_lengths() -> Iterator[Hostile]:
    """Bodies whose end is said otherwise than it is, or twice."""
    size = len(BODY)
    lengths_of: dict[str, Sequence[str | bytes]] = {
        "twice": [str(size), str(size)],
        "twice, differently": [str(size), str(size + 1)],
        "twice, in one": [f"{size}, {size}"],
        "negative": ["-1"],
        "with a sign": [f"+{size}"],
        "in hexadecimal": [hex(size)],
        "empty": [""],
        "a fraction": [f"{size}.0"],
        "underscored": ["1_0"],
        "of other digits": ["\u0663".encode()],
        "huge": [str(10**18)],
        "beyond 64 bits": [str(2**64 + size)],
        "endless": ["9" * 4_000],
        "too short": [str(size - 1)],
        "none of it": ["0"],
        "too long": [str(size + 1)],
    }
    for name, lengths in lengths_of.items():
        sent = posted(sized=False, extra=[("Content-Length", length) for length in lengths])
        # One that is there twice is one, where both are the same (RFC 9110, 8.6).
        yield Hostile(f"length: {name}", sent, may_trust=name in {"twice", "twice, in one"})
    yield Hostile("length: none at all", posted(sized=False))
    smuggled = posted(b"", "/healthz", method="GET", sign=False)
    extras: dict[str, Sequence[tuple[str, str | bytes]]] = {
        "and chunks": [("Transfer-Encoding", "chunked")],
        "and chunks, spelled oddly": [("Transfer-Encoding", "\tchunked")],
        "and other chunks": [("Transfer-Encoding", "xchunked")],
        "and chunks, twice": [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
        "and chunks behind a blank": [("Transfer-Encoding ", "chunked")],
        "and chunks of identity": [("Transfer-Encoding", "identity, chunked")],
    }
    for name, extra in extras.items():
        sent = head(
            f"POST {DECIDE} HTTP/1.1",
            [("Host", "localhost"), *JSON.items(), *signed(b"").items(), ("Content-Length", "5"), *extra],
        )
        yield Hostile(f"smuggling: length {name}", sent + b"0\r\n\r\n" + smuggled, may_answer=True)
        yield Hostile(f"smuggling: right length {name}", posted(extra=extra))


def _of_chunks() -> Iterator[Hostile]:
    """Chunked bodies."""

    def chunked(content: bytes, *extra: tuple[str, str | bytes]) -> bytes:
        return posted(sized=False, extra=[("Transfer-Encoding", "chunked"), *extra])[: -len(BODY)] + content

    size = b"%x" % len(BODY)
    yield Hostile("chunks: right", chunked(size + b"\r\n" + BODY + b"\r\n0\r\n\r\n"), may_trust=True)
    single = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY)
    yield Hostile("chunks: of one byte", chunked(single + b"0\r\n\r\n"), may_trust=True)
    for name, content in {
        "a size that is none": b"xyz\r\n" + BODY + b"\r\n0\r\n\r\n",
        "a negative size": b"-1\r\n" + BODY + b"\r\n0\r\n\r\n",
        "a size with a sign": b"+" + size + b"\r\n" + BODY + b"\r\n0\r\n\r\n",
        "a size in Python": b"0x" + size + b"\r\n" + BODY + b"\r\n0\r\n\r\n",
        "no size": b"\r\n" + BODY + b"\r\n0\r\n\r\n",
        "a huge size": b"7fffffffffffffff\r\n" + BODY,
        "a size beyond 64 bits": b"1" + b"0" * 15 + size + b"\r\n" + BODY + b"\r\n0\r\n\r\n",
        "a size without end": b"0" * 70_000,
        "a size that is too small": b"5\r\n" + BODY + b"\r\n0\r\n\r\n",
        "no line end behind": size + b"\r\n" + BODY + b"0\r\n\r\n",
        "no last chunk": size + b"\r\n" + BODY + b"\r\n",
        "the last chunk alone": b"0\r\n\r\n",
        "an extension without end": size + b";" + b"a" * 400_000,
        "a trailer without end": size + b"\r\n" + BODY + b"\r\n0\r\nX: " + b"a" * 400_000,
    }.items():
        yield Hostile(f"chunks: {name}", chunked(content))
    trailer = b"\r\n".join(f"{name}: {value}".encode() for name, value in signed(BODY).items())
    unsigned = posted(sized=False, sign=False, extra=[("Transfer-Encoding", "chunked")])[: -len(BODY)]
    content = size + b"\r\n" + BODY + b"\r\n0\r\n" + trailer + b"\r\n\r\n"
    yield Hostile("chunks: signed by a trailer", unsigned + content)
    yield Hostile(
        "chunks: more than is taken", chunked(b"%x\r\n" % (LIMIT + 1) + b" " * (LIMIT + 1) + b"\r\n0\r\n\r\n")
    )
    yield Hostile("chunks: compressed", chunked(content, ("Content-Encoding", "gzip")))


def _of_headers() -> Iterator[Hostile]:
    """Heads that are too large, malformed, or call the service by another name."""
    long = "a" * 70_000
    extras: dict[str, Sequence[tuple[str, str | bytes]]] = {
        "a huge value": [("X-Long", long)],
        "a huge name": [(long, "x")],
        "ten thousand": [(f"X-{number}", "x") for number in range(10_000)],
        "a blank in a name": [("X Y", "x")],
        "a blank behind a name": [("X-Lumyn-Signature ", "x")],
        "no name": [("", "x")],
        "a name beyond ASCII": [("Xé", "x")],
        "NUL in a value": [("X", b"a\0b")],
        "a carriage return in a value": [("X", b"a\rb")],
        "a folded value": [("X", b"a\r\n b")],
        "a second host": [("Host", "localhost")],
        "a second host that is another": [("Host", "elsewhere.example")],
        "a second type": [("Content-Type", "application/json")],
        "compressed": [("Content-Encoding", "gzip")],
        "compressed, twice": [("Content-Encoding", "identity"), ("Content-Encoding", "br")],
    }
    for name, extra in extras.items():
        yield Hostile(f"header: {name}", posted(extra=extra), may_trust=name == "a folded value")
    for name in (
        "elsewhere.example",
        "",
        "localhost@elsewhere.example",
        "localhost:80:80",
        "localhost/x",
        "127.0.0.1.elsewhere",
        "[::1",
        "é",
        "local host",
        "*",
    ):
        yield Hostile(f"header: called {name!r}", posted(with_host=name))
    yield Hostile("header: called nothing", posted(with_host=None))
    wishes: dict[str, Sequence[tuple[str, str | bytes]]] = {
        "an upgrade to WebSockets": [
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Key", "x"),
            ("Sec-WebSocket-Version", "13"),
        ],
        "an upgrade to HTTP/2": [("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")],
        "another method": [("X-HTTP-Method-Override", "DELETE")],
        "another host": [("X-Forwarded-Host", "elsewhere.example"), ("Forwarded", "host=elsewhere.example")],
        "bytes beyond ASCII": [("X", b"\xff\xfe")],
    }
    for name, extra in wishes.items():
        yield Hostile(f"header: asks for {name}", posted(extra=extra), may_trust=True)
    sent = posted()
    yield Hostile("header: lines that end otherwise", sent.replace(b"\r\n", b"\n"), may_trust=True)
    yield Hostile("header: lines that end in carriage returns", sent.replace(b"\r\n", b"\r"))
    yield Hostile("header: no end", sent.partition(b"\r\n\r\n")[0])
    yield Hostile("header: no colon", sent.replace(b"Host: ", b"Host ", 1))
    yield Hostile("header: folded host", sent.replace(b"Host: ", b"Host:\r\n ", 1), may_trust=True)


def _of_signatures() -> Iterator[Hostile]:
    """Calls that are not signed, or not rightly."""
    right = signed(BODY)["X-Lumyn-Signature"]
    headers_of: dict[str, Sequence[str | bytes]] = {
        "none": [],
        "twice": [right, right],
        "empty": [""],
        "no prefix": [right.removeprefix("sha256:")],
        "another prefix": [right.replace("sha256", "sha1")],
        "a digit less": [right[:-1]],
        "a digit more": [right + "0"],
        "a digit else": [right[:-1] + ("0" if right[-1] != "0" else "1")],
        "all zeros": ["sha256:" + "0" * 64],
        "no hexadecimal": ["sha256:" + "g" * 64],
        "other digits": [("sha256:" + "\u0661" * 64).encode()],
        "beyond ASCII": [b"sha256:" + b"\xe9" * 64],
        "quoted": [f'"{right}"'],
        "a list": [f"{right}, {right}"],
        "of nothing": [signed(b"")["X-Lumyn-Signature"]],
        "of another body": [signed(BODY + b"\n")["X-Lumyn-Signature"]],
        "under another secret": [signed(BODY, "another secret of 32 letters 1234")["X-Lumyn-Signature"]],
        "under no secret": [signed(BODY, "")["X-Lumyn-Signature"]],
    }
    for name, headers in headers_of.items():
        extra = [("X-Lumyn-Signature", value) for value in headers]
        yield Hostile(f"signature: {name}", posted(sign=False, extra=extra))
    now = int(time.time())
    for name, said in {
        "long ago": timestamped("POST", DECIDE, BODY, timestamp=now - 4_000),
        "to come": timestamped("POST", DECIDE, BODY, timestamp=now + 4_000),
        "negative": timestamped("POST", DECIDE, BODY, timestamp=-now),
        "a fraction": timestamped("POST", DECIDE, BODY, timestamp=f"{now}.0"),
        "with a sign": timestamped("POST", DECIDE, BODY, timestamp=f"+{now}"),
        "huge": timestamped("POST", DECIDE, BODY, timestamp="9" * 4_000),
        "empty": timestamped("POST", DECIDE, BODY, timestamp=""),
        "of another method": timestamped("GET", DECIDE, BODY),
        "of another path": timestamped("POST", "/v0/policy/refresh", BODY),
        "of a query": timestamped("POST", f"{DECIDE}?a=1", BODY),
        "of no body": timestamped("POST", DECIDE, b""),
        "beside the signature of the body": {**timestamped("POST", DECIDE, BODY), **signed(BODY)},
        "but a token": bearer(),
        "but a wrong token": bearer("x" * 32),
        "but a name and a word": {"Authorization": "Basic YTpi"},
        "but a cookie": {"Cookie": "lumyn_session=x; lumyn_session=y"},
    }.items():
        yield Hostile(f"timestamp: {name}", posted(sign=False, extra=[*said.items()]))


def _of_targets() -> Iterator[Hostile]:
    """Paths that look like others, that leave, or that are none."""
    for target in (
        "/v0/decide/", "//v0/decide", "/v0//decide", "/v0/./decide", "/v0/x/../decide", "/v0/decide/.", "/v0/decide/..",
        "/v0%2Fdecide", "/v0/decide%00", "/v0/decide%0d%0a", "/v0/decide;a=b", "/V0/DECIDE", "/v0/decide%20", "/v0/decid%65%65",
        "/v1/decide", "/%2e%2e/v0/decide", "/v0/decide\\", "/v0\\decide", "/%", "/%zz", "/%ff", "/%F0%9F", "/..%2f..%2fetc%2fpasswd",
        "/../../../etc/passwd", "/assets/../../../etc/passwd", "/assets/%2e%2e/%2e%2e/app.py", "/v0/decisions/../decide",
        "/" + "a" * 60_000, "/" + "a/" * 20_000, "/" + "%41" * 20_000, "/" + "a" * 70_000, "*", "v0/decide", "?", "#", "", "/v0/decide /",
        "/v0/decide HTTP/1.1\r\nX: y", "elsewhere.example:443", "/v0/decide\0", "/\u00e9", "/v0/decide?" + "a=1&" * 20_000,
    ):  # fmt: skip
        # A query is no part of what the signature of a body is bound to, and routes nothing.
        yield Hostile(
            f"target: {target[:40]!r}",
            posted(target=target),
            may_trust=target.startswith(("/v0/decide?", "/v0/decide HTTP")),
        )
    for target, may_trust in (
        ("/v0/decide?a=1", True),
        ("/v0/decide#a", True),
        ("/v0/%64ecide", False),
        ("http://localhost/v0/decide", True),
        ("http://elsewhere.example/v0/decide", True),
        ("ftp://localhost/v0/decide", True),
        ("//localhost/v0/decide", False),
    ):
        yield Hostile(f"target: {target!r}", posted(target=target), may_trust=may_trust)
    reading = bearer().items()
    for target in (
        "/v0/decisions?cursor=%00", "/v0/decisions?limit=1e3", "/v0/decisions?tenant=%ED%A0%80", "/v0/decisions?" + "tenant=a&" * 5_000,
        "/v0/decisions?since=%D9%A2%D9%A0%D9%A2%D9%A6-01-01", "/v0/decisions?since=9999-12-31T23:59:59-23:59", "/v0/decisions?order[]=newest",
        "/v0/decisions?limit=-0", "/v0/decisions/%00", "/v0/decisions/' OR 1=1 --", "/v0/decisions/dec_%2F..%2Fpolicy", "/v0/decisions//events",
        "/v0/checkpoint?consistent_with=99999999999999999999", "/v0/checkpoint?consistent_with=-1", "/metrics?name[]=x", "/openapi.json?x",
    ):  # fmt: skip
        yield Hostile(f"reading: {target[:50]!r}", posted(b"", target, method="GET", sign=False, extra=[*reading]))


def _of_sizes() -> Iterator[Hostile]:
    """Bodies as large as may be, and larger."""
    yield Hostile("size: all that is taken", posted(BODY + b" " * (LIMIT - len(BODY))), may_trust=True)
    yield Hostile("size: a byte more", posted(BODY + b" " * (LIMIT + 1 - len(BODY))))
    yield Hostile("size: much more", posted(BODY + b" " * (4 * LIMIT)))
    yield Hostile("size: more, and not signed", posted(b" " * (LIMIT + 1), sign=False))
    for size in (LIMIT + 1, 10**10):
        yield Hostile(
            f"size: {size:,} bytes, as it is said", posted(b"", sized=False, extra=[("Content-Length", str(size))])
        )
    yield Hostile(
        "size: of a refresh",
        posted(
            b"x", "/v0/policy/refresh", sign=False, extra=[*timestamped("POST", "/v0/policy/refresh", b"x").items()]
        ),
    )
    yield Hostile(
        "size: of a GET", posted(b" " * (LIMIT + 1), "/v0/policy", method="GET", sign=False, extra=[*bearer().items()])
    )


def _of_methods() -> Iterator[Hostile]:
    """Other methods, and other versions of HTTP."""
    for method in (
        "GET",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "HEAD",
        "TRACE",
        "CONNECT",
        "BREW",
        "post",
        "Post",
        "P\0ST",
        "",
        "A" * 70_000,
        "PÖST",
        "POST,GET",
    ):
        yield Hostile(f"method: {method[:20]!r}", posted(method=method))
    for version in (
        "HTTP/0.9",
        "HTTP/1.2",
        "HTTP/1.10",
        "HTTP/1",
        "HTTP/2.0",
        "HTTP/3",
        "HTTP/9.9",
        "http/1.1",
        "HTTPS/1.1",
        "HTTP/1.1 x",
        "1.1",
        "",
        "HTTP/-1.1",
        "ICAP/1.0",
    ):
        # A parser may take what it can read for HTTP/1.1, as RFC 9110 wants it of later minor versions.
        yield Hostile(f"version: {version!r}", posted(version=version), may_trust=True)
    yield Hostile("version: HTTP/1.0", posted(version="HTTP/1.0"), may_trust=True)
    yield Hostile("version: HTTP/1.0 without a host", posted(version="HTTP/1.0", with_host=None))
    yield Hostile("version: HTTP/0.9 alone", b"GET /v0/policy\r\n")


def _of_others() -> Iterator[Hostile]:
    """What is no HTTP at all, and calls one behind the other."""
    chance = random.Random(4)
    yield Hostile("other: the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0")
    hello = b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + chance.randbytes(240)
    yield Hostile("other: a TLS hello", hello)
    yield Hostile("other: SSH", b"SSH-2.0-OpenSSH_9.6\r\n")
    yield Hostile("other: chance", chance.randbytes(4_000))
    yield Hostile("other: zeros", b"\0" * 4_000)
    yield Hostile("other: nothing", b"")
    yield Hostile("other: one letter", b"P")
    yield Hostile("other: line ends", b"\r\n" * 200)
    yield Hostile("other: line ends, and a call", b"\r\n\r\n" + posted(), may_trust=True)
    yield Hostile("other: a proxy's line", b"PROXY TCP4 1.2.3.4 127.0.0.1 1 80\r\n" + posted())
    yield Hostile(
        "other: a call without its signature behind a right one",
        posted(ends=False) + posted(sign=False),
        may_trust=True,
    )
    yield Hostile("other: a call behind one that is wrong", posted(b"{}", ends=False) + posted(sign=False))
    yield Hostile("other: garbage behind a call", posted(ends=False) + b"\0\0\0\0\r\n\r\n", may_trust=True)
    health = posted(b"", "/healthz", method="GET", sign=False, ends=False)
    yield Hostile("other: a hundred calls at once", health * 100 + posted(sign=False), may_answer=True)
    yield Hostile(
        "other: a call in the body of another",
        posted(
            b"",
            "/healthz",
            method="GET",
            sign=False,
            ends=False,
            sized=False,
            extra=[("Content-Length", str(len(posted())))],
        )
        + posted(),
        may_answer=True,
    )


def _raw(text: str | bytes) -> bytes:
    return (
        text
        if isinstance(text, bytes)
        else text.encode("utf-8" if any(letter > "\xff" for letter in text) else "latin-1")
    )
