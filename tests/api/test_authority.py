"""Who may call: by which host, with which signature, token or session, and for what."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumyn.api.access import Access
from lumyn.api.authority import check_host, check_read, check_signed, check_timestamped
from lumyn.api.problems import ApiError
from lumyn.api.sessions import COOKIE, new_session
from tests.api.calls import ACCESS, NOW, Call, Check, reason
from tests.api.signing import READ_TOKEN, bearer, signed, timestamped
from tests.profiles import examples

WRONG, MISSING, HOST = "AUTH_INVALID_SIGNATURE", "AUTH_REQUIRED", "HOST_NOT_ALLOWED"
CHECKS = (check_read, check_signed, check_timestamped)

DECISION = "dec_01K9V6ZV7M8Q4X2C5D6E7F8G9H"
EVENT = b'{"event_id":"e-1","type":"note","actor":"ann","summary":"seen","decision_id":"' + DECISION.encode() + b'"}'
READ = Call("GET", b"/v0/policy")
EVENTS = Call("POST", f"/v0/decisions/{DECISION}/events".encode(), body=EVENT, path_params={"decision_id": DECISION})


def session(access: Access = ACCESS) -> dict[str, str]:
    """The headers of a browser with a session."""
    return {"Cookie": f"{COOKIE}={new_session(access, NOW)}"}


def test_without_a_secret_everybody_may_do_everything() -> None:
    """Which is for loopback alone."""
    for check in CHECKS:
        assert reason(check, READ, Access()) == ""


def test_with_a_secret_nobody_may_do_anything_without_it() -> None:
    """Neither read, nor decide, nor refresh."""
    for check in CHECKS:
        assert reason(check, READ) == MISSING
        assert reason(check, attrs.evolve(READ, method="POST")) == MISSING


# What is shown, and which of the three it is good for.
SHOWN: list[tuple[dict[str, str], str, str, str]] = [
    (bearer(), "", MISSING, MISSING),
    (session(), "", MISSING, MISSING),
    (signed(b""), MISSING, "", MISSING),
    (timestamped("GET", "/v0/policy", timestamp=NOW), "", "", ""),
]


@pytest.mark.parametrize(("headers", "reading", "deciding", "refreshing"), SHOWN)
def test_what_is_shown_is_good_for_what_it_is_for(
    headers: dict[str, str], reading: str, deciding: str, refreshing: str
) -> None:
    """Token and session read; the signature of a body decides; the timestamped form does all of it."""
    call = READ.saying(headers)
    assert [reason(check, call) for check in CHECKS] == [reading, deciding, refreshing]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get"])
def test_token_and_session_are_for_reading_alone(method: str) -> None:
    """Whatever guards the path."""
    for headers in (bearer(), session()):
        assert reason(check_read, attrs.evolve(READ.saying(headers), method=method)) == MISSING
        assert reason(check_read, attrs.evolve(READ.saying(headers), method="HEAD")) == ""


@pytest.mark.parametrize("secret", ["the old secret 0", "the new secret 0"])
def test_both_secrets_are_good_while_they_are_changed(secret: str) -> None:
    """In both forms; and the old one is not when it is gone."""
    new = Access((b"the new secret 0",), READ_TOKEN, clock=ACCESS.clock)
    both = attrs.evolve(new, secrets=(*new.secrets, b"the old secret 0"))
    for check, headers in (
        (check_signed, signed(b"", secret)),
        (check_timestamped, timestamped("GET", "/v0/policy", timestamp=NOW, secret=secret)),
    ):
        assert reason(check, READ.saying(headers), both) == ""
        assert reason(check, READ.saying(headers), new) == (WRONG if "old" in secret else "")


def test_where_there_is_a_timestamp_only_the_whole_call_counts() -> None:
    """Neither the body's signature nor a token saves a call that is signed wrongly, or too late."""
    late = timestamped("GET", "/v0/policy", timestamp=NOW - 301)
    stamp = {"X-Lumyn-Timestamp": str(NOW)}
    assert reason(check_signed, READ.saying(stamp, signed(b""))) == WRONG
    assert reason(check_signed, READ.saying(stamp)) == MISSING
    for right in (bearer(), session()):
        assert reason(check_read, READ.saying(stamp, right)) == MISSING
        assert reason(check_read, READ.saying(late, right)) == WRONG
    for check in CHECKS:
        assert reason(check, READ.saying(stamp, timestamped("GET", "/v0/policy", timestamp=NOW))) == WRONG


def test_the_signature_of_a_body_is_good_on_the_path_that_the_body_names() -> None:
    """An event's has to be in the body itself; what was signed for one decision says nothing of another."""
    assert reason(check_signed, EVENTS.saying(signed(EVENT))) == ""
    elsewhere = DECISION[:-1] + "J"
    for call in (
        attrs.evolve(EVENTS, path_params={"decision_id": elsewhere}),
        attrs.evolve(EVENTS, body=EVENT.replace(DECISION.encode(), elsewhere.encode())),
        attrs.evolve(EVENTS, body=b'{"type":"note","actor":"ann","summary":"seen"}'),
        attrs.evolve(EVENTS, body=b'{"decision_id":["' + DECISION.encode() + b'"]}'),
        attrs.evolve(EVENTS, body=b'{"data":' + EVENT + b"}"),
        attrs.evolve(EVENTS, body=b'"' + DECISION.encode() + b'"'),
        attrs.evolve(EVENTS, body=b"[]"),
    ):
        assert reason(check_signed, call.saying(signed(call.body))) == WRONG


def test_what_is_signed_so_that_anybody_could_add_it_again_is_refused() -> None:
    """An event without an id of its own: an old label would become the last one, which counts."""
    for event_id in ("", '"event_id":null,', '"event_id":5,'):
        body = EVENT.replace(b'"event_id":"e-1",', event_id.encode())
        call = attrs.evolve(EVENTS, body=body).saying(signed(body))
        with pytest.raises(ApiError, match="put an event_id into the body, or use the timestamped form"):
            check_signed(ACCESS, call.request, call.body)


def test_what_to_do_is_said_where_a_body_names_no_path() -> None:
    """By the name that the body has to have."""
    call = attrs.evolve(EVENTS, body=b"{}").saying(signed(b"{}"))
    with pytest.raises(ApiError, match="put decision_id into the body, or use the timestamped form"):
        check_signed(ACCESS, call.request, call.body)


def test_the_timestamped_form_needs_no_name_in_the_body() -> None:
    """It has the path already."""
    body = b'{"type":"note","actor":"ann","summary":"seen"}'
    headers = timestamped("POST", EVENTS.path.decode(), body, timestamp=NOW)
    assert reason(check_signed, attrs.evolve(EVENTS, body=body).saying(headers)) == ""


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"decision_id":"a","decision_id":"b"}', b"[" * 100_000, b"NaN"])
def test_nothing_is_parsed_before_its_signature_was_seen(body: bytes) -> None:
    """And what was signed and is no JSON is told so."""
    call = attrs.evolve(EVENTS, body=body)
    assert reason(check_signed, call) == MISSING
    assert reason(check_signed, call.saying(signed(body + b" "))) == WRONG
    assert reason(check_signed, call.saying(signed(body))) == "INVALID_JSON"


AUTHORIZATIONS = {
    f"Bearer {READ_TOKEN}": "",
    f"bearer {READ_TOKEN}": "",
    f"BEARER   {READ_TOKEN}": "",
    f"Bearer {READ_TOKEN} ": WRONG,
    f"Bearer {READ_TOKEN}x": WRONG,
    f"Bearer {READ_TOKEN[:-1]}": WRONG,
    f"Bearer {READ_TOKEN}, Bearer {READ_TOKEN}": WRONG,
    "Bearer": WRONG,
    "Bearer ": WRONG,
    "Bearer None": WRONG,
    f"Bearer{READ_TOKEN}": MISSING,
    f"Basic {READ_TOKEN}": MISSING,
    READ_TOKEN: MISSING,
    "": MISSING,
}


@pytest.mark.parametrize("said", AUTHORIZATIONS)
def test_a_token_is_the_read_token_or_wrong(said: str) -> None:
    """Other schemes are for whoever stands in between."""
    assert reason(check_read, READ.saying({"Authorization": said})) == AUTHORIZATIONS[said]


def test_two_tokens_are_wrong_and_a_session_goes_with_another_scheme() -> None:
    """A proxy's own password does not end a session."""
    assert reason(check_read, READ.saying(bearer(), bearer())) == WRONG
    assert reason(check_read, READ.saying({"Authorization": "Basic eDp5"}, session())) == ""


def test_without_a_read_token_no_token_is_good() -> None:
    """Nor is a session; the timestamped form is."""
    access = attrs.evolve(ACCESS, read_token=None)
    with pytest.raises(ApiError) as refused:
        check_read(access, READ.saying(bearer()).request, b"")
    assert "no read token is configured" in refused.value.detail
    for said in ("Bearer", "Bearer ", "Bearer None", f"Bearer {READ_TOKEN}"):
        assert reason(check_read, READ.saying({"Authorization": said}), access) == WRONG
    assert reason(check_read, READ.saying(session()), access) == MISSING
    assert reason(check_read, READ.saying(timestamped("GET", "/v0/policy", timestamp=NOW)), access) == ""


def test_a_session_that_has_ended_is_none() -> None:
    """As is one of another service's."""
    other = attrs.evolve(ACCESS, read_token="another token, as long as it has to be")  # noqa: S106
    later = attrs.evolve(ACCESS, clock=lambda: (NOW + 8 * 3600) * 1000)
    assert reason(check_read, READ.saying(session(other))) == MISSING
    assert reason(check_read, READ.saying(session()), later) == MISSING


HOSTS = attrs.evolve(ACCESS, hosts=frozenset({"lumyn.example", "::1"}))


def host_reason(*values: bytes, access: Access = HOSTS) -> str:
    """Why a call by these Host headers is refused."""
    return reason(_only_host, attrs.evolve(READ, headers=[("Host", value) for value in values]), access)


def _only_host(access: Access, request: object, body: bytes) -> None:
    check_host(access, request)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", [b"lumyn.example", b"LUMYN.Example.:8000", b"[::1]:8000", b"[::1]", b"lumyn.example:"])
def test_the_service_answers_to_its_names(host: bytes) -> None:
    """In any case, by any port, with the dot of a full name."""
    assert host_reason(host) == ""


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        (b"",),
        (b"evil.example",),
        (b"evil.lumyn.example",),
        (b"lumyn.example.evil.example",),
        (b"lumyn.example", b"lumyn.example"),
        (b"lumyn.example", b"evil.example"),
        (b"lumyn.example, evil.example",),
        (b"evil.example:lumyn.example",),
        (b"evil@lumyn.example",),
        (b"lumyn.example/",),
        (b"http://lumyn.example",),
        (b"lumyn.exampl\xe9",),
        (b"lumyn.example\x00",),
        (b"::1",),
        (b"\xff" * 5_000,),
    ],
)
def test_it_answers_to_no_other(hosts: tuple[bytes, ...]) -> None:
    """Nor to two at once, to none, or to what is no name."""
    assert host_reason(*hosts) == HOST
    assert host_reason(*hosts, access=ACCESS) == ""


ALL: tuple[Check, ...] = (*CHECKS, _only_host)
NAMES = ["Host", "Authorization", "Cookie", "X-Lumyn-Signature", "X-Lumyn-Timestamp", "Origin", "Sec-Fetch-Site"]
values: st.SearchStrategy[bytes] = st.one_of(
    st.binary(max_size=80),
    st.sampled_from([*signed(EVENT).values(), *bearer().values(), *session().values(), str(NOW), "lumyn.example"]).map(
        str.encode
    ),
    st.tuples(
        st.sampled_from([b"sha256:", b"Bearer ", COOKIE.encode() + b"=", b'lumyn_session="\\', b"[", b"18"]),
        st.binary(max_size=80),
    ).map(b"".join),
)


@given(
    method=st.sampled_from(["GET", "HEAD", "POST"]),
    path=st.binary(max_size=20),
    query=st.binary(max_size=20),
    headers=st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=5),
    body=st.sampled_from([b"", EVENT, b"{}", b"\xff"]),
)
@settings(max_examples=examples(2_000))
def test_no_bytes_of_a_call_end_in_anything_but_a_refusal(
    method: str, path: bytes, query: bytes, headers: list[tuple[str, bytes]], body: bytes
) -> None:
    """Whatever stands in its headers, its path and its query."""
    call = Call(method, path, query, headers, body, {"decision_id": DECISION})
    for check in ALL:
        assert reason(check, call, HOSTS) in {"", WRONG, MISSING, HOST, "INVALID_JSON"}


def test_where_a_server_hands_on_no_raw_path_the_path_is_signed() -> None:
    """It need not, says ASGI."""
    request = READ.saying(timestamped("GET", "/v0/policy", timestamp=NOW)).request
    del request.scope["raw_path"]
    check_timestamped(ACCESS, request, b"")
