"""One connection: how many there may be, and how large and how slow the head of a call; uvicorn bounds neither."""

import asyncio
import logging
from http import HTTPStatus
from typing import Any, ClassVar, Final

from lumyn.api.problems import ApiError, abstaining, problem_response
from lumyn.identity import Moment, system_clock, system_ids

__all__ = ["HEAD_BYTES_MAX", "HEAD_SECONDS", "bounded_protocol"]

_LOG: Final = logging.getLogger("lumyn.api")

# From a connection's beginning, or the first byte of a further call, to the end of the head.
HEAD_SECONDS: Final = 10.0
HEAD_BYTES_MAX: Final = 64 * 1024


def bounded_protocol(connections_max: int) -> type[asyncio.Protocol]:
    """The protocol that uvicorn would choose, within bounds.

    connections_max: beyond it, a connection is answered 503 and closed
    """
    members = {"connections_max": connections_max}
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: PLC0415
    except ImportError:
        from uvicorn.protocols.http.h11_impl import H11Protocol  # noqa: PLC0415

        return type("BoundedH11", (_Bounded, H11Protocol), members)
    return type("BoundedHttpTools", (_BoundedHead, HttpToolsProtocol), members)


class _Bounded(asyncio.Protocol):
    """In front of one of uvicorn's protocols, which it is mixed with; the attributes without a value are theirs."""

    connections_max: ClassVar[int]
    connections: set[asyncio.Protocol]
    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    # Of the last call whose head was read whole.
    cycle: Any

    _bounded_cycle: Any = None
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, and wait for a head."""
        super().connection_made(transport)
        if len(self.connections) > self.connections_max:
            self.refuse(abstaining("GATEWAY_OVERLOADED", f"{self.connections_max:,} connections are open"))
        else:
            self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Look whether that ended a head."""
        if self.transport.is_closing():
            return
        # Before it is read: what ends a body belongs to the body.
        is_in_head = self.is_in_head
        super().data_received(data)
        if self.cycle is not self._bounded_cycle:
            self._bounded_cycle = self.cycle
            self._expect_nothing()
        elif is_in_head:
            self.more_of_head(len(data))

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._expect_nothing()
        super().connection_lost(exc)

    @property
    def is_in_head(self) -> bool:
        """Whether what comes now belongs to the head of a call."""
        return self.cycle is None or self.cycle.response_complete or not self.cycle.more_body

    def more_of_head(self, byte_count: int) -> None:  # noqa: ARG002 - who counts them is below
        """So many bytes came, and the head is not complete."""
        if self._late is None and not self.transport.is_closing():
            self._expect_head()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - it is always the same
        """Refuse what is no HTTP; in the place of uvicorn's plain text."""
        self.refuse(ApiError("MALFORMED_HTTP", "this can't be read; it was not looked at any further"))

    def refuse(self, error: ApiError) -> None:
        """Answer, unless another answer has begun, and close."""
        if self.transport.is_closing():
            return
        call_id = f"req_{Moment.now(system_clock, system_ids).ulid}"
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            response = problem_response(error, call_id)
            lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}".encode()]
            lines += [name + b": " + value for name, value in response.raw_headers]
            lines += [b"x-request-id: " + call_id.encode(), b"cache-control: no-store", b"connection: close"]
            self.transport.write(b"\r\n".join([*lines, b"", bytes(response.body)]))
        self.transport.close()
        said = {"event": "connection refused", "call_id": call_id, "reason_code": error.reason_code}
        _LOG.info("connection refused: %s", error.reason_code, extra={"lumyn": said})

    def _expect_head(self) -> None:
        self._late = self.loop.call_later(HEAD_SECONDS, self._is_late)

    def _expect_nothing(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _is_late(self) -> None:
        self._late = None
        # A call that was sent right behind another waits for its answer, and not for its own head.
        if self.cycle is None or self.cycle.response_complete:
            self.refuse(ApiError("HEAD_TIMEOUT", f"the head was not there within {HEAD_SECONDS:.0f} seconds"))


class _BoundedHead(_Bounded):
    """For a parser that would take a head without end. h11 has a bound of its own, of the same size."""

    _head_byte_count = 0
    _is_head_complete = False

    def on_message_begin(self) -> None:
        """Expect headers."""
        self._is_head_complete = False
        super().on_message_begin()  # type: ignore[misc]

    def on_headers_complete(self) -> None:
        """Expect no more of them."""
        self._is_head_complete = True
        super().on_headers_complete()  # type: ignore[misc]

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take no trailer for a header: whoever stands in front has looked at the headers alone, and so does h11."""
        if not self._is_head_complete:
            super().on_header(name, value)  # type: ignore[misc]

    def more_of_head(self, byte_count: int) -> None:
        """Count them."""
        super().more_of_head(byte_count)
        self._head_byte_count += byte_count
        if self._head_byte_count > HEAD_BYTES_MAX:
            self.refuse(ApiError("HEAD_TOO_LARGE", f"more than {HEAD_BYTES_MAX:,} bytes"))

    def data_received(self, data: bytes) -> None:
        """Count each head for itself."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._head_byte_count = 0
