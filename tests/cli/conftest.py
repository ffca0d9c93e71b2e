"""A folder to work in, and the command line to work with."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lumyn.cli import lumyn
from lumyn.workspace import init
from tests.cli.samples import POLICY, SMALL_REFUND, Run, Shell


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a policy and a request."""
    (tmp_path / "policy.lumyn").write_text(POLICY)
    (tmp_path / "request.json").write_text(SMALL_REFUND)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as `init` makes it; for copying, since compiling its policy takes the time of many commands."""
    folder = tmp_path_factory.mktemp("made")
    init(folder)
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory that is a workspace with an empty log."""
    folder = tmp_path / "home"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("LUMYN_") and name != "LUMYN_PROFILE"]:
        monkeypatch.delenv(name)
    return folder


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
