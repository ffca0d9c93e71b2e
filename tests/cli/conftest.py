"""A folder to work in, and the command line to work with."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lumyn.cli import lumyn
from tests.cli.samples import POLICY, SMALL_REFUND, Run, Shell


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a policy and a request."""
    (tmp_path / "policy.lumyn").write_text(POLICY)
    (tmp_path / "request.json").write_text(SMALL_REFUND)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run() -> Run:
    """The command line in this process."""

    def invoke(*arguments: str, stdin: str | bytes = "") -> Result:
        return CliRunner().invoke(lumyn, arguments, input=stdin, prog_name="lumyn")

    return invoke


@pytest.fixture
def shell(workspace: Path) -> Shell:
    """A real shell with the real command on its path."""

    def execute(line: str) -> "subprocess.CompletedProcess[str]":
        environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        return subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line}"],
            cwd=workspace,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    return execute
