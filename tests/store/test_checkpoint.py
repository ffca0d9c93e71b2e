"""The text of checkpoints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.store.checkpoint import Checkpoint, Signature, parse_checkpoint, write_checkpoint
from lumyn.store.errors import CheckpointError
from lumyn.store.merkle import EMPTY_ROOT

EXAMPLE = b"lumyn/ab12\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
SIGNED = EXAMPLE + "\n— key.example AAAAAAE=\n".encode()

SIGNATURES = st.builds(Signature, st.from_regex(r"[a-z.]{1,9}", fullmatch=True), st.binary(min_size=5, max_size=80))


def test_a_checkpoint_is_three_lines() -> None:
    """Origin, size and root."""
    assert write_checkpoint(Checkpoint("ab12", 0, EMPTY_ROOT)) == EXAMPLE


def test_a_signature_is_made_over_the_three_lines_and_follows_an_empty_one() -> None:
    """By whoever holds a key."""
    seen: list[bytes] = []

    def sign(body: bytes) -> Signature:
        seen.append(body)
        return Signature("key.example", b"\0\0\0\0\1")

    assert write_checkpoint(Checkpoint("ab12", 0, EMPTY_ROOT), sign) == SIGNED
    assert seen == [EXAMPLE]


@given(
    st.builds(
        Checkpoint,
        st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
        st.integers(0, 2**62),
        st.binary(min_size=32, max_size=32),
        st.lists(SIGNATURES, max_size=3).map(tuple),
    )
)
def test_what_is_written_is_read(checkpoint: Checkpoint) -> None:
    """And nothing else is the same checkpoint's text."""
    assert parse_checkpoint(write_checkpoint(checkpoint)) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"\xff",
        EXAMPLE.removesuffix(b"\n"),
        EXAMPLE + b"more\n",
        EXAMPLE + b"\n",
        EXAMPLE + b"\n-- key AAAAAAE=\n",
        SIGNED.removesuffix(b"\n"),
        SIGNED + b"\n",
        SIGNED.replace(b"AAAAAAE=", b"AAAA"),
        SIGNED.replace(b"AAAAAAE=", b"AAAAAAF="),
        EXAMPLE.replace(b"lumyn/", b"other/"),
        EXAMPLE.replace(b"ab12", b""),
        EXAMPLE.replace(b"ab12", b"a/b"),
        EXAMPLE.replace(b"\n0\n", b"\n-1\n"),
        EXAMPLE.replace(b"\n0\n", b"\n01\n"),
        EXAMPLE.replace(b"\n0\n", b"\n1e3\n"),
        EXAMPLE.replace(b"\n0\n", "\n١\n".encode()),
        EXAMPLE.replace(b"\n0\n", b"\n" + b"9" * 40 + b"\n"),
        EXAMPLE.replace(b"47DE", b"47D"),
        EXAMPLE.replace(b"47DE", b"47D*"),
        EXAMPLE.replace(b"SuFU=", b"SuFV="),
        EXAMPLE + bytes(1 << 17),
    ],
)
def test_another_text_is_no_checkpoint(text: bytes) -> None:
    """Each value has one spelling."""
    with pytest.raises(CheckpointError):
        parse_checkpoint(text)
