"""Headers, commitments and leaves."""

from __future__ import annotations

from hashlib import sha256

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from lumyn.store.entry import Draft, commitment_of, header_of, seal

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MAYBE = st.none() | TEXTS


@given(TEXTS.filter(bool), MAYBE, TEXTS, MAYBE, MAYBE, MAYBE, st.binary(max_size=40))
def test_a_header_is_canonical_json(
    entry_id: str,
    decision_id: str | None,
    created_at: str,
    tenant: str | None,
    request_id: str | None,
    request_mac: str | None,
    payload: bytes,
) -> None:
    """As the rfc8785 library writes it, whatever the texts."""
    draft = Draft("event", entry_id, decision_id, created_at, tenant, request_id, request_mac, payload)
    commitment = commitment_of(b"salt", payload)
    assert header_of(draft, commitment) == rfc8785.dumps(
        {
            "kind": "event",
            "id": entry_id,
            "decision_id": decision_id,
            "created_at": created_at,
            "tenant": tenant,
            "request_id": request_id,
            "request_mac": request_mac,
            "payload_commitment": commitment.hex(),
        }
    )


def test_a_leaf_commits_to_header_salt_and_payload() -> None:
    """By the hashes that the design names, and with fresh salt every time."""
    draft = Draft("record", "dec_1", "dec_1", "2026-01-01T00:00:00.000Z", None, None, None, b"{}")
    sealed = seal(draft)
    assert sealed.commitment == sha256(sealed.salt + b"{}").digest()
    assert sealed.leaf == sha256(b"\x00" + header_of(draft, sealed.commitment)).digest()
    assert len(sealed.salt) == 16
    assert seal(draft).leaf != sealed.leaf


def test_a_kind_that_nobody_knows_and_an_empty_id_are_refused() -> None:
    """They are mistakes of the program, so they are said at once."""
    with pytest.raises(ValueError, match="kind"):
        Draft("other", "x", None, "", None, None, None, b"")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="entry_id"):
        Draft("event", "", None, "", None, None, None, b"")


def test_what_no_utf8_can_say_is_refused_before_it_is_queued() -> None:
    """A lone surrogate has no bytes to be hashed."""
    with pytest.raises(UnicodeEncodeError):
        seal(Draft("event", "\ud800", None, "", None, None, None, b""))
