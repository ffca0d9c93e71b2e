"""A signature is good for what was signed, to the byte, and for nothing else."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumyn.api.authority import check_read, check_signed, check_timestamped
from lumyn.api.signatures import is_signed, signed_text
from tests.api.calls import NOW, Call, reason
from tests.api.signing import SECRET, signed, timestamped
from tests.profiles import examples

BODY = b'{"schema_version":"decision_request.v0"}'
GOOD = signed(BODY)["X-Lumyn-Signature"].encode()
SECRETS = [SECRET.encode()]
WRONG, MISSING = "AUTH_INVALID_SIGNATURE", "AUTH_REQUIRED"

# What stands in a request line: no space, no line end.
targets = st.binary(max_size=20).map(lambda text: bytes(33 + byte % 94 for byte in text))


def decide(body: bytes = BODY, *headers: tuple[str, bytes]) -> Call:
    """A call that decides."""
    return Call("POST", b"/v0/decide", b"", headers, body)


def test_it_is_the_hmac_that_anybody_can_compute() -> None:
    """RFC 4231, test case 2, and the spelling of the header."""
    known = b"sha256:5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert is_signed([b"Jefe"], b"what do ya want for nothing?", known)
    assert is_signed([b"Jefe"], b"what do ya want for nothing?", b"sha256:" + known[7:].upper())


def test_each_secret_signs_while_they_are_changed() -> None:
    """And none that is not configured."""
    old, new, other = b"an old secret 01", b"a new secret 012", b"another one 0123"
    for secret in (old, new):
        assert is_signed([new, old], BODY, signed(BODY, secret.decode())["X-Lumyn-Signature"].encode())
    assert not is_signed([new, old], BODY, signed(BODY, other.decode())["X-Lumyn-Signature"].encode())
    assert not is_signed([], BODY, GOOD)


ODD = [
    b"",
    b"sha256:",
    b"sha256",
    GOOD[7:],
    GOOD[:-1],
    GOOD + b"0",
    GOOD + b" ",
    GOOD + b"\n",
    b" " + GOOD,
    b"SHA256:" + GOOD[7:],
    b"sha512:" + GOOD[7:],
    b"sha256=" + GOOD[7:],
    GOOD[:-1] + b"g",
    GOOD[:-2] + "é".encode(),
    GOOD[:-1] + b"\xb2",
    GOOD + b", " + GOOD,
    GOOD + b"," + b"sha256:" + b"0" * 64,
    b"sha256:" + b"0" * 64,
    b"sha256:" + "０".encode() * 64,
    b"\xff" * 71,
    b"x" * 60_000,
]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_an_odd_one_is_refused(odd: bytes) -> None:
    """It is a 401, whatever it holds."""
    assert not is_signed(SECRETS, BODY, odd)
    assert reason(check_signed, decide(BODY, ("X-Lumyn-Signature", odd))) == WRONG


def test_none_is_another_thing_than_a_wrong_one_and_two_are_wrong() -> None:
    """Even where both are right."""
    assert reason(check_signed, decide()) == MISSING
    assert reason(check_signed, decide(BODY, ("X-Lumyn-Signature", GOOD))) == ""
    assert reason(check_signed, decide(BODY, ("x-lumyn-signature", GOOD), ("X-LUMYN-SIGNATURE", GOOD))) == WRONG


@given(body=st.binary(min_size=1, max_size=300), place=st.integers(0), change=st.integers(1, 255))
@settings(max_examples=examples(1_000))
def test_a_changed_byte_of_a_body_is_refused(body: bytes, place: int, change: int) -> None:
    """As are one more and one less."""
    (signature,) = signed(body).values()
    header = ("X-Lumyn-Signature", signature.encode())
    assert reason(check_signed, decide(body, header)) == ""
    for other in (changed(body, place, change), body + bytes([change]), body[:-1], b"\n" + body):
        assert reason(check_signed, decide(other, header)) == WRONG


@given(place=st.integers(0), change=st.integers(1, 255))
@settings(max_examples=examples(1_000))
def test_a_changed_byte_of_a_signature_is_refused(place: int, change: int) -> None:
    """But for a digit in its other case."""
    other = changed(GOOD, place, change)
    is_same = other[:7] == b"sha256:" and other.lower() == GOOD
    assert reason(check_signed, decide(BODY, ("X-Lumyn-Signature", other))) == ("" if is_same else WRONG)


@given(
    path=targets.map(lambda text: b"/" + text.replace(b"?", b"")),
    query=targets,
    body=st.binary(max_size=100),
    place=st.integers(0),
    change=st.integers(1, 255),
)
@settings(max_examples=examples(1_000))
def test_a_changed_byte_of_a_timestamped_call_is_refused(
    path: bytes, query: bytes, body: bytes, place: int, change: int
) -> None:
    """Of its method, path, query, timestamp, signature and body; by every check that takes the form."""
    target = (path + b"?" + query if query else path).decode()
    call = Call("POST", path, query, body=body).saying(timestamped("POST", target, body, timestamp=NOW))
    (timestamp, (name, signature)) = call.headers
    others = [
        attrs.evolve(call, method=changed(b"POST", place, change).decode("latin-1")),
        attrs.evolve(call, path=changed(path, place, change)),
        attrs.evolve(call, query=changed(query or b"\0", place, change)),
        attrs.evolve(call, body=changed(body or b"\0", place, change)),
        attrs.evolve(call, path=path + bytes([change])),
        attrs.evolve(call, query=query + bytes([change])),
        attrs.evolve(call, body=body + bytes([change])),
        attrs.evolve(call, headers=[("X-Lumyn-Timestamp", changed(timestamp[1], place, change)), (name, signature)]),
    ]
    if (other := changed(signature, place, change)).lower() != signature:
        others.append(attrs.evolve(call, headers=[timestamp, (name, other)]))
    for check in (check_read, check_signed, check_timestamped):
        assert reason(check, call) == ""
        assert {reason(check, other) for other in others} == {WRONG}


@given(st.lists(st.tuples(targets, targets, targets, st.binary(max_size=20)), min_size=2, max_size=2, unique=True))
def test_no_two_calls_sign_the_same_text(calls: list[tuple[bytes, bytes, bytes, bytes]]) -> None:
    """Whatever is moved from one part to the next."""
    first, second = calls
    assert signed_text(*first) != signed_text(*second)


@pytest.mark.parametrize("seconds", [0, 1, -1, 299, -299, 300, -300])
def test_a_call_is_good_for_five_minutes_either_way(seconds: int) -> None:
    """And not for a second more."""
    for check in (check_read, check_signed, check_timestamped):
        assert reason(check, stamped(NOW + seconds)) == ""
        assert reason(check, stamped(NOW + seconds + (301 if seconds >= 0 else -301))) == WRONG


ODD_TIMES = ["", "0", f"+{NOW}", f"-{NOW}", f"0{NOW}", f"{NOW}.0", f"{NOW} ", f" {NOW}", f"{NOW}\n", f"{NOW}s", "now"]
ODD_TIMES += [f"{NOW}000", "1_800_000_000", "9" * 12, "9" * 13, "9" * 5_000, "0x6b49d200", "1.8e9", "nan", "é", "１８"]


@pytest.mark.parametrize("odd", ODD_TIMES, ids=range(len(ODD_TIMES)))
def test_an_odd_time_is_refused_however_well_it_is_signed(odd: str) -> None:
    """Only seconds as they are usually written are taken."""
    assert reason(check_timestamped, stamped(odd)) == WRONG


def stamped(timestamp: int | str) -> Call:
    """A call that is signed as a whole at some time."""
    return Call("GET", b"/v0/policy").saying(timestamped("GET", "/v0/policy", timestamp=timestamp))


def changed(text: bytes, place: int, change: int) -> bytes:
    """The text with another byte in a place."""
    place %= len(text)
    return text[:place] + bytes([text[place] ^ change]) + text[place + 1 :]
