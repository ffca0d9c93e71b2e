"""Checkpoints: what a log was at one moment, in three lines that can be kept elsewhere and compared.

source: C2SP tlog-checkpoint and signed-note
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable

import attrs

from lumyn.store.errors import CheckpointError

__all__ = ["ORIGIN_PREFIX", "Checkpoint", "Signature", "parse_checkpoint", "write_checkpoint"]

ORIGIN_PREFIX = "lumyn/"

_ROOT_SIZE = 32

# Beyond this a text is no checkpoint, and isn't read.
_TEXT_SIZE_MAX = 1 << 16

_STORE_ID = re.compile(r"[0-9a-z]+")

# No signs, no leading zeros, and no more digits than a seq can have.
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")

_SIGNATURE = re.compile(r"— (\S+) (\S+)")


@attrs.frozen
class Signature:
    """One signature line.

    name: of the key
    data: 4 bytes that tell the key from others of its name, then the signature
    """

    name: str
    data: bytes


@attrs.frozen
class Checkpoint:
    """A log at one moment.

    size:       how many entries it had
    root:       root of the Merkle tree over them
    signatures: as they were read; nothing has checked them
    """

    store_id: str
    size: int
    root: bytes
    signatures: tuple[Signature, ...] = ()

    @property
    def body(self) -> bytes:
        """What is signed."""
        return f"{ORIGIN_PREFIX}{self.store_id}\n{self.size}\n{b64encode(self.root).decode()}\n".encode()


def write_checkpoint(checkpoint: Checkpoint, sign: Callable[[bytes], Signature] | None = None) -> bytes:
    """The text of a checkpoint: its body, then, after an empty line, its signatures and that of `sign`, if any."""
    signatures = checkpoint.signatures if sign is None else (*checkpoint.signatures, sign(checkpoint.body))
    if not signatures:
        return checkpoint.body
    lines = "".join(f"— {signature.name} {b64encode(signature.data).decode()}\n" for signature in signatures)
    return checkpoint.body + b"\n" + lines.encode()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Read a checkpoint.

    raises: CheckpointError
    """
    if len(text) > _TEXT_SIZE_MAX:
        raise CheckpointError("it is too long")
    try:
        body, separator, rest = text.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError:
        raise CheckpointError("it is no UTF-8 text") from None
    lines = body.removesuffix("\n").split("\n")
    if len(lines) != 3 or not (separator or body.endswith("\n")):
        raise CheckpointError("it must have a line each for origin, size and root, each ended by a newline")
    origin, size, root = lines
    store_id = origin.removeprefix(ORIGIN_PREFIX)
    if store_id == origin or not _STORE_ID.fullmatch(store_id):
        raise CheckpointError(f"its first line must be {ORIGIN_PREFIX} and the id of a store")
    if not _SIZE.fullmatch(size):
        raise CheckpointError("its second line must be the size of the log, in digits")
    root_bytes = _decode(root)
    if root_bytes is None or len(root_bytes) != _ROOT_SIZE:
        raise CheckpointError("its third line must be a root, 32 bytes in base64")
    return Checkpoint(store_id, int(size), root_bytes, _parse_signatures(rest) if separator else ())


def _parse_signatures(text: str) -> tuple[Signature, ...]:
    if not text.endswith("\n"):
        raise CheckpointError("its signatures must each be ended by a newline")
    signatures: list[Signature] = []
    for line in text.removesuffix("\n").split("\n"):
        match = _SIGNATURE.fullmatch(line)
        data = _decode(match[2]) if match else None
        if match is None or data is None or len(data) < 5:
            raise CheckpointError("a signature must be a dash (—), a name and base64, with a space between each")
        signatures.append(Signature(match[1], data))
    return tuple(signatures)


def _decode(text: str) -> bytes | None:
    """Bytes of strict base64, which has one spelling for each; None where it is none."""
    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        return None
    return data if b64encode(data).decode() == text else None
