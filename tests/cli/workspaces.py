"""A workspace with a decision or two, and what commands say of them."""

import json
from pathlib import Path
from typing import Any

from tests.cli.samples import Run

REQUESTS = Path(__file__).parents[2] / "examples" / "starter" / "requests"

# It would clear a terminal, turn the text round, and hide a letter.
HOSTILE = "Refund \x1b[2J\x9b2J \u202e now\u200b"


def request(name: str = "refund-small", **of_action: object) -> dict[str, Any]:
    """A request of the starter's, with other values in its action."""
    document: dict[str, Any] = json.loads((REQUESTS / f"{name}.json").read_bytes())
    document["action"] |= of_action
    return document


def decide(run: Run, document: dict[str, Any] | None = None, *options: str) -> dict[str, Any]:
    """The record of a request, of the small refund if none is given."""
    ended = run("decide", "--in", "-", *options, stdin=json.dumps(document or request()))
    assert ended.exit_code == 0, ended.output
    record: dict[str, Any] = json.loads(ended.stdout)
    return record


def decide_id(run: Run, document: dict[str, Any] | None = None, *options: str) -> str:
    """The id of that record."""
    return str(decide(run, document, *options)["decision_id"])
