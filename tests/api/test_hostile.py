"""Hostile calls over raw sockets: none stops the service, none is a mistake of it, none is trusted that must not be."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from lumyn.workspace import init
from tests.api.hostile_calls import BODY, Hostile, head, hostile_calls, posted
from tests.api.served import Service, served
from tests.api.signing import SETTINGS, signed

# One service of each kind serves them all.
pytestmark = pytest.mark.xdist_group("hostile calls")

CALLS = [*hostile_calls()]
BODIES = [call for call in CALLS if call.name.startswith(("JSON: ", "value: "))]
OTHERS = [call for call in CALLS if call not in BODIES]
STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) ")
TRUST = re.compile(rb'"verdict":\s*"TRUST"')
SECONDS = 10.0
# What is not answered by then waits for more.
QUIET_SECONDS = 0.2


@pytest.fixture(scope="module", params=["httptools", "h11"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """With secrets; by the parser in C, and by the one that is there where the other is not installed."""
    folder = tmp_path_factory.mktemp("hostile")
    environment = {**SETTINGS, "LUMYN_DEADLINE_SECONDS": "30"}
    if request.param == "h11":
        (folder / "httptools.py").write_text("raise ImportError\n")
        environment["PYTHONPATH"] = str(folder)
    with served(init(folder / "shop").folder, **environment) as running:
        yield running


def connected(service: Service) -> socket.socket:
    """A connection that gives up in the end."""
    place = urlsplit(service.url)
    assert place.hostname is not None
    return socket.create_connection((place.hostname, place.port or 0), SECONDS)


def read(connection: socket.socket) -> bytes:
    """All that comes until the other side has closed. Raises TimeoutError where it doesn't."""
    pieces: list[bytes] = []
    try:
        while piece := connection.recv(65_536):
            pieces.append(piece)
    except ConnectionError:  # it did not want to read the rest
        pass
    return b"".join(pieces)


def answered(service: Service, sent: bytes, patience_seconds: float = SECONDS) -> bytes:
    """What comes back for some bytes, behind which nothing follows.

    patience_seconds: after so long without an answer, the service is told that nothing follows
    """
    with connected(service) as connection:
        with suppress(ConnectionError):  # it was refused before all of it was there
            connection.sendall(sent)
        connection.settimeout(patience_seconds)
        before = b""
        try:
            while piece := connection.recv(65_536):
                before += piece
        except ConnectionError:
            pass
        except TimeoutError:
            connection.settimeout(SECONDS)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            return before + read(connection)
        return before


def check_alive(service: Service) -> None:
    """The process still answers."""
    place = urlsplit(service.url)
    client = http.client.HTTPConnection(place.netloc, timeout=SECONDS)
    client.request("GET", "/healthz")
    assert client.getresponse().status == 200
    client.close()


def check_no_trust(answers: bytes, call: Hostile) -> None:
    """No answer is a mistake of the service's, and none lets anything through."""
    statuses = [int(status) for status in STATUS.findall(answers)]
    assert all(status < 500 or status == 503 for status in statuses), answers
    assert b"Traceback" not in answers
    if not call.may_trust:
        assert not TRUST.search(answers), answers
        assert call.may_answer or not any(200 <= status < 300 for status in statuses), answers


@pytest.mark.parametrize("service", ["httptools"], indirect=True)
@pytest.mark.parametrize("call", BODIES, ids=lambda call: call.name)
def test_a_hostile_body_is_refused_and_the_service_goes_on(service: Service, call: Hostile) -> None:
    """Or decided, and not trusted; whichever parser it came through."""
    check_no_trust(answered(service, call.sent, QUIET_SECONDS), call)
    check_alive(service)


@pytest.mark.parametrize("call", OTHERS, ids=lambda call: call.name)
def test_a_hostile_call_is_refused_and_the_service_goes_on(service: Service, call: Hostile) -> None:
    """Or answered as what it is."""
    check_no_trust(answered(service, call.sent, QUIET_SECONDS), call)
    check_alive(service)


def test_a_right_call_is_trusted(service: Service) -> None:
    """So what is refused above is refused for what is wrong with it."""
    assert TRUST.search(answered(service, posted()))
    assert len(CALLS) >= 300


def test_calls_one_behind_the_other_are_answered_in_their_order(service: Service) -> None:
    """Each as it has to be, and once."""
    right, unsigned, wrong = posted(ends=False), posted(sign=False, ends=False), posted(b"{}", ends=False)
    answers = answered(service, right + unsigned + wrong + right + posted(sign=False))

    assert [int(status) for status in STATUS.findall(answers)] == [200, 401, 422, 200, 401]
    assert len(set(re.findall(rb'"decision_id":"(dec_[0-9A-Z]{26})"', answers))) == 1


def test_a_body_that_comes_byte_by_byte_is_taken(service: Service) -> None:
    """However it is cut."""
    sent = posted()
    with connected(service) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), 7):
            connection.sendall(sent[start : start + 7])
        assert TRUST.search(read(connection))


def test_callers_that_stop_are_let_go_and_hold_up_nobody(service: Service) -> None:
    """Those that stop in the head, in the body, between two chunks, and before the first byte; all at the same time."""
    size = ("Content-Length", str(len(BODY)))
    begun = head(
        "POST /v0/decide HTTP/1.1",
        [("Host", "localhost"), *signed(BODY).items(), ("Content-Type", "application/json"), size],
    )
    chunked = posted(b"", sized=False, extra=[("Transfer-Encoding", "chunked")])
    stopped = {
        "head": begun[:40],
        "one letter": b"P",
        "body": begun + BODY[:-1],
        "no body": begun,
        "chunks": chunked + b'5\r\n{"a":',
    }
    with ExitStack() as opened:
        connections = {name: opened.enter_context(connected(service)) for name in stopped}
        for name, connection in connections.items():
            connection.sendall(stopped[name])
        began = time.monotonic()
        while time.monotonic() - began < 1:
            assert TRUST.search(answered(service, posted()))
        for name, connection in connections.items():
            connection.settimeout(30)
            answer = read(connection)
            assert STATUS.findall(answer) in ([b"408"], []), (name, answer)
            assert time.monotonic() - began < 20, name
    check_alive(service)


def test_every_refusal_is_a_problem_document(service: Service) -> None:
    """Also where it never came to a call."""
    for sent in (
        b"\0\r\n\r\n",
        posted(method="A" * 70_000),
        posted(target="/nowhere"),
        posted(sign=False),
        posted(b"{"),
    ):
        answer = answered(service, sent)
        first, _, body = answer.partition(b"\r\n\r\n")
        assert b"content-type: application/problem+json" in first.lower(), answer
        assert b"x-request-id: req_" in first.lower(), answer
        problem = json.loads(body)
        assert problem["status"] == int(STATUS.findall(answer)[0])


def test_nothing_was_a_mistake_and_nothing_was_said_of_what_was_sent(service: Service) -> None:
    """In the log lines of all these calls."""
    assert "call failed" not in service.said()
    assert "Traceback" not in service.said()
    assert "elsewhere.example" not in service.said()
