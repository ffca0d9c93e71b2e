"""What the log holds: entries, each a header that is a leaf of the tree, and a payload that its header commits to."""

from hashlib import sha256

# The C function behind json.dumps spells a text as RFC 8785 does, several times as fast as Python can.
from json.encoder import encode_basestring as write_text
from typing import Literal, get_args

import attrs

from lumyn.randomness import random_bytes
from lumyn.store.merkle import leaf_hash

__all__ = [
    "ERASURE_PREFIX",
    "KINDS",
    "SALT_SIZE",
    "Draft",
    "Earlier",
    "Entry",
    "EntryKind",
    "Sealed",
    "commitment_of",
    "erasure_id",
    "header_bytes",
    "header_of",
    "seal",
]

EntryKind = Literal["genesis", "record", "event", "policy", "erasure"]

KINDS: tuple[EntryKind, ...] = get_args(EntryKind)

SALT_SIZE = 16

# An erasure names in its own id what it erases, so that headers alone prove that a payload is rightly gone.
ERASURE_PREFIX = "erasure:"


@attrs.frozen
class Earlier:
    """Records of which one, where the log has it, is the answer instead of another record.

    request_ids: under which it may stand, within the same tenant
    since:       UTC, as records are dated: an older one does not count
    """

    request_ids: tuple[str, ...]
    since: str


@attrs.frozen
class Draft:
    """An entry that has no place in the log yet.

    entry_id:    unique in the log: decision_id of a record, event_id, policy hash, store_id of the genesis entry
    decision_id: the decision that a record or an event is about
    created_at:  UTC, as it is to be stored
    tenant:      None is a scope of its own
    request_id:  idempotency key of a record, within its tenant
    request_mac: tells the same request or event from another of the same id, without giving it away
    payload:     the exact bytes that reading returns
    earlier:     what the log is looked through for before it is written
    """

    kind: EntryKind = attrs.field(validator=attrs.validators.in_(KINDS))
    entry_id: str = attrs.field(validator=attrs.validators.min_len(1))
    decision_id: str | None
    created_at: str
    tenant: str | None
    request_id: str | None
    request_mac: str | None
    payload: bytes = attrs.field(repr=False)
    earlier: Earlier | None = None


@attrs.frozen
class Entry:
    """One entry as it is stored.

    seq:        its index in the log, from 0, without gaps
    payload:    None once it is erased
    salt:       16 random bytes that keep the commitment from being guessed; None once it is erased
    commitment: SHA-256 of salt and payload
    leaf:       the leaf of the Merkle tree: the hash of the header
    """

    seq: int
    kind: EntryKind
    entry_id: str
    decision_id: str | None
    created_at: str
    tenant: str | None
    request_id: str | None
    request_mac: str | None
    payload: bytes | None = attrs.field(repr=False)
    salt: bytes | None = attrs.field(repr=False)
    commitment: bytes
    leaf: bytes


@attrs.frozen
class Sealed:
    """A draft with its hashes; the leaf holds random bytes, so it tells this submission from every other."""

    draft: Draft
    salt: bytes = attrs.field(repr=False)
    commitment: bytes
    leaf: bytes


def seal(draft: Draft) -> Sealed:
    """Salt a draft and compute its hashes.

    raises: UnicodeEncodeError when a field holds a lone surrogate
    """
    salt = random_bytes(SALT_SIZE)
    commitment = commitment_of(salt, draft.payload)
    return Sealed(draft, salt, commitment, leaf_hash(header_of(draft, commitment)))


def commitment_of(salt: bytes, payload: bytes) -> bytes:
    """What a header says of a payload without saying the payload."""
    return sha256(salt + payload).digest()


def header_of(entry: Draft | Entry, commitment: bytes) -> bytes:
    """Header of an entry."""
    return header_bytes(
        kind=entry.kind,
        entry_id=entry.entry_id,
        decision_id=entry.decision_id,
        created_at=entry.created_at,
        tenant=entry.tenant,
        request_id=entry.request_id,
        request_mac=entry.request_mac,
        commitment=commitment,
    )


def header_bytes(  # noqa: PLR0913
    *,
    kind: str,
    entry_id: str,
    decision_id: str | None,
    created_at: str,
    tenant: str | None,
    request_id: str | None,
    request_mac: str | None,
    commitment: bytes,
) -> bytes:
    """Canonical JSON (RFC 8785) of a header: eight keys, in order, each a text or null; the commitment in hex."""
    return (
        f'{{"created_at":{write_text(created_at)},"decision_id":{_text_or_null(decision_id)},"id":{write_text(entry_id)},'
        f'"kind":"{kind}","payload_commitment":"{commitment.hex()}","request_id":{_text_or_null(request_id)},'
        f'"request_mac":{_text_or_null(request_mac)},"tenant":{_text_or_null(tenant)}}}'
    ).encode()


def erasure_id(entry_id: str) -> str:
    """The id of the entry that says another to be erased."""
    return ERASURE_PREFIX + entry_id


def _text_or_null(text: str | None) -> str:
    return "null" if text is None else write_text(text)
