"""What holds for every command that works in a workspace."""

import json
from pathlib import Path

import pytest

from tests.cli.samples import Run
from tests.cli.workspaces import HOSTILE, decide, decide_id, request

ID = "dec_01JZ1S7Y1NQ2A0D5JQK2Q2P3X4"

OF_A_DECISION = [
    ("show", ID),
    ("explain", ID),
    ("label", ID, "--label", "failure"),
    ("export", ID),
    ("export", ID, "--pack", "--out", "pack.zip"),
    ("erase", ID, "--reason", "asked for", "--yes"),
    ("log", "--before", ID),
]
IN_A_WORKSPACE = [
    *OF_A_DECISION,
    ("decide", "--in", "-"),
    ("log",),
    ("watch",),
    ("verify",),
    ("checkpoint",),
    ("backup", "copy.db"),
    ("policy", "history"),
    ("policy", "validate"),
    ("doctor",),
]


@pytest.mark.parametrize("command", IN_A_WORKSPACE, ids=" ".join)
@pytest.mark.parametrize("folder", ["refnuds", "empty", "lumyn.toml"])
def test_a_mistyped_workspace_is_an_error_and_none_is_made(
    home: Path, run: Run, command: tuple[str, ...], folder: str
) -> None:
    """Whether there is no such folder, another one, or a file."""
    Path("empty").mkdir()

    ended = run(*command, "--workspace", folder, stdin=json.dumps(request()))

    assert (ended.exit_code, ended.stdout) == (3, "")
    assert folder in ended.stderr
    assert not Path("refnuds").exists()
    assert not [*Path("empty").iterdir()]
    assert not Path("pack.zip").exists()


@pytest.mark.parametrize("command", OF_A_DECISION, ids=" ".join)
@pytest.mark.parametrize("identity", [ID, "dec_1", "../x", "\x1b[2J"])
def test_an_unknown_id_is_answered_with_no(home: Path, run: Run, command: tuple[str, ...], identity: str) -> None:
    """Whatever it looks like; it is named, and can't act on a terminal."""
    ended = run(*(identity if part == ID else part for part in command))

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert (
        f"there is no {'decision ' if command[0] == 'label' else ''}{identity.replace(chr(27), chr(92) + 'u001b')}"
        in (ended.stderr)
    )
    assert "\x1b" not in ended.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('polcy_path = "x"\n', "'policy_path'"),
        ('mode = "strict"\n', "enforce"),
        ("policy_path = \n", "no TOML"),
        ('storage_url = "postgres://x"\n', "sqlite:PATH"),
    ],
)
def test_bad_settings_are_wrong_usage(home: Path, run: Run, settings: str, said: str) -> None:
    """The nearest good one is named."""
    Path("lumyn.toml").write_text(settings)

    ended = run("log")

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert said in ended.stderr
    # The command was called well.
    assert ended.stderr.startswith("Error: ")


def test_the_environment_wins_over_the_file(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its paths are relative to the workspace, wherever one works."""
    Path("lumyn.toml").write_text('mode = "enforce"\n')
    monkeypatch.setenv("LUMYN_MODE", "advisory")
    monkeypatch.setenv("LUMYN_STORAGE_URL", "sqlite:.lumyn/lumyn.db")
    monkeypatch.chdir("/")

    ended = run("decide", "--in", "-", "--workspace", str(home), stdin=json.dumps(request()))

    assert json.loads(ended.stdout)["policy"]["mode"] == "advisory"


def test_a_misspelt_variable_is_wrong_usage(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would change nothing, and nobody would know."""
    monkeypatch.setenv("LUMYN_POLICY_PAHT", "x")

    ended = run("log")

    assert ended.exit_code == 2
    assert "LUMYN_POLICY_PATH" in ended.stderr


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (
            ("decide", "--in", "-"),
            3,
            "can't read the policy {home}/gone.lpack: no such file or folder; compile one to there",
        ),
        (("decide", "--in", "-", "--policy", "no.lpack"), 3, "can't read the policy no.lpack: no such file or folder"),
        (
            ("decide", "--in", "-", "--policy", "lumyn.toml"),
            1,
            "the policy can't be used: lumyn.toml: not-an-artifact: ",
        ),
        (("backup", "no/x.db"), 3, "can't write no/x.db: no such file or folder; make the folder first"),
        (("init", "lumyn.toml"), 3, "can't make a workspace of lumyn.toml: it is a file; name another folder"),
        (("init", "lumyn.toml/below"), 3, "lumyn.toml/below: a part of its path is a file, not a folder"),
        (("replay", "lumyn.toml"), 1, "lumyn.toml: neither a pack nor a record"),
        (("replay", "record.json"), 2, "record.json is no pack"),
        (("verify", "--checkpoint", "lumyn.toml"), 1, "lumyn.toml: not a checkpoint: "),
        (("verify", "--checkpoint", "no.txt"), 3, "can't read no.txt: no such file or folder"),
    ],
)
def test_an_error_names_the_file_in_words(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], code: int, said: str
) -> None:
    """As the caller named it, or whole; and no number of the system's."""
    Path("record.json").write_text(json.dumps(decide(run)))
    if command == ("decide", "--in", "-"):
        monkeypatch.setenv("LUMYN_POLICY_PATH", "gone.lpack")

    ended = run(*command, stdin=json.dumps(request()))

    assert (ended.exit_code, ended.stdout) == (code, ""), ended.output
    assert said.format(home=home) in ended.stderr
    assert "[Errno" not in ended.stderr


def test_a_workspace_above_is_pointed_at(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not taken without being named."""
    Path("deep/down").mkdir(parents=True)
    monkeypatch.chdir("deep/down")

    ended = run("log")

    assert ended.exit_code == 3
    assert f"there is one in {home}" in ended.stderr


def test_a_missing_log_is_the_environments_fault(home: Path, run: Run) -> None:
    """It is never made anew: that would be an empty history."""
    Path(".lumyn/lumyn.db").unlink()

    for command in (("log",), ("decide", "--in", "-"), ("verify",)):
        ended = run(*command, stdin=json.dumps(request()))

        assert ended.exit_code == 3, ended.output
        assert "there is no store; restore it from a backup" in ended.stderr
    assert not Path(".lumyn/lumyn.db").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("show", "ID"),
        ("show", "ID", "--json"),
        ("explain", "ID"),
        ("explain", "ID", "--markdown"),
        ("explain", "ID", "--json"),
        ("log",),
        ("log", "--json"),
        ("export", "ID"),
        ("label", "ID", "--label", "failure", "--actor", "\x1b[2J\u202e"),
    ],
    ids=" ".join,
)
def test_text_of_a_record_can_not_act_on_a_terminal(home: Path, run: Run, command: tuple[str, ...]) -> None:
    """Control, bidirectional and invisible characters are shown as escapes."""
    document = request(intent=HOSTILE)
    document["evidence"]["customer_id"] = HOSTILE
    identity = decide_id(run, document)
    run("label", identity, "--label", "near_miss", "--summary", HOSTILE, "--actor", HOSTILE)

    ended = run(*(identity if part == "ID" else part for part in command))

    assert ended.exit_code == 0, ended.output
    assert "\\u202e" in ended.stdout
    assert not {"\x1b", "\x9b", "\u202e", "\u200b"} & set(ended.output)
