"""Every diagnostic has a page, with an example that gives it and one that does not."""

import re
from pathlib import Path

import pytest

from lumyn_compiler.diagnostic import CODES
from tests.docs.pages import Block, read_page

FOLDER = Path(__file__).parents[2] / "docs" / "diagnostics"


def test_there_is_a_page_for_every_code_and_no_other() -> None:
    """Besides the index."""
    assert {path.stem for path in FOLDER.glob("*.md")} == {*CODES, "index"}


def test_the_index_lists_every_code_with_what_it_is_about() -> None:
    """And leads to its page."""
    rows = re.findall(r"^\| \[(\w+)\]\(\1\.md\) \| (.+) \|$", (FOLDER / "index.md").read_text(), re.MULTILINE)
    assert dict(rows) == CODES


@pytest.mark.parametrize("code", CODES)
def test_a_page_shows_what_gives_its_diagnostic_and_how_to_mend_it(code: str) -> None:
    """The examples themselves are run by tests/docs/test_pages.py."""
    page = read_page(FOLDER / f"{code}.md")
    assert page.path.read_text().startswith(f"# {code}: {CODES[code]}\n")
    wrong, right = [_gives(code, block) for block in page.blocks if _gives(code, block) is not None]
    assert (wrong, right) == (True, False)


def _gives(code: str, block: Block) -> bool | None:
    """Whether an example gives the diagnostic or its mended form; None for what is no policy."""
    match block.language:
        case "lumyn" | "yaml":
            return True if code in block.codes else False if code in block.barred else None
        case "python":
            # What is too large or too odd to be written out on a page.
            return f'"{code}"' in block.text
        case _:
            return None
