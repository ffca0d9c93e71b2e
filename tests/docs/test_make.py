"""The README's first command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_make_demo_compiles_the_starter_policy_and_decides_requests_with_it(tmp_path: Path) -> None:
    """With the environment that runs the tests, so that none is made."""
    demo, venv = tmp_path / "demo", Path(sys.prefix)
    done = subprocess.run(
        ["make", "--no-print-directory", "-o", f"{venv}/.ready", "demo", f"VENV={venv}", f"DEMO={demo}"],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert (demo / "policy.lpack").read_bytes().startswith(b"lpack 1 blake3:")
    requests = len([*(ROOT / "examples" / "starter" / "requests").glob("refund-*.json")])
    assert requests
    assert done.stdout.count('"verdict": ') == requests, done.stdout
