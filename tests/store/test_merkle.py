"""The Merkle tree against published vectors and against its definition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.store.merkle import (
    EMPTY_ROOT,
    Frontier,
    LeafRange,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    root_of,
)

# The eight leaves that the implementations of RFC 6962 test with, and the roots over the first 1 to 8 of them.
LEAF_INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """The definition, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = split_of(len(leaves))
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962."""
    if len(leaves) == 1:
        return []
    split = split_of(len(leaves))
    if index < split:
        return [*naive_path(index, leaves[:split]), naive_root(leaves[split:])]
    return [*naive_path(index - split, leaves[split:]), naive_root(leaves[:split])]


def naive_consistency(old_size: int, leaves: Sequence[bytes], *, is_known: bool = True) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of RFC 6962."""
    if old_size == len(leaves):
        return [] if is_known else [naive_root(leaves)]
    split = split_of(len(leaves))
    if old_size <= split:
        return [*naive_consistency(old_size, leaves[:split], is_known=is_known), naive_root(leaves[split:])]
    return [*naive_consistency(old_size - split, leaves[split:], is_known=False), naive_root(leaves[:split])]


def split_of(size: int) -> int:
    """The largest power of two below the size, found by trying."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split


def made_leaves(size: int) -> list[bytes]:
    """Leaves that differ."""
    return [leaf_hash(str(index).encode()) for index in range(size)]


def ranges_of(leaves: list[bytes]) -> LeafRange:
    """Read leaves as a proof does."""

    def read(start: int, stop: int) -> Iterable[bytes]:
        return iter(leaves[start:stop])

    return read


def test_the_empty_tree_has_the_published_root() -> None:
    """The hash of nothing."""
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_leaves_have_the_published_roots(size: int) -> None:
    """The vectors of Certificate Transparency."""
    assert root_of([leaf_hash(data) for data in LEAF_INPUTS[:size]]).hex() == ROOTS[size - 1]


@given(st.integers(0, 70))
def test_a_growing_tree_has_the_root_of_the_definition_at_every_size(size: int) -> None:
    """Appending keeps only the edge."""
    leaves = made_leaves(size)
    frontier = Frontier()
    for count, leaf in enumerate(leaves):
        assert frontier.root() == naive_root(leaves[:count])
        frontier.append(leaf)
    assert frontier.size == size
    assert frontier.root() == root_of(leaves) == naive_root(leaves)


@given(st.data(), st.integers(1, 70))
def test_inclusion_is_proved_by_the_definitions_path_and_by_no_altered_one(data: st.DataObject, size: int) -> None:
    """Another leaf, index, size, root or hash proves nothing."""
    leaves = made_leaves(size)
    root = naive_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(ranges_of(leaves), index, size)
    assert list(proof) == naive_path(index, leaves)
    assert is_included(leaves[index], index, size, proof, root)

    assert not is_included(leaf_hash(b"other"), index, size, proof, root)
    assert not is_included(leaves[index], index, size, proof, flipped(root))
    assert not is_included(leaves[index], index, size, (*proof, root), root)
    assert not is_included(leaves[index], -1, size, proof, root)
    assert not is_included(leaves[index], size, size, proof, root)
    other = data.draw(st.integers(0, size - 1))
    assert is_included(leaves[index], other, size, proof, root) == (other == index)
    for position in range(len(proof)):
        altered = (*proof[:position], flipped(proof[position]), *proof[position + 1 :])
        assert not is_included(leaves[index], index, size, altered, root)
        assert not is_included(leaves[index], index, size, proof[:position] + proof[position + 1 :], root)


@given(st.data(), st.integers(0, 70))
def test_consistency_is_proved_by_the_definitions_path_and_by_no_altered_one(data: st.DataObject, size: int) -> None:
    """Another old root, new root or hash proves nothing."""
    leaves = made_leaves(size)
    root = naive_root(leaves)
    old_size = data.draw(st.integers(0, size))
    old_root = naive_root(leaves[:old_size])
    proof = consistency_proof(ranges_of(leaves), old_size, size)
    assert list(proof) == ([] if old_size == 0 else naive_consistency(old_size, leaves))
    assert is_consistent(old_size, old_root, size, root, proof)

    assert not is_consistent(old_size, flipped(old_root), size, root, proof)
    assert not is_consistent(old_size, old_root, size, root, (*proof, root))
    assert not is_consistent(size + 1, old_root, size, root, proof)
    assert not is_consistent(-1, old_root, size, root, proof)
    if old_size:
        assert not is_consistent(old_size, old_root, size, flipped(root), proof)
    for position in range(len(proof)):
        altered = (*proof[:position], flipped(proof[position]), *proof[position + 1 :])
        assert not is_consistent(old_size, old_root, size, root, altered)
        assert not is_consistent(old_size, old_root, size, root, proof[:position] + proof[position + 1 :])


@given(st.data(), st.integers(2, 70))
def test_a_rewritten_beginning_is_no_beginning(data: st.DataObject, size: int) -> None:
    """The proof of the log as it is now doesn't show a log that was otherwise."""
    leaves = made_leaves(size)
    old_size = data.draw(st.integers(1, size - 1))
    old_root = naive_root(leaves[:old_size])
    changed = data.draw(st.integers(0, old_size - 1))
    rewritten = [*leaves[:changed], leaf_hash(b"rewritten"), *leaves[changed + 1 :]]
    proof = consistency_proof(ranges_of(rewritten), old_size, size)
    assert not is_consistent(old_size, old_root, size, naive_root(rewritten), proof)


def flipped(digest: bytes) -> bytes:
    """A hash that differs in one bit."""
    return bytes([digest[0] ^ 1]) + digest[1:]
