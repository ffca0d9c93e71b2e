"""A session of the page stands for the read token for eight hours, and for nothing that could be made without it."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumyn.api.access import Access
from lumyn.api.problems import ApiError
from lumyn.api.sessions import (
    COOKIE,
    Attempts,
    check_origin,
    cookie_header,
    ended_cookie_header,
    is_read_token,
    is_session,
    new_session,
)
from tests.api.calls import ACCESS, NOW, Call
from tests.api.signing import READ_TOKEN, SECRET, signed
from tests.profiles import examples

HOURS = 3600


def test_it_holds_for_eight_hours() -> None:
    """In any process with the same settings."""
    value = new_session(ACCESS, NOW)
    elsewhere = Access((SECRET.encode(),), READ_TOKEN)

    assert is_session(elsewhere, value, NOW)
    assert is_session(elsewhere, value, NOW + 8 * HOURS - 1)
    assert not is_session(elsewhere, value, NOW + 8 * HOURS)


def test_no_two_are_alike() -> None:
    """Even of the same second."""
    assert new_session(ACCESS, NOW) != new_session(ACCESS, NOW)


def test_it_ends_when_the_secret_or_the_token_is_changed() -> None:
    """And there is none where nobody has either."""
    value = new_session(ACCESS, NOW)
    new = b"another secret, as long as it has to be"
    for changed in (
        attrs.evolve(ACCESS, read_token="another token, as long as it has to be"),  # noqa: S106
        attrs.evolve(ACCESS, secrets=(new,)),
        attrs.evolve(ACCESS, secrets=(new, *ACCESS.secrets)),
        attrs.evolve(ACCESS, read_token=None),
        attrs.evolve(ACCESS, secrets=()),
    ):
        assert not is_session(changed, value, NOW)


@given(place=st.integers(0), other=st.characters())
@settings(max_examples=examples(1_000))
def test_a_changed_character_ends_it(place: int, other: str) -> None:
    """Of its end, its nonce or its HMAC."""
    value = new_session(ACCESS, NOW)
    place %= len(value)
    changed = value[:place] + other + value[place + 1 :]

    assert is_session(ACCESS, changed, NOW) is (changed == value)


@given(st.text() | st.text("0123456789abcdef.", max_size=120))
@settings(max_examples=examples(1_000))
def test_no_text_is_one_by_chance(text: str) -> None:
    """And none is a mistake of the service's."""
    assert not is_session(ACCESS, text, NOW)
    assert is_read_token(ACCESS, text) is (text == READ_TOKEN)


def test_no_signature_is_one() -> None:
    """Whoever can have a body signed can't have a session by it."""
    said, _, _ = new_session(ACCESS, NOW).rpartition(".")
    (signature,) = signed(said.encode()).values()
    assert not is_session(ACCESS, f"{said}.{signature.removeprefix('sha256:')}", NOW)


def test_the_token_is_the_configured_one_whatever_is_given() -> None:
    """As text or bytes; without one, or without a secret, there is none."""
    assert is_read_token(ACCESS, READ_TOKEN)
    assert is_read_token(ACCESS, READ_TOKEN.encode())
    for wrong in ("", READ_TOKEN[:-1], READ_TOKEN + " ", READ_TOKEN.upper(), "\udcff", b"\xff", "é" * 1000, SECRET):
        assert not is_read_token(ACCESS, wrong)
    for access in (attrs.evolve(ACCESS, read_token=None), attrs.evolve(ACCESS, secrets=())):
        for text in ("", "None", READ_TOKEN):
            assert not is_read_token(access, text)


def test_the_cookie_is_for_this_service_alone() -> None:
    """No script reads it, no other site's call has it, and where there is TLS it is never sent without."""
    value = new_session(ACCESS, NOW)
    assert cookie_header(value, is_secure=True) == (
        f"{COOKIE}={value}; Max-Age=28800; Path=/; HttpOnly; SameSite=Strict; Secure"
    )
    assert cookie_header(value, is_secure=False) == (
        f"{COOKIE}={value}; Max-Age=28800; Path=/; HttpOnly; SameSite=Strict"
    )
    assert ended_cookie_header(is_secure=True) == f"{COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure"


OWN = {"Host": "lumyn.example:8000"}
FROM_HERE = [
    {"Origin": "http://lumyn.example:8000"},
    {"Origin": "http://lumyn.example:8000", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
]
FROM_ELSEWHERE = [
    {},
    {"Origin": ""},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://lumyn.example:8000"},
    {"Origin": "http://lumyn.example"},
    {"Origin": "http://lumyn.example:8001"},
    {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://lumyn.example:8000.evil.example"},
    {"Origin": "http://lumyn.example:8000/"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Referer": "http://lumyn.example:8000/login"},
]


@pytest.mark.parametrize("headers", FROM_HERE)
def test_a_form_of_this_page_is_taken(headers: dict[str, str]) -> None:
    """By what browsers say of themselves."""
    check_origin(Call("POST", b"/login").saying(OWN, headers).request)


@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
def test_a_form_from_elsewhere_is_not(headers: dict[str, str]) -> None:
    """Nor one that doesn't say where it comes from."""
    with pytest.raises(ApiError) as caught:
        check_origin(Call("POST", b"/login").saying(OWN, headers).request)
    assert (caught.value.reason_code, caught.value.status) == ("ORIGIN_NOT_ALLOWED", 403)


def test_two_origins_or_hosts_are_none() -> None:
    """Whichever of them somebody else goes by."""
    good = {"Origin": "http://lumyn.example:8000"}
    for headers in ((OWN, good, good), (OWN, OWN, good), (good,)):
        with pytest.raises(ApiError):
            check_origin(Call("POST", b"/login").saying(*headers).request)


def test_behind_tls_the_origin_has_https() -> None:
    """As the server hands it on."""
    call = attrs.evolve(Call("POST", b"/login").saying(OWN, {"Origin": "https://LUMYN.example:8000"}), scheme="https")
    with pytest.raises(ApiError):
        check_origin(call.request)
    check_origin(call.saying(OWN, {"Origin": "https://lumyn.example:8000"}).request)


def test_ten_wrong_tokens_within_a_minute_are_enough() -> None:
    """Until the first of them is a minute old; each minute has ten."""
    now = NOW * 1000
    attempts = Attempts(lambda: now)
    for _ in range(10):
        attempts.check()
        attempts.wrong()
        now += 1_000
    with pytest.raises(ApiError) as caught:
        attempts.check()
    assert (caught.value.reason_code, caught.value.status) == ("TOO_MANY_LOGINS", 429)
    assert caught.value.headers == {"Retry-After": "51"}

    now += 49_999
    with pytest.raises(ApiError):
        attempts.check()
    now += 1
    attempts.check()
    attempts.wrong()
    with pytest.raises(ApiError):
        attempts.check()


def test_a_clock_that_is_set_back_locks_nobody_out_for_long() -> None:
    """What was noted in times to come is not waited for."""
    now = NOW * 1000
    attempts = Attempts(lambda: now)
    for _ in range(10):
        attempts.wrong()
    now -= 3_600_000
    attempts.check()
