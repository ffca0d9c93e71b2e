"""Every example in README.md and docs/ does what its page says."""

from pathlib import Path

import pytest

from tests.docs.pages import read_page

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_examples_of_a_page_do_what_it_says(path: Path, tmp_path: Path, programs: Path) -> None:
    """See tests/docs/pages.py for how examples are marked."""
    read_page(path).run(tmp_path, programs)
