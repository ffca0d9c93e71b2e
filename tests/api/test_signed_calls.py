"""A service with secrets, in a process of its own: who is let in to which path, over real HTTP."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.routing import Route

from lumyn.api.app import create_app
from lumyn.workspace import find, init
from tests.api.servers import running
from tests.api.signing import SETTINGS, bearer, signed, timestamped

ROOT = Path(__file__).parents[2]
REQUEST = (ROOT / "examples" / "starter" / "requests" / "refund-small.json").read_bytes()
OLD = "the secret that was good before it"
JSON = {"Content-Type": "application/json"}
DECIDE = "/v0/decide"
# What nobody has to show anything for.
OPEN = ("/healthz", "/readyz", "/login", "/logout", "/assets/", "/openapi.json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace."""
    return init(tmp_path_factory.mktemp("signed") / "shop").folder


@pytest.fixture(scope="module", params=["httptools", "h11"])
def client(folder: Path, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """For a service with secrets, by each of the parsers that uvicorn may find."""
    settings = {**SETTINGS, "LUMYN_SIGNING_SECRET_PREVIOUS": OLD}
    with (
        running(folder, "--http", str(request.param), **settings) as server,
        httpx.Client(base_url=server.url) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def decision_id(client: httpx.Client) -> str:
    """A decision that is in the log."""
    answer = client.post(DECIDE, content=REQUEST, headers=JSON | signed(REQUEST))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["decision_id"])


def reason(answer: httpx.Response) -> str:
    """Why a call was refused; empty where it was not."""
    if answer.is_success:
        return ""
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("www-authenticate" in answer.headers) is (answer.status_code == 401)
    return str(answer.json()["reason_code"])


def odd(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers with whatever bytes their text is made of."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def note(decision_id: str | None) -> bytes:
    """An event that names a decision, or does not."""
    said = {"type": "note", "actor": "ann", "summary": "seen", "event_id": f"seen-{time.monotonic_ns()}"}
    return json.dumps(said if decision_id is None else {**said, "decision_id": decision_id}).encode()


def test_a_decision_needs_a_signature_of_either_secret(client: httpx.Client) -> None:
    """Of the exact bytes, in small or capital digits, once."""
    good = signed(REQUEST)
    (signature,) = good.values()
    twice = [*JSON.items(), *good.items(), *good.items()]
    shouted = {"x-lumyn-signature": "sha256:" + signature[7:].upper()}
    for headers, expected in (
        (good, ""),
        (shouted, ""),
        (signed(REQUEST, OLD), ""),
        (timestamped("POST", DECIDE, REQUEST), ""),
        (timestamped("POST", DECIDE, REQUEST, secret=OLD), ""),
        ({}, "AUTH_REQUIRED"),
        (bearer(), "AUTH_REQUIRED"),
        (signed(REQUEST + b" "), "AUTH_INVALID_SIGNATURE"),
        (signed(REQUEST, "a secret that is nobody's"), "AUTH_INVALID_SIGNATURE"),
        ({"X-Lumyn-Signature": signature[:-1] + "é"}, "AUTH_INVALID_SIGNATURE"),
        (timestamped("POST", "/v0/policy/refresh", REQUEST), "AUTH_INVALID_SIGNATURE"),
        (timestamped("POST", f"{DECIDE}?", REQUEST), "AUTH_INVALID_SIGNATURE"),
        (timestamped("POST", DECIDE, REQUEST, timestamp=int(time.time()) - 310), "AUTH_INVALID_SIGNATURE"),
    ):
        assert reason(client.post(DECIDE, content=REQUEST, headers=odd({**JSON, **headers}))) == expected, headers
    assert reason(client.post(DECIDE, content=REQUEST, headers=twice)) == "AUTH_INVALID_SIGNATURE"


def test_what_is_not_signed_is_not_looked_at(client: httpx.Client) -> None:
    """Neither its type nor its JSON: all of it is a 401."""
    for body in (b"", b"{", b"\xff", b"[" * 10_000):
        answer = client.post(DECIDE, content=body, headers={"Content-Type": "text/plain"} | signed(body + b"x"))
        assert reason(answer) == "AUTH_INVALID_SIGNATURE"


def test_a_signed_event_says_nothing_of_another_decision(client: httpx.Client, decision_id: str) -> None:
    """Its body names the decision, or its path is signed."""
    path = f"/v0/decisions/{decision_id}/events"
    other = decision_id[:-1] + ("0" if decision_id[-1] != "0" else "1")
    bound, loose = note(decision_id), note(None)
    for target, body, headers, expected in (
        (path, bound, signed(bound), ""),
        (path, loose, timestamped("POST", path, loose), ""),
        (path, loose, signed(loose), "AUTH_INVALID_SIGNATURE"),
        (f"/v0/decisions/{other}/events", bound, signed(bound), "AUTH_INVALID_SIGNATURE"),
        (f"/v0/decisions/{other}/events", loose, timestamped("POST", path, loose), "AUTH_INVALID_SIGNATURE"),
    ):
        assert reason(client.post(target, content=body, headers={**JSON, **headers})) == expected, (target, body)


def test_a_request_is_no_event_and_an_event_no_request(client: httpx.Client, decision_id: str) -> None:
    """So what was signed for one path is worth nothing on the other."""
    event = note(decision_id)
    assert reason(client.post(DECIDE, content=event, headers=JSON | signed(event))) == "INVALID_REQUEST_SCHEMA"

    path = f"/v0/decisions/{decision_id}/events"
    assert reason(client.post(path, content=REQUEST, headers=JSON | signed(REQUEST))) == "AUTH_INVALID_SIGNATURE"
    named = json.dumps({**json.loads(REQUEST), "decision_id": decision_id, "event_id": "e-1"}).encode()
    assert reason(client.post(path, content=named, headers=JSON | signed(named))) == "INVALID_EVENT_SCHEMA"
    assert reason(client.post(DECIDE, content=named, headers=JSON | signed(named))) == "INVALID_REQUEST_SCHEMA"


def test_reading_needs_the_token_or_the_timestamped_form(client: httpx.Client, decision_id: str) -> None:
    """Query and escapes are signed as they are sent."""
    for target in (
        "/v0/policy",
        f"/v0/decisions/{decision_id}",
        f"/v0/decisions/{decision_id}/events",
        "/v0/decisions?limit=1",
        "/v0/decisions?verdict=TRUST&tenant=ac%6De",
        "/v0/checkpoint",
        "/metrics",
    ):
        assert reason(client.get(target, headers=bearer())) == "", target
        assert reason(client.get(target, headers=timestamped("GET", target))) == "", target
        assert reason(client.get(target)) == "AUTH_REQUIRED"
        assert reason(client.get(target, headers=signed(b""))) == "AUTH_REQUIRED"
        assert reason(client.get(target, headers=bearer("nobody's token"))) == "AUTH_INVALID_SIGNATURE"
        other = timestamped("GET", target + ("&" if "?" in target else "?") + "limit=100")
        assert reason(client.get(target, headers=other)) == "AUTH_INVALID_SIGNATURE"


def test_the_policy_is_refreshed_by_the_timestamped_form_alone(client: httpx.Client) -> None:
    """An HMAC of nothing would be a password for ever."""
    path = "/v0/policy/refresh"
    assert reason(client.post(path, headers=timestamped("POST", path))) == ""
    for headers in ({}, signed(b""), bearer()):
        assert reason(client.post(path, headers=headers)) == "AUTH_REQUIRED"
    assert reason(client.post(path, headers=timestamped("GET", path))) == "AUTH_INVALID_SIGNATURE"


def test_every_path_but_the_open_ones_asks_who_calls(client: httpx.Client, folder: Path) -> None:
    """Whatever routes there are; pages lead to the login."""
    routes = [route for route in create_app(find(folder, {})).routes if isinstance(route, Route)]
    assert {"/healthz", "/v0/decide", "/metrics"} <= {route.path for route in routes}
    for route in routes:
        path = route.path.replace("{decision_id}", "dec_01K9V6ZV7M8Q4X2C5D6E7F8G9H")
        for method in route.methods or ():
            answer = client.request(method, path)
            leads_to_login = answer.status_code == 303 and answer.headers["location"].startswith("/login?next=")
            is_asked = answer.status_code == 401 or leads_to_login or answer.headers.get("location") == "/login"
            assert is_asked or route.path.startswith(OPEN), (method, path, answer.status_code)


def test_another_host_is_refused_whatever_the_request_line_says(client: httpx.Client) -> None:
    """The Host header counts, which a browser fills in; each call has one."""
    address = urlsplit(str(client.base_url)).netloc
    for host in (address, "localhost", "LOCALHOST:1"):
        assert status(address, "/v0/policy", host) == 200
    for hosts in (["evil.example"], [address, "evil.example"], ["evil.example", address], [address, address], []):
        assert status(address, "/v0/policy", *hosts) == 400
        # One of the parsers takes the name out of the request line, and for the other it is no path that there is.
        assert status(address, f"http://{address}/v0/policy", *hosts) in {400, 404}


def status(address: str, target: str, *hosts: str) -> int:
    """Of the answer to a reader whose request line and Host headers are these."""
    with closing(http.client.HTTPConnection(address, timeout=10)) as connection:
        connection.putrequest("GET", target, skip_host=True)
        for host in hosts:
            connection.putheader("Host", host)
        connection.putheader("Authorization", bearer()["Authorization"])
        connection.endheaders()
        return connection.getresponse().status
