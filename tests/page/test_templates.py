"""The templates and the style, as they are written."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

PACKAGE = Path(str(files("lumyn.api.page")))
TEMPLATES = sorted((PACKAGE / "templates").glob("*.html"))
STYLE = (PACKAGE / "style.css").read_text("utf-8")
LIGHT, DARK = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in STYLE.split("prefers-color-scheme"))
_VERDICTS = ("trust", "escalate", "query", "abstain")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_lets_markup_through(path: Path) -> None:
    """By a filter, or by turning escaping off; there is one word for each way."""
    tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
    filters = {node.name for node in tree.find_all(nodes.Filter)}

    assert filters <= {"length", "lower", "replace", "urlencode"}
    assert not list(tree.find_all((nodes.ScopedEvalContextModifier, nodes.EvalContextModifier)))
    assert not list(tree.find_all((nodes.MarkSafe, nodes.MarkSafeIfAutoescape)))


def test_no_code_makes_markup() -> None:
    """What is not a template hands texts to templates."""
    for path in PACKAGE.glob("*.py"):
        used = path.read_text("utf-8").replace("isinstance(value, Markup | Typed)", "")
        assert not re.search(r"Markup\(|\|\s*safe|autoescape=False", used), path
        assert not re.search(r"\|\s*safe\b", used), path


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_attribute_is_quoted_and_none_acts(path: Path) -> None:
    """No script, no style, no handler in any template; values stand in double quotes, which escaping keeps closed."""
    text = path.read_text("utf-8")

    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|https?:", text)
    assert not re.search(r"=\s*'|=\{\{", re.sub(r"{%.*?%}", "", text))


def test_the_style_loads_nothing() -> None:
    """From nowhere."""
    assert not re.search(r"url\(|@import|@font-face|expression", STYLE)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_can_be_read_and_edges_be_seen(colours: dict[str, str]) -> None:
    """By WCAG 2.2: a contrast of 4.5 for text, and of 3 for the edges of fields and the focus."""
    grounds = ("ground", "raised")
    texts = [*product(("text", "quiet", "link"), grounds), ("ground", "link")]
    texts += [(verdict, f"{verdict}-ground") for verdict in _VERDICTS]
    texts += [("text", f"{verdict}-ground") for verdict in _VERDICTS]
    texts += [("quiet", f"{verdict}-ground") for verdict in ("trust", "abstain")]
    texts += [*product(("trust", "abstain"), grounds)]
    for one, other in texts:
        assert _contrast(colours[one], colours[other]) >= 4.5, (one, other)
    for one, other in product(("edge", "focus", *_VERDICTS), grounds):
        assert _contrast(colours[one], colours[other]) >= 3, (one, other)


def test_both_schemes_name_the_same_colours() -> None:
    """And the rules use no others."""
    assert LIGHT.keys() == DARK.keys()
    rules = re.sub(r"--[\w-]+: #[0-9a-f]{6};", "", STYLE)
    assert not re.search(r":[^;{}]*#[0-9a-fA-F]{3,8}\b", rules)
    assert {*re.findall(r"var\(--([\w-]+)\)", rules)} == LIGHT.keys()


def _contrast(one: str, other: str) -> float:
    """Source: WCAG 2.2, contrast ratio."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Source: WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
