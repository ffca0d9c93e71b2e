"""The Merkle tree of a log: roots, and proofs that an entry is in it and that a longer log extends a shorter one.

source: RFC 6962, §2.1; RFC 9162, §2.1.3 and §2.1.4 (the verification algorithms)
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

__all__ = [
    "EMPTY_ROOT",
    "Frontier",
    "LeafRange",
    "consistency_proof",
    "inclusion_proof",
    "is_consistent",
    "is_included",
    "leaf_hash",
    "node_hash",
    "root_of",
]

# The leaves from one index up to another, that one excluded: all that a proof has to read of a log.
LeafRange = Callable[[int, int], Iterable[bytes]]

EMPTY_ROOT = sha256().digest()


def leaf_hash(header: bytes) -> bytes:
    """Hash of one leaf."""
    return sha256(b"\x00" + header).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: enough to know its root, and to append.

    size: leaves so far
    cost: one hash a leaf, amortised two; as many hashes kept as the size has bits
    """

    __slots__ = ("_peaks", "size")

    size: int

    def __init__(self) -> None:
        self.size = 0
        # Roots of the full subtrees, largest and leftmost first: one for each bit that is set in the size.
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash at the end."""
        size = self.size
        while size & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            size >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes, read once."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def inclusion_proof(leaves: LeafRange, index: int, size: int) -> tuple[bytes, ...]:
    """Hashes that lead from one leaf to the root, the lowest first.

    index, size: 0 <= index < size
    cost:        reads every leaf but that one, once
    """
    assert 0 <= index < size
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _left_size(stop - start)
        if index < middle:
            path.append(root_of(leaves(middle, stop)))
            stop = middle
        else:
            path.append(root_of(leaves(start, middle)))
            start = middle
    return tuple(reversed(path))


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """True when the proof leads from the leaf at an index to the root of a tree of that size."""
    if not 0 <= index < size:
        return False
    node, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            current = node_hash(sibling, current)
            while node and not node & 1:
                node >>= 1
                last >>= 1
        else:
            current = node_hash(current, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and current == root


def consistency_proof(leaves: LeafRange, old_size: int, size: int) -> tuple[bytes, ...]:
    """Hashes that show a tree of one size to be the beginning of a larger one.

    old_size, size: 0 <= old_size <= size; nothing has to be shown of an empty tree, nor of the same
    cost:           reads every leaf at most once
    """
    assert 0 <= old_size <= size
    if old_size in {0, size}:
        return ()
    path: list[bytes] = []
    start, stop = 0, size
    # The old root itself is known to whoever checks, so it is left out while the range still begins where it does.
    while stop != old_size:
        middle = start + _left_size(stop - start)
        if old_size <= middle:
            path.append(root_of(leaves(middle, stop)))
            stop = middle
        else:
            path.append(root_of(leaves(start, middle)))
            start = middle
    if start:
        path.append(root_of(leaves(start, stop)))
    return tuple(reversed(path))


def is_consistent(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """True when the proof shows the old tree to be the beginning of the other."""
    if old_size in {0, size}:
        wanted = root if old_size == size else EMPTY_ROOT
        return not proof and 0 <= old_size <= size and old_root == wanted
    if not 0 < old_size < size or not proof:
        return False
    # A full subtree is its own beginning, so its root is not repeated in the proof.
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    node, last = old_size - 1, size - 1
    while node & 1:
        node >>= 1
        last >>= 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while node and not node & 1:
                node >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and old == old_root and new == root


def _left_size(size: int) -> int:
    """Leaves of the left subtree: the largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)
