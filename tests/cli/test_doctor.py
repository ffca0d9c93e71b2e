"""`lumyn doctor` and `lumyn policy history`: how the workspace is, and what decided in it."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.samples import Run
from tests.cli.workspaces import decide_id, request


def _said(run: Run) -> dict[str, dict[str, object]]:
    return {check["name"]: check for check in json.loads(run("doctor", "--json").stdout)}


def test_a_workspace_that_is_well_is_said_to_be_so(home: Path, run: Run) -> None:
    """Line by line, with counts."""
    decide_id(run)
    decide_id(run, request("refund-over-limit"))

    ended = run("doctor")

    assert ended.exit_code == 0, ended.output
    lines = ended.stdout.splitlines()
    assert all(line.startswith("ok  ") for line in lines)
    assert any("2 decisions (ESCALATE 1, TRUST 1), 1 policy, 0 erasures" in line for line in lines)
    names = [line.split()[1] for line in lines]
    assert names == [check["name"] for check in json.loads(run("doctor", "--json").stdout)]


@pytest.mark.parametrize(
    ("name", "harm", "mend"),
    [
        ("policy", "rm .lumyn/policy.lpack", "lumyn compile"),
        ("policy", "truncate -s 100 .lumyn/policy.lpack", "lumyn compile"),
        ("source", "sed -i s/25/26/ .lumyn/policy.lumyn", "lumyn compile"),
        ("source", "echo nonsense >> .lumyn/policy.lumyn", "lumyn check"),
        ("log", "rm .lumyn/lumyn.db", "restore it from a backup"),
        ("log", "echo nonsense > .lumyn/lumyn.db", "restore it from a backup"),
        ("log", "rm .lumyn/lumyn.db.key", "restore the key from a backup"),
        ("privacy", "chmod go+r .lumyn/lumyn.db.key", "chmod go="),
        ("checkpoints", "echo nonsense > .lumyn/checkpoints; chmod go= .lumyn/checkpoints", "lumyn checkpoint"),
    ],
)
def test_what_is_wrong_is_named_and_how_to_mend_it(home: Path, run: Run, name: str, harm: str, mend: str) -> None:
    """Exit code 1; everything else is looked at all the same."""
    decide_id(run)
    subprocess.run(["bash", "-c", harm], check=True)

    ended = run("doctor")

    assert ended.exit_code == 1, ended.output
    assert f"wrong  {name} " in ended.stdout
    assert "mend it:" in ended.stdout
    said = _said(run)
    assert mend in str(said[name]["mend"])
    assert said["disk"]["is_ok"] is True


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        (b"short\n", "16 bytes at least"),
        (b"x" * 100_000, "65,536 at most"),
        (b"a pipe", "not a regular file"),
        (b"x" * 32, None),
    ],
)
def test_the_redaction_key_is_looked_at(home: Path, run: Run, content: bytes | None, said: str | None) -> None:
    """A gateway would not open with a bad one, and nothing would be decided; it is not shown."""
    Path("lumyn.toml").write_text('redaction_key_file = "the.key"\n')
    if content == b"a pipe":
        os.mkfifo("the.key")
    elif content is not None:
        Path("the.key").write_bytes(content)

    ended = run("doctor")
    decided = run("decide", "--in", "-", stdin=json.dumps(request()))

    assert (ended.exit_code == 0) is (decided.exit_code == 0) is (said is None), ended.output
    check = _said(run)["redaction"]
    assert content is None or content.decode() not in ended.output
    if said is None:
        assert check["detail"] == "default, with the key `the`"
    else:
        assert str(home / "the.key") in str(check["detail"])
        assert said in str(check["detail"])
        assert "openssl rand -hex 32" in str(check["mend"])
        assert decided.exit_code == 3
        assert str(home / "the.key") in decided.stderr


def test_a_damaged_artifact_is_told_from_its_source(home: Path, run: Run) -> None:
    """It is the artifact that is wrong, the command that mends it does, and a source that is wrong too is said beside."""
    artifact, source = home / ".lumyn" / "policy.lpack", home / ".lumyn" / "policy.lumyn"
    artifact.write_bytes(b"garbage")
    said = _said(run)
    assert str(said["policy"]["detail"]).startswith(f"{artifact}: not-an-artifact")
    assert said["source"]["is_ok"]
    assert str(source) in str(said["source"]["detail"])
    mend = str(said["policy"]["mend"])
    assert mend == f"lumyn compile {source} -o {artifact}"

    good = source.read_text()
    source.write_text("policy ?")
    said = _said(run)
    assert (said["policy"]["is_ok"], said["source"]["is_ok"]) == (False, False)
    assert str(said["source"]["detail"]).startswith(f"{source}: ")
    assert said["source"]["mend"] == f"lumyn check {source}"
    assert str(artifact) not in str(said["source"])

    source.write_text(good)
    assert run(*mend.split()[1:]).exit_code == 0
    assert run("doctor").exit_code == 0


def test_a_policy_that_is_not_the_pinned_one_is_no_damaged_one(home: Path, run: Run) -> None:
    """Both doctor and decide say what is to be done about it: its source is well."""
    pin = f"blake3:{'0' * 64}"
    Path("lumyn.toml").write_text(f'policy_hash = "{pin}"\n')

    decided = run("decide", "--in", "-", stdin=json.dumps(request()))

    mend = "put the reviewed policy there, or change policy_hash"
    assert mend in str(_said(run)["policy"]["mend"])
    assert (decided.exit_code, decided.stdout) == (1, "")
    assert mend in decided.stderr
    assert str(home / ".lumyn/policy.lpack") in decided.stderr
    assert pin in decided.stderr


def test_what_is_said_stands_in_one_column(home: Path, run: Run) -> None:
    """However long the names are."""
    Path(".lumyn/policy.lpack").unlink()

    lines = run("doctor").stdout.splitlines()

    assert len({len(re.match(r"(?:ok|wrong|) +(?:mend it:|\S+) +", line)[0]) for line in lines}) == 1  # type: ignore[index]


def test_checkpoints_are_looked_at(home: Path, run: Run) -> None:
    """How far the last one reaches and how old it is; one of a longer log, or one that is long behind, is not well."""
    identity = decide_id(run)
    run("label", identity, "--label", "success")
    kept = Path(".lumyn/checkpoints")
    assert "the last at 3 entries, 0 seconds ago; 1 entry was added since" in str(_said(run)["checkpoints"]["detail"])

    two_days_ago = time.time() - 2 * 86_400 - 5
    os.utime(kept, (two_days_ago, two_days_ago))
    said = _said(run)["checkpoints"]
    assert "2 days ago; 1 entry was added since" in str(said["detail"])
    assert "lumyn checkpoint makes one" in str(said["mend"])
    run("checkpoint")
    assert _said(run)["checkpoints"]["is_ok"] is True

    kept.write_text(kept.read_text().replace("\n4\n", "\n9\n"))
    said = _said(run)["checkpoints"]
    assert "5 entries are gone" in str(said["detail"])
    assert "lumyn verify" in str(said["mend"])


def test_the_search_file_is_made_to_follow(home: Path, run: Run) -> None:
    """And it is said how far it was behind."""
    decide_id(run)
    for path in Path(".lumyn").glob("lumyn.db.search*"):
        path.unlink()

    assert "it was 3 entries behind" in str(_said(run)["search"]["detail"])
    assert _said(run)["search"]["detail"] == "has followed the log to its end"


def test_a_python_with_an_old_database_is_named(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command that needs the log goes further; doctor says what to do."""
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 36, 0))
    monkeypatch.setattr("sqlite3.sqlite_version", "3.36.0")

    ended = run("log")

    assert ended.exit_code == 3
    assert "comes with SQLite 3.36.0, and a log needs 3.37.0" in ended.stderr
    assert "newer SQLite" in str(_said(run)["log"]["mend"])


def test_no_secret_is_shown(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the signing secret nor the key."""
    monkeypatch.setenv("LUMYN_SIGNING_SECRET", "do-not-show-me")

    assert "do-not-show-me" not in run("doctor").output
    assert Path(".lumyn/lumyn.db.key").read_bytes().hex() not in run("doctor", "--json").output


def test_every_policy_that_decided_is_listed(home: Path, run: Run) -> None:
    """The first one first, with what it decided; none before anything was."""
    empty = run("policy", "history")
    assert (empty.exit_code, empty.stdout, empty.stderr) == (0, "", "Nothing was decided yet.\n")
    Path("strict.lumyn").write_text(
        'policy strict version "1"\nmode enforce\ndefault ABSTAIN because NO_MATCH_DEFAULT_ESCALATE\n'
    )
    decide_id(run)
    decide_id(run, None, "--policy", "strict.lumyn")
    decide_id(run)

    ended = run("policy", "history")

    assert ended.exit_code == 0, ended.output
    assert [line.split("  ")[2:] for line in ended.stdout.splitlines()] == [
        ["lumyn-support 0.1.0", "2 decisions"],
        ["strict 1", "1 decision"],
    ]
    shown = json.loads(run("policy", "history", "--json").stdout)
    assert [(policy["policy_id"], policy["count"]) for policy in shown] == [("lumyn-support", 2), ("strict", 1)]
