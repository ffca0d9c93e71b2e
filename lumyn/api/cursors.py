"""Cursors: where the next page of a search begins, in a form that is of no use but for that search."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Final

import attrs

from lumyn.store.search import Filters

__all__ = ["Cursors"]

_SEQ_SIZE: Final = 8
_MAC_SIZE: Final = 16


@attrs.frozen
class Cursors:
    """The cursors of one search.

    key:     the store's: every process that has the log open reads the cursors of every other
    order:   of the search; like its filters, a cursor is bound to it
    """

    key: bytes = attrs.field(repr=False)
    filters: Filters
    order: str

    def write(self, seq: int) -> str:
        """The cursor behind a place in the log: URL-safe text."""
        place = seq.to_bytes(_SEQ_SIZE)
        return urlsafe_b64encode(place + self._mac(place)).decode()

    def read(self, cursor: str) -> int | None:
        """The place; None for what is no cursor of this search."""
        try:
            content = urlsafe_b64decode(cursor.encode("ascii"))
        except (UnicodeEncodeError, Base64Error):
            return None
        if urlsafe_b64encode(content).decode() != cursor:
            # What decodes passes over letters that are not its own.
            return None
        place, mac = content[:_SEQ_SIZE], content[_SEQ_SIZE:]
        return int.from_bytes(place) if hmac.compare_digest(mac, self._mac(place)) else None

    def _mac(self, place: bytes) -> bytes:
        # It begins as no canonical JSON does, which is what else is signed with this key.
        search = json.dumps([self.order, attrs.asdict(self.filters)], sort_keys=True).encode()
        return hmac.digest(self.key, b"cursor\n" + search + b"\n" + place, "sha256")[:_MAC_SIZE]
