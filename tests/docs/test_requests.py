"""Every request that the documentation shows could be sent to a gateway as it stands."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.docs.pages import Block, read_page

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "lumyn" / "schemas" / "decision_request.v0.json").read_bytes())
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]


def requests_of(path: Path) -> Iterator[tuple[int, object]]:
    """Line of the page's block, and the request: what has an `action`, in JSON and as a dictionary of Python's."""
    for block in read_page(path).blocks:
        for value in _values(block):
            if isinstance(value, dict) and "action" in value:
                yield block.line, value


def _values(block: Block) -> Iterator[object]:
    match block.language:
        case "json":
            yield json.loads(block.text)
        case "text" | "jsonl" if (block.file or "").endswith(".jsonl"):
            yield from map(json.loads, block.text.splitlines())
        case "python":
            yield from _dictionaries(block.text.replace(">>> ", ""))
        case _:
            pass


def _dictionaries(program: str) -> Iterator[object]:
    """The dictionaries with an `action`; that they are written out plainly is part of what is asked of a page."""
    try:
        tree = ast.parse(program)
    except SyntaxError:  # a session, with what it prints
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict) and "action" in {getattr(key, "value", None) for key in node.keys}:
            yield ast.literal_eval(node)


REQUESTS = [
    pytest.param(request, id=f"{path.relative_to(ROOT)}:{line}")
    for path in PAGES
    for line, request in requests_of(path)
]


@pytest.mark.parametrize("request_shown", REQUESTS)
def test_every_request_of_the_pages_fits_the_schema(request_shown: object) -> None:
    """What works with `lumyn eval` but not with the gateway is not shown to newcomers."""
    jsonschema.Draft202012Validator(SCHEMA).validate(request_shown)


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md", "docs/cli.md", "docs/python-api.md"])
def test_the_pages_for_newcomers_show_requests(name: str) -> None:
    """So the test above has something to hold."""
    assert [*requests_of(ROOT / name)]
