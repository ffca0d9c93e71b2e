"""Table ⇄ the bytes of an artifact.

    lpack 1 blake3:<64 hexadecimal digits>, and a newline
    <body: RFC 8785 canonical JSON, no newline at its end>

The header is a function of the body, and the body has one spelling, so a policy has exactly one artifact.
"""

from __future__ import annotations

from blake3 import blake3

from lumyn_runtime.decode import decode_table
from lumyn_runtime.encode import encode_table
from lumyn_runtime.errors import ArtifactError
from lumyn_runtime.limits import ARTIFACT_BYTES_MAX, BODY_VALUES_MAX, SECTION_BITS_MAX, TABLE_BITS_MAX
from lumyn_runtime.table import class_count, mask_bits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lumyn_runtime.table import Table

__all__ = ["dumps", "loads", "policy_hash"]

_MAGIC = b"lpack "
_BEGINNING = b"lpack 1 blake3:"
_HEX_LENGTH = 64
_HEADER_LENGTH = len(_BEGINNING) + _HEX_LENGTH + 1


def dumps(table: Table) -> bytes:
    """Write a table down; the same table gives the same bytes everywhere.

    raises: ArtifactError "too-large" where `loads` would refuse the bytes for their size, "malformed" for a lone surrogate
    """
    _check_bits(table)
    try:
        body = encode_table(table).encode()
    except UnicodeEncodeError as error:
        raise ArtifactError("malformed", "a text of the policy has a lone surrogate in it") from error
    _check_size(len(body) + _HEADER_LENGTH)
    _check_values(body)
    return b"lpack 1 %s\n%s" % (_hash_of(body).encode(), body)


def loads(artifact: bytes, expected_hash: str | None = None) -> Table:
    """Verify an artifact and read its table: whatever the bytes are, one or an ArtifactError comes of them.

    expected_hash: "blake3:…" of the only policy that will do
    cost:          linear in the bytes; at most three copies of the body at a time, and the table
    """
    body = _verified_body(artifact, expected_hash)
    _check_values(artifact)
    try:
        text = str(body, "utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactError("malformed", f"the body is no UTF-8 at byte {error.start}") from error
    table = decode_table(_parse(text))
    _check_spelling(text, encode_table(table))
    return table


def policy_hash(artifact: bytes) -> str:
    """The hash in an artifact's header, "blake3:…", once it is known to be that of the body. Raises ArtifactError."""
    return _hash_of(_verified_body(artifact, None))


def _verified_body(artifact: bytes, expected_hash: str | None) -> memoryview:
    _check_size(len(artifact))
    header = artifact[:_HEADER_LENGTH]
    _check_header(header)
    body = memoryview(artifact)[_HEADER_LENGTH:]
    declared = header[len(b"lpack 1 ") : -1].decode()
    if _hash_of(body) != declared:
        if not artifact.endswith(b"}"):
            raise ArtifactError("truncated", "the body does not end where a body ends, and its hash is another one")
        raise ArtifactError("hash-mismatch", "the body is not the one that the header was written for")
    if expected_hash is not None and expected_hash != declared:
        raise ArtifactError("hash-mismatch", f"its hash is {declared}, and {expected_hash} was expected")
    return body


def _hash_of(body: bytes | memoryview) -> str:
    return f"blake3:{blake3(body).hexdigest()}"


def _check_header(header: bytes) -> None:
    if not header.startswith(_BEGINNING):
        if _BEGINNING.startswith(header):
            raise ArtifactError("truncated", "it ends within the header")
        version = header.removeprefix(_MAGIC).split(b" ")[0]
        if header.startswith(_MAGIC) and version.isdigit() and version != b"1":
            detail = f"it is of format {version.decode()}, and this runtime reads format 1"
            raise ArtifactError("unsupported-version", detail)
        raise ArtifactError("not-an-artifact", "it does not begin with `lpack 1 blake3:`")
    digits = header[len(_BEGINNING) : len(_BEGINNING) + _HEX_LENGTH]
    if digits.strip(b"0123456789abcdef"):
        raise ArtifactError("malformed", "the hash in the header is not 64 hexadecimal digits")
    if len(header) < _HEADER_LENGTH:
        raise ArtifactError("truncated", "it ends within the header")
    if not header.endswith(b"\n"):
        raise ArtifactError("malformed", "the header is longer than its hash")


def _check_size(size: int) -> None:
    if size > ARTIFACT_BYTES_MAX:
        raise ArtifactError("too-large", f"it is longer than {ARTIFACT_BYTES_MAX} bytes")


def _check_values(artifact: bytes) -> None:
    """Bound what parsing may cost before anything is parsed."""
    count = artifact.count(b",") + artifact.count(b"[") + artifact.count(b"{")
    if count > BODY_VALUES_MAX:
        raise ArtifactError("too-large", f"it holds more than {BODY_VALUES_MAX} values")


def _check_bits(table: Table) -> None:
    total = 0
    for section in table.sections:
        bits = mask_bits(len(section.rows), [class_count(c, table.attributes[c.attribute]) for c in section.columns])
        total += bits
        if bits > SECTION_BITS_MAX or total > TABLE_BITS_MAX:
            raise ArtifactError(
                "too-large", f"the section `{section.actions}` has too many rows and columns times classes"
            )


def _parse(text: str) -> object:
    # It takes as long to import as everything else here together, so only those who load pay for it.
    import json  # noqa: PLC0415

    try:
        parsed: object = json.loads(text)
    except RecursionError as error:
        raise ArtifactError("malformed", "the body is nested too deeply") from error
    except ValueError as error:
        raise ArtifactError("malformed", f"the body is no JSON: {error}") from error
    return parsed


def _check_spelling(text: str, canonical: str) -> None:
    """Refuse white space, other orders, keys twice, unknown keys, and numbers or texts that could be spelled so too."""
    if text == canonical:
        return
    pairs = enumerate(zip(text, canonical, strict=False))
    same = next((position for position, (one, other) in pairs if one != other), min(len(text), len(canonical)))
    raise ArtifactError("malformed", f"the body is not in its one spelling from character {same} on")
