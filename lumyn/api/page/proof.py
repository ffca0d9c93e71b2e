"""A decision's place in the log, proved while the reader waits."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import attrs

from lumyn.export import ProvedLog
from lumyn.store import RecordStore
from lumyn.store.entry import Entry, commitment_of
from lumyn.store.merkle import is_included

__all__ = ["Proof", "Proofs"]

_WAIT_SECONDS: Final = 3.0


@attrs.frozen
class Proof:
    """That an entry is in the log, and what the log was then.

    path:         hashes from the leaf to the root, the lowest first
    is_included:  whether they lead there
    is_committed: whether the leaf's header commits to the bytes of the entry; None where they were erased
    """

    seq: int
    leaf: str
    commitment: str
    store_id: str
    size: int
    root: str
    path: tuple[str, ...]
    is_included: bool
    is_committed: bool | None


class Proofs:
    """Proves entries of one log, which grows. It keeps what it read, so that only the first proof reads every leaf."""

    def __init__(self) -> None:
        # One at a time: two that read the same leaves would take twice as long.
        self._worker = ThreadPoolExecutor(1, "lumyn-proof")
        self._store: RecordStore | None = None
        self._complete: dict[tuple[int, int], bytes] = {}

    def of(self, store: RecordStore, entry: Entry) -> Proof | None:
        """The proof; None where it takes longer than a reader should wait. What was begun goes on, for the next.

        cost:   about two seconds for a million entries, once; then what was added since, and some milliseconds
        errors: StoreError
        """
        proving = self._worker.submit(self._proved, store, entry)
        try:
            return proving.result(_WAIT_SECONDS)
        except TimeoutError:
            proving.cancel()
            return None

    def _proved(self, store: RecordStore, entry: Entry) -> Proof:
        if store is not self._store:
            self._store, self._complete = store, {}
        log = ProvedLog(store, complete=self._complete)
        path = log.proved(entry).proof
        size, root = log.checkpoint.size, log.checkpoint.root
        return Proof(
            seq=entry.seq,
            leaf=entry.leaf.hex(),
            commitment=entry.commitment.hex(),
            store_id=store.store_id,
            size=size,
            root=root.hex(),
            path=tuple(step.hex() for step in path),
            is_included=is_included(entry.leaf, entry.seq, size, path, root),
            is_committed=_is_committed(entry),
        )


def _is_committed(entry: Entry) -> bool | None:
    if entry.salt is None or entry.payload is None:
        return None
    return commitment_of(entry.salt, entry.payload) == entry.commitment
