"""`lumyn init`: a workspace, whole or not at all."""

import stat
from pathlib import Path

import pytest

from tests.cli.samples import Run


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_current_folder_becomes_a_workspace(empty: Path, run: Run) -> None:
    """With a policy, its artifact, a log and its key; what to do next is said beside it."""
    ended = run("init")

    assert ended.exit_code == 0, ended.output
    assert ended.stdout == f"{empty}\n"
    assert "lumyn decide --in request.json" in ended.stderr
    assert {"policy.lumyn", "policy.lpack", "lumyn.db", "lumyn.db.key"} <= {
        path.name for path in Path(".lumyn").iterdir()
    }


def test_nobody_else_can_read_it(empty: Path, run: Run) -> None:
    """Neither the folder nor a file in it."""
    run("init")

    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [Path("lumyn.toml"), *Path(".lumyn").iterdir()]}
    assert set(modes.values()) == {0o600}, modes
    assert stat.S_IMODE(Path(".lumyn").stat().st_mode) == 0o700


@pytest.mark.parametrize("starter", ["support", "billing", "account"])
def test_a_starter_can_be_chosen_and_be_yaml(empty: Path, run: Run, starter: str) -> None:
    """In a folder that is made; the workspace's policy can be validated in either spelling."""
    assert run("init", "--starter", starter, "one/lumyn").exit_code == 0
    assert run("init", "--starter", starter, "--yaml", "one/yaml").exit_code == 0

    printed = {run("policy", "validate", "--workspace", f"one/{name}").stdout for name in ("lumyn", "yaml")}
    assert len(printed) == 1
    assert printed.pop().startswith(f"lumyn-{starter} ")


def test_the_policy_of_the_project_page_is_validated(empty: Path, run: Run) -> None:
    """It is .lumyn/policy.yml there."""
    run("init", "--yaml")

    assert run("policy", "validate").exit_code == 0
    assert run("policy", "validate", "--path", "./.lumyn/policy.yml").exit_code == 0


def test_a_workspace_is_never_made_anew(home: Path, run: Run) -> None:
    """What is there stays as it is."""
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}

    ended = run("init", "--yaml")

    assert (ended.exit_code, ended.stdout) == (3, "")
    assert "already, and nothing is overwritten" in ended.stderr
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_what_can_not_be_finished_leaves_nothing(empty: Path, run: Run) -> None:
    """A file stands where the folder should be."""
    Path("taken").write_text("")

    assert run("init", "taken").exit_code == 3
    assert [path.name for path in empty.iterdir()] == ["taken"]


def test_an_unknown_starter_is_wrong_usage(empty: Path, run: Run) -> None:
    """Those that there are are named."""
    ended = run("init", "--starter", "sales")

    assert ended.exit_code == 2
    assert "'support', 'billing', 'account'" in ended.stderr
    assert not [*empty.iterdir()]
