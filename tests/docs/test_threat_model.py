"""What docs/threat-model.md claims is shown by tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)))
CLAIMS = re.findall(r"^\| claim \|.*\n\|.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_is_named_is_there(path: str, name: str) -> None:
    """By its file, and by its name where that is given."""
    text = (ROOT / path).read_text(encoding="utf-8")

    assert f"def {name}(" in text if name else "def test_" in text


def test_every_claim_names_a_test_or_a_command() -> None:
    """In the last cell of its row."""
    rows = [row for table in CLAIMS for row in table.splitlines()]

    assert rows
    assert [row for row in rows if not re.search(r"`(tests/|lumyn )", row.split("|")[-2])] == []
