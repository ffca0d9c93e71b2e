"""Every link of the pages leads somewhere, every page is on the map, and files that pages name are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]


def tokens_of(path: Path) -> Iterator[Token]:
    """The inline tokens of a page, those of its tables too."""
    for block in MarkdownIt().enable("table").parse(path.read_text(encoding="utf-8")):
        yield block
        yield from block.children or ()


def links_of(path: Path) -> Iterator[str]:
    """Where a page's links within the repository lead."""
    targets = (str(token.attrs["href"]) for token in tokens_of(path) if token.type == "link_open")
    return (target for target in targets if not re.match(r"[a-z]+:", target))


@cache
def anchors_of(path: Path) -> set[str]:
    """What GitHub makes of the headings: small letters, no punctuation, hyphens for spaces; a number when it comes again."""
    anchors: set[str] = set()
    tokens = [*tokens_of(path)]
    for opening, heading in pairwise(tokens):
        if opening.type == "heading_open":
            text = "".join(child.content for child in heading.children or ())
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            anchors.add(next(name for name in (slug, *(f"{slug}-{n}" for n in range(1, 99))) if name not in anchors))
    return anchors


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(path: Path) -> None:
    """Links to other sites are not looked at."""
    for link in links_of(path):
        target, _, anchor = link.partition("#")
        file = (path.parent / unquote(target)).resolve() if target else path
        assert file.exists(), f"{link} leads nowhere"
        assert not anchor or unquote(anchor) in anchors_of(file), f"{link}: no such heading"


def test_every_page_is_on_the_map() -> None:
    """docs/index.md leads to all of docs/ but the pages of single diagnostics, which have an index of their own."""
    pages = {*DOCS.glob("*.md"), *(DOCS / "decisions").glob("*.md"), DOCS / "diagnostics" / "index.md"}
    led_to = {(DOCS / link.partition("#")[0]).resolve() for link in links_of(DOCS / "index.md")}

    assert pages - led_to == {DOCS / "index.md"}


def test_the_files_that_the_architecture_names_are_there() -> None:
    """So the page moves along with what it describes."""
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)+(?:[\w.]+)?|[\w/]+\.(?:py|lark|toml))`", page))

    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
