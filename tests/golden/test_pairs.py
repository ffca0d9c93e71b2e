"""Every construct that both spellings have compiles to one hash, and to the same one as before."""

from pathlib import Path

import pytest

from tests.golden.pairs import FOLDERS, hash_of


@pytest.mark.golden
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_both_spellings_compile_to_the_stored_hash(folder: Path, rewrite_golden: bool) -> None:
    """A hash that changes by accident makes every record of every deployed policy look like another policy's."""
    stored = folder / "expected.hash"
    from_lumyn = hash_of((folder / "policy.lumyn").read_bytes(), "policy.lumyn")
    if rewrite_golden:
        stored.write_text(f"{from_lumyn}\n", encoding="utf-8")

    assert hash_of((folder / "policy.yml").read_bytes(), "policy.yml") == from_lumyn
    assert stored.read_text(encoding="utf-8") == f"{from_lumyn}\n"


def test_no_two_pairs_are_the_same_policy() -> None:
    """Each has something of its own to say."""
    hashes = [(folder / "expected.hash").read_text(encoding="utf-8") for folder in FOLDERS]
    assert len(set(hashes)) == len(hashes)
