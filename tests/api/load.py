"""A caller that calls as fast as it is answered, in a process of its own: `python -m tests.api.load URL ...`.

Hand-written HTTP/1.1 over kept connections, so that it takes less of the machine than what it calls. Each call has a request_id
of its own. What was acknowledged is written to a file, a `request_id decision_id` a line; the figures go to standard output.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import TextIO
from urllib.parse import urlsplit

import attrs

from tests.benchmarks.requests import mixed_requests

__all__ = ["Figures"]

_BODIES = 1_000


@attrs.frozen
class Figures:
    """What came of a load.

    statuses: how many answers had each
    lost:     calls that were never answered
    p50_ms, p99_ms: from a call to its answer, among those that were answered
    """

    seconds: float
    rate: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]
    lost: int


class _Load:
    """Calls to make, and answers.

    count: calls in all; None makes them until no connection is left
    """

    def __init__(self, target: str, *, secret: str | None, count: int | None, name: str, notes: TextIO | None) -> None:
        self._host = urlsplit(target).netloc
        self._path = urlsplit(target).path
        self._secret = None if secret is None else secret.encode()
        self._count = count
        self._name = name
        self._notes = notes
        self._made = 0
        self._rests = []
        for request in mixed_requests(_BODIES, seed=2):
            del request["request_id"]
            self._rests.append(json.dumps(request).encode()[1:])
        self.statuses: Counter[int] = Counter()
        self.milliseconds: list[float] = []
        self.lost = 0
        self.closed = 0

    def next(self) -> tuple[str, bytes] | None:
        """A request_id and the whole call; None when enough were made."""
        if self._made == self._count:
            return None
        request_id = f"{self._name}-{self._made}"
        body = b'{"request_id": "%b", ' % request_id.encode() + self._rests[self._made % _BODIES]
        self._made += 1
        signature = b""
        if self._secret is not None:
            signature = b"X-Lumyn-Signature: sha256:%b\r\n" % hmac.digest(self._secret, body, "sha256").hex().encode()
        head = f"POST {self._path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n".encode()
        return request_id, head + signature + b"Content-Length: %d\r\n\r\n" % len(body) + body

    def answered(self, request_id: str, status: int, body: bytes, seconds: float) -> None:
        """Count an answer."""
        self.statuses[status] += 1
        self.milliseconds.append(seconds * 1e3)
        if self._notes is not None and status == 200:
            begin = body.index(b'"decision_id":"') + 15
            decision_id = body[begin : begin + 30].decode()
            self._notes.write(f"{request_id} {decision_id}\n")

    def figures(self, seconds: float) -> Figures:
        """Of what was answered."""
        cuts = quantiles(self.milliseconds, n=100) if len(self.milliseconds) > 1 else [0.0] * 99
        statuses = {str(status): number for status, number in sorted(self.statuses.items())}
        rate = len(self.milliseconds) / seconds
        return Figures(round(seconds, 3), round(rate, 1), round(cuts[49], 3), round(cuts[98], 3), statuses, self.lost)


class _Caller(asyncio.Protocol):
    """One connection: a call, its answer, the next call."""

    transport: asyncio.Transport

    def __init__(self, load: _Load, ended: asyncio.Future[None]) -> None:
        self._load = load
        self._ended = ended
        self._answer = b""
        self._request_id: str | None = None
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._call()

    def data_received(self, data: bytes) -> None:
        """Take an answer that is whole, and call again."""
        self._answer += data
        head_size = self._answer.find(b"\r\n\r\n") + 4
        if head_size == 3:
            return
        begin = self._answer.index(b"content-length: ") + 16
        size = int(self._answer[begin : self._answer.index(b"\r", begin)])
        if len(self._answer) < head_size + size or self._request_id is None:
            return
        answer, self._answer = self._answer, b""
        taken = perf_counter() - self._sent
        self._load.answered(self._request_id, int(answer[9:12]), answer[head_size:], taken)
        self._request_id = None
        self._call()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """A call that was under way is lost."""
        self._load.lost += self._request_id is not None
        if not self._ended.done():
            self._ended.set_result(None)

    def _call(self) -> None:
        call = self._load.next()
        if call is None:
            self.transport.close()
            return
        self._request_id, content = call
        self._sent = perf_counter()
        self.transport.write(content)


async def _run(load: _Load, target: str, connections: int) -> Figures:
    loop = asyncio.get_running_loop()
    address = urlsplit(target)
    port = address.port or 80
    ended: list[asyncio.Future[None]] = []
    began = perf_counter()
    for _ in range(connections):
        end: asyncio.Future[None] = loop.create_future()
        ended.append(end)
        await loop.create_connection(partial(_Caller, load, end), address.hostname or "localhost", port)
    await asyncio.gather(*ended)
    return load.figures(perf_counter() - began)


def main() -> None:
    """Call, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", help="the whole URL to post to")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--count", type=int, default=None, help="calls in all; else until no connection is left")
    parser.add_argument("--name", default="load", help="what the request_ids begin with")
    parser.add_argument("--secret", default=None, help="to sign with; of tests, since whoever lists processes sees it")
    parser.add_argument("--notes", type=Path, default=None)
    options = parser.parse_args()
    notes = None if options.notes is None else options.notes.open("w", encoding="ascii")
    load = _Load(options.target, secret=options.secret, count=options.count, name=options.name, notes=notes)
    figures = asyncio.run(_run(load, options.target, options.connections))
    if notes is not None:
        notes.close()
    sys.stdout.write(f"{json.dumps(attrs.asdict(figures))}\n")


if __name__ == "__main__":
    main()
