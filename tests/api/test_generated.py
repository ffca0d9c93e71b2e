"""A few hundred generated calls; `make schemathesis` makes thousands."""

from __future__ import annotations

from pathlib import Path

from lumyn.workspace import init
from tests.api.generated import GENERATED_SETTINGS, generate
from tests.api.served import served


def test_no_generated_call_is_answered_otherwise_than_the_document_says(tmp_path: Path) -> None:
    """Calls of every operation, right ones and wrong ones, signed and not."""
    workspace = init(tmp_path / "shop")
    with served(workspace.folder, **GENERATED_SETTINGS) as service:
        run = generate(service, workspace, 4, "--phases", "fuzzing", "--max-examples", "14", "--no-shrink")
        said = service.said()

    assert run.is_fine, run.said
    assert run.call_count >= 120, run.said
    assert "call failed" not in said
