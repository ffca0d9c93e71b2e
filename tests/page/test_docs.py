"""docs/service-page.md says what there is."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.routing import Route

from lumyn.api.page.query import read_query
from lumyn.api.page.routes import page_routes
from tests.page.test_query import NOW

PAGE = (Path(__file__).parents[2] / "docs" / "service-page.md").read_text(encoding="utf-8")


def test_every_page_is_named() -> None:
    """By its path."""
    paths = {route.path.replace("{decision_id}", "ID") for route in page_routes() if isinstance(route, Route)}
    assert {path for path in paths if not path.startswith("/assets/")} == {
        *re.findall(r"^\|.*?`(/[^`]*)`", PAGE, re.MULTILINE)
    } | {"/logout"}


def test_every_field_of_the_form_is_described() -> None:
    """By its label."""
    described = re.search(r"\| field \|.*?\n\n", PAGE, re.DOTALL)
    assert described is not None
    labels = {field.label.removesuffix(" (UTC)").lower() for field in read_query((), NOW).fields}
    named = {
        name.strip().lower().removeprefix("show ")
        for name in re.findall(r"^\| ([A-Z][^|]*)\|", described[0], re.MULTILINE)
    }

    assert {part for name in named for part in name.split(", ")} == labels
