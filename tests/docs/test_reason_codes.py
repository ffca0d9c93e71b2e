"""docs/reason-codes.md has every reason code of the engine and the gateway, and the code uses no others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from lumyn.api.problems import PROBLEMS
from lumyn_compiler import compile_file
from lumyn_runtime.vocabulary import ENGINE_REASONS, STAGES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reason-codes.md").read_text(encoding="utf-8")
DESCRIBED = re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


def texts_of(path: Path) -> Iterator[str]:
    """The texts of a module that look like reason codes; what it exports is called so for another reason."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    exported = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(getattr(name, "id", None) == "__all__" for name in node.targets)
        for inner in ast.walk(node.value)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in exported:
            yield from (node.value for _ in [0] if CODE.fullmatch(node.value))


def used() -> set[str]:
    """By the gateway, the engine and the lockdown: all that looks like a code and is no stage, variable or name."""
    files = [*(ROOT / "lumyn").rglob("*.py"), ROOT / "lumyn_runtime" / "vocabulary.py"]
    others = {*STAGES, "NO_COLOR"}
    lockdown = [compile_file(path).table.default_reason for path in ROOT.glob("lumyn/starter/lockdown/*.lumyn")]
    return {*lockdown} | {
        text for path in files for text in texts_of(path) if text not in others and not text.startswith("LUMYN_")
    }


def test_the_table_has_every_code_that_is_used_and_no_other() -> None:
    """Each once."""
    assert sorted(DESCRIBED) == sorted(used())


def test_the_table_has_every_code_that_is_kept_from_policies() -> None:
    """A rule that gives one of them does not compile."""
    assert set(ENGINE_REASONS) <= set(DESCRIBED)


def test_the_table_says_with_which_status_the_service_answers() -> None:
    """Each code that it refuses with; what is only in decisions comes with a 200."""
    said = {code: int(status) for code, status in re.findall(r"^\| `([A-Z_]+)` \|[^|]+\| (\d+) \|", PAGE, re.MULTILINE)}

    assert said == {code: PROBLEMS[code][0] if code in PROBLEMS else 200 for code in DESCRIBED}
