"""Half-written documents, as an editor sees them: whatever is cut off or put in, there are findings with places."""

import re
from pathlib import Path

import pytest

from lumyn_compiler.pipeline import analyse
from lumyn_compiler.source import Source
from lumyn_compiler.yaml_nodes import read_nodes, scalars

# Together they have every construct of policy.v0.
NAMES = (
    "claims",
    "declared-kinds",
    "obligations",
    "questions",
    "reasons-and-redactions",
    "required-evidence",
    "thresholds",
)
DOCUMENTS = [Path(__file__).parent.parent / "golden" / name / "policy.yml" for name in NAMES]
VALUES = ('""', "0", "null", "[]", "{}", "")


def _look_at(text: str) -> None:
    report = analyse(text, "policy.yml").report
    for found in report.diagnostics:
        assert 0 <= found.span.start <= found.span.end <= len(report.source.text)
        assert found.message
        if found.suggestion is not None:
            assert found.suggestion.span.end <= len(report.source.text)


@pytest.mark.parametrize("follows", ["", ": ", "["])
@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_a_document_that_ends_after_any_of_its_words_is_explained(path: Path, follows: str) -> None:
    """Every document is cut off after every word and every sign."""
    text = path.read_text()
    for word in re.finditer(r"[\w.]+|[^\w\s]", text):
        _look_at(text[: word.end()] + follows)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_any_key_or_value_may_be_something_else(path: Path, value: str) -> None:
    """One at a time, every scalar becomes blank, a number, nothing, a list or a mapping."""
    text = path.read_text()
    root, _ = read_nodes(Source("policy.yml", text))
    assert root is not None
    for scalar in scalars(root):
        _look_at(text[: scalar.span.start] + value + text[scalar.span.end :])
