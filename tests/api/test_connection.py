"""The bounds of one connection, with either of the parsers that uvicorn may have."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from lumyn.api import connection
from lumyn.api.connection import HEAD_BYTES_MAX, bounded_protocol
from lumyn.api.listening import addresses_of, bound

_HEAD_SECONDS = 0.4
_CONNECTIONS_MAX = 3
_CALL = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(autouse=True, params=["httptools", "h11"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The parser; h11 is what uvicorn takes where httptools is not installed."""
    if request.param == "h11":
        monkeypatch.setitem(sys.modules, "httptools", None)
        monkeypatch.delitem(sys.modules, "uvicorn.protocols.http.httptools_impl", raising=False)
    monkeypatch.setattr(connection, "HEAD_SECONDS", _HEAD_SECONDS)
    assert request.param in bounded_protocol(1).__name__.lower()
    return str(request.param)


async def _application(scope: Scope, receive: Receive, send: Send) -> None:
    """Says "fine", once it has the whole body and, where it is asked for, some time has passed."""
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/slow":
        await asyncio.sleep(3 * _HEAD_SECONDS)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"fine"})


def _with_server(talk: Callable[[int], Awaitable[None]]) -> None:
    """Talk to a server, by its port."""

    async def run() -> None:
        (listening,) = bound(addresses_of("127.0.0.1", 0))
        config = uvicorn.Config(
            _application, http=bounded_protocol(_CONNECTIONS_MAX), lifespan="off", ws="none", log_config=None
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        try:
            while not server.started:  # noqa: ASYNC110 - it says so in no other way
                await asyncio.sleep(0.01)
            await talk(listening.getsockname()[1])
        finally:
            server.should_exit = True
            await serving

    asyncio.run(run())


async def _said(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What is answered to pieces of a call, until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def _reason(answer: bytes, status: int) -> str:
    """The reason code of a problem document."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"application/problem+json" in head
    assert b"x-request-id: req_" in head.lower()
    return str(json.loads(body)["reason_code"])


def test_who_says_nothing_is_not_waited_for() -> None:
    """Nor who says one thing and no more."""

    async def talk(port: int) -> None:
        for pieces in ((), (b"GET / HT",)):
            began = time.monotonic()
            assert _reason(await _said(port, *pieces), 408) == "HEAD_TIMEOUT"
            assert _HEAD_SECONDS * 0.9 < time.monotonic() - began < 10 * _HEAD_SECONDS

    _with_server(talk)


def test_a_head_that_trickles_has_the_same_time_as_any() -> None:
    """Every byte before it is over does not give it more."""

    async def talk(port: int) -> None:
        began = time.monotonic()
        answer = await _said(port, *(_CALL[:-2] + b"X-Slow: 0123456789" * 3).split(b"0"), pause=_HEAD_SECONDS / 2)
        assert answer == b"" or _reason(answer, 408) == "HEAD_TIMEOUT"
        assert time.monotonic() - began < 10 * _HEAD_SECONDS

    _with_server(talk)


def test_the_second_head_of_a_connection_is_bounded_as_the_first() -> None:
    """A connection that is kept may idle; a head that has begun may not."""

    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_CALL)
        assert (await reader.readuntil(b"fine")).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(2 * _HEAD_SECONDS)
        writer.write(_CALL)
        assert (await reader.readuntil(b"fine")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET")
        assert _reason(await asyncio.wait_for(reader.read(), 10), 408) == "HEAD_TIMEOUT"
        writer.close()

    _with_server(talk)


def test_an_answer_that_takes_longer_than_a_head_may_is_given() -> None:
    """And so is that to the call that was sent right behind it."""

    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_CALL.replace(b"/ ", b"/slow ", 1) + _CALL)
        for _ in range(2):
            assert (await reader.readuntil(b"fine")).startswith(b"HTTP/1.1 200")
        writer.close()

    _with_server(talk)


def test_a_head_without_end_is_refused(parser: str) -> None:
    """Of one long header, and of ever more."""
    reasons = {"httptools": (431, "HEAD_TOO_LARGE"), "h11": (400, "MALFORMED_HTTP")}
    status, reason = reasons[parser]

    async def talk(port: int) -> None:
        for line in (b"X-Long: " + b"x" * 2 * HEAD_BYTES_MAX, b"X: y\r\n" * HEAD_BYTES_MAX):
            answer = await _said(port, _CALL[:-2], line)
            # Where more was on its way, the system takes back what was said.
            assert answer == b"" or _reason(answer, status) == reason

    _with_server(talk)


def test_a_body_is_no_head() -> None:
    """Its size and its time are for others to bound."""

    async def talk(port: int) -> None:
        size = 2 * HEAD_BYTES_MAX
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size
        answer = await _said(port, head, *[b"x" * (size // 4)] * 4, pause=_HEAD_SECONDS / 2)
        assert answer.startswith(b"HTTP/1.1 200")

    _with_server(talk)


def test_what_is_no_http_gets_a_problem_document() -> None:
    """And the connection is closed."""

    async def talk(port: int) -> None:
        assert _reason(await _said(port, b"\x16\x03\x01 hello\r\n\r\n"), 400) == "MALFORMED_HTTP"

    _with_server(talk)


def test_a_connection_too_many_is_refused_as_abstain() -> None:
    """At once, and with the time after which to come back; those that are open go on, and one that closes makes room."""

    async def talk(port: int) -> None:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(_CONNECTIONS_MAX)]
        answer = await _said(port)
        assert _reason(answer, 503) == "GATEWAY_OVERLOADED"
        assert b"retry-after: 1" in answer.lower()
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["verdict"] == "ABSTAIN"
        reader, writer = held[0]
        writer.write(_CALL)
        assert (await reader.readuntil(b"fine")).startswith(b"HTTP/1.1 200")
        for _, writer in held:
            writer.close()
        await asyncio.sleep(0.1)
        assert (await _said(port, _CALL.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))).endswith(b"fine")

    _with_server(talk)


def test_small_answers_are_sent_at_once() -> None:
    """Head and body of an answer are two packets; the second must not wait for the first to be acknowledged."""
    sockets = bound(addresses_of("localhost", 0))
    for listening in sockets:
        # asyncio goes by this of the listening socket.
        assert listening.proto == socket.IPPROTO_TCP
        listening.close()


@pytest.mark.parametrize("size", [4, HEAD_BYTES_MAX + 1, 3 * HEAD_BYTES_MAX])
def test_a_body_that_comes_after_its_head_is_no_head(size: int) -> None:
    """However large it is; and the connection stays good for another call, longer than a head may take."""

    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size)
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.write(b"x" * size)
            await writer.drain()
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(4) == b"fine"
            await asyncio.sleep(1.5 * _HEAD_SECONDS)
        writer.close()

    _with_server(talk)
