"""`lumyn verify`, `checkpoint`, `erase` and `backup`: the log is proved, and kept in order."""

import json
import sqlite3
from pathlib import Path

import pytest

from lumyn.cli.endings import Refused
from lumyn.cli.kept_checkpoints import kept_checkpoints
from tests.cli.samples import Run
from tests.cli.test_shell import on_a_terminal
from tests.cli.workspaces import decide_id, request

PRIVATE = "the-order-that-must-go"


def test_a_log_as_it_should_be_is_ok(home: Path, run: Run) -> None:
    """Genesis, policy and record; the gateway made a checkpoint at its end."""
    decide_id(run)

    ended = run("verify")

    assert (ended.exit_code, ended.stdout) == (0, "ok: 3 entries, 1 checkpoint, 0 erased, 0 wrong\n")
    assert "Without a --checkpoint" in ended.stderr
    shown = json.loads(run("verify", "--json").stdout)
    assert (shown["is_ok"], shown["size"], shown["findings"]) == (True, 3, [])


def _tamper(statement: str) -> None:
    with sqlite3.connect(".lumyn/lumyn.db") as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)
    connection.close()


def test_a_record_that_was_changed_is_named(home: Path, run: Run) -> None:
    """Exit code 1."""
    identity = decide_id(run)
    _tamper("UPDATE payloads SET payload = CAST(replace(payload, 'TRUST', 'QUERY') AS BLOB) WHERE seq = 2")

    ended = run("verify")

    assert ended.exit_code == 1
    assert ended.stdout.startswith(f"payload: entry 2 ({identity}): ")
    assert "1 wrong" in ended.stdout
    assert json.loads(run("verify", "--json").stdout)["findings"][0]["entry_id"] == identity


def test_a_log_that_was_cut_off_is_found_by_a_checkpoint(home: Path, run: Run) -> None:
    """The workspace's own, or one that was kept elsewhere."""
    decide_id(run)
    Path("kept").write_text(run("checkpoint").stdout)
    assert run("verify", "--checkpoint", "kept").exit_code == 0
    decide_id(run)
    Path("kept").write_text(Path("kept").read_text() + run("checkpoint").stdout)
    _tamper("DELETE FROM payloads WHERE seq = 3")
    _tamper("DELETE FROM entries WHERE seq = 3")

    ended = run("verify")
    assert ended.exit_code == 1
    assert "history" in ended.stdout
    Path(".lumyn/checkpoints").unlink()
    assert run("verify").exit_code == 0
    assert run("verify", "--checkpoint", "kept").exit_code == 1


@pytest.mark.parametrize("content", ["", "nonsense", "lumyn/x\n1\n"])
def test_what_is_no_checkpoint_proves_nothing(home: Path, run: Run, content: str) -> None:
    """So the answer is no."""
    Path("kept").write_text(content)

    ended = run("verify", "--checkpoint", "kept")

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "not a checkpoint" in ended.stderr
    assert run("verify", "--checkpoint", "absent").exit_code == 3


def test_checkpoints_are_kept_in_the_workspace_too(home: Path, run: Run) -> None:
    """Only for the owner, the oldest first."""
    printed = ""
    for _ in range(2):
        decide_id(run)
        printed += run("checkpoint").stdout

    assert Path(".lumyn/checkpoints").read_text() == printed
    assert Path(".lumyn/checkpoints").stat().st_mode & 0o077 == 0
    assert "2 checkpoints" in run("verify").stdout


def test_what_is_erased_is_in_no_file_any_more(home: Path, run: Run) -> None:
    """That it was there, who erased it, and why stay."""
    document = request(intent=PRIVATE)
    document["evidence"]["order_id"] = PRIVATE
    identity = decide_id(run, document)
    run("label", identity, "--label", "failure", "--summary", PRIVATE)
    assert PRIVATE in run("log").stdout

    ended = run("erase", identity, "--reason", "Request DSR-7", "--actor", "mia", "--with-events", "--yes")

    assert ended.exit_code == 0, ended.output
    assert ended.stdout.startswith(f"{identity} is erased\nevt_")
    assert run("log").stdout == ""
    for path in home.rglob("*"):
        assert not path.is_file() or PRIVATE.encode() not in path.read_bytes(), path
    for command in (("show", "--raw"), ("explain",), ("export",)):
        shown = run(*command, identity)
        assert (shown.exit_code, shown.stdout) == (1, "")
        assert f"{identity} was erased by mia at " in shown.stderr
        assert "Request DSR-7" in shown.stderr
    verified = run("verify")
    assert verified.exit_code == 0
    assert "2 erased, 0 wrong" in verified.stdout


def test_the_events_of_an_erased_decision_are_pointed_at(home: Path, run: Run) -> None:
    """They may say as much as it does; each can be erased by its own id."""
    identity = decide_id(run)
    run("label", identity, "--label", "failure", "--summary", PRIVATE)

    ended = run("erase", identity, "--reason", "DSR-7", "--yes")

    assert "1 event of it is kept; --with-events erases them, too." in ended.stderr


def test_what_is_left_of_an_erased_decision_is_shown(home: Path, run: Run) -> None:
    """Who erased it, when and why, and the events that are kept; to machines too."""
    identity = decide_id(run)
    run("label", identity, "--label", "failure", "--summary", "It went wrong", "--actor", "kim")
    run("erase", identity, "--reason", "DSR-7", "--actor", "mia", "--yes")

    ended = run("show", identity)

    assert (ended.exit_code, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[0] == f"decision   {identity}"
    assert lines[1].startswith("erased     20")
    assert lines[2:5] == ["by         mia", "because    DSR-7", ""]
    assert lines[-1].endswith("label failure by kim: It went wrong")
    shown = json.loads(run("show", identity, "--json").stdout)
    assert shown["record"] is None
    assert (shown["erasure"]["actor"], shown["erasure"]["reason"]) == ("mia", "DSR-7")
    assert [event["label"] for event in shown["events"]] == ["failure"]


def test_nothing_is_said_of_what_was_erased(home: Path, run: Run) -> None:
    """A label of it is refused."""
    identity = decide_id(run)
    run("erase", identity, "--reason", "DSR-7", "--yes")

    ended = run("label", identity, "--label", "failure")

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr == f"Error: DECISION_ERASED: {identity} was erased; nothing can be said of it\n"


def test_erasing_again_says_that_it_was_done_before(home: Path, run: Run) -> None:
    """And by whom; the first reason stays."""
    identity = decide_id(run)
    run("erase", identity, "--reason", "DSR-7", "--actor", "mia", "--yes")

    ended = run("erase", identity, "--reason", "another", "--actor", "kim", "--yes")

    assert ended.exit_code == 0
    assert ended.stdout.startswith(f"{identity} is already erased, by mia at ")
    assert ended.stdout.endswith(": DSR-7\n")


@pytest.mark.parametrize(
    "arguments", [("ID",), ("ID", "--reason", "x"), ("ID", "--reason", " ", "--yes"), ("--reason", "x", "--yes")]
)
def test_erasing_is_meant(home: Path, run: Run, arguments: tuple[str, ...]) -> None:
    """Without a terminal to ask on, --yes has to say so; and there is a reason."""
    identity = decide_id(run)

    ended = run("erase", *(identity if part == "ID" else part for part in arguments))

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert run("show", identity).exit_code == 0


def test_a_backup_is_a_log_of_its_own(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verified, with its key; restored by being put in the place of the log."""
    identity = decide_id(run)
    Path("kept").write_text(run("checkpoint").stdout)

    ended = run("backup", "copy.db")

    assert (ended.exit_code, ended.stdout) == (0, "copy.db: 3 entries, verified\n")
    assert Path("copy.db.key").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("LUMYN_STORAGE_URL", "sqlite:copy.db")
    assert run("show", identity).exit_code == 0
    assert run("verify", "--checkpoint", "kept").exit_code == 0


@pytest.mark.parametrize(("path", "code"), [("copy.db", 3), ("no/such/folder.db", 3), (None, 2)])
def test_a_backup_never_overwrites(home: Path, run: Run, path: str | None, code: int) -> None:
    """A file that is there, or a folder that is not."""
    Path("copy.db").write_text("something else")

    ended = run("backup", *([] if path is None else [path]))

    assert (ended.exit_code, ended.stdout) == (code, "")
    assert Path("copy.db").read_text() == "something else"


def test_a_terminal_sees_how_far_it_is(home: Path, run: Run) -> None:
    """A pipe does not."""
    decide_id(run)

    assert "Verifying" in on_a_terminal("verify", TERM="xterm")
    assert "Verifying" not in run("verify").output


def test_checkpoints_are_never_cut_off(home: Path, run: Run) -> None:
    """A file with more than is read is an error: what stands at its end counts as much."""
    kept = Path("kept")
    kept.write_text(run("checkpoint").stdout * 3)
    size = kept.stat().st_size
    assert len(kept_checkpoints("kept", size)) == 3
    with pytest.raises(Refused, match="of checkpoints"):
        kept_checkpoints("kept", size - 1)
