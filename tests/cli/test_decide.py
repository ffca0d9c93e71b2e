"""`lumyn decide`: a record that is stored, or the reason why there is none."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.samples import Run
from tests.cli.workspaces import REQUESTS, decide, decide_id, request


def test_the_record_is_printed_once_it_is_stored(home: Path, run: Run) -> None:
    """As the project page calls it."""
    Path("request.json").write_text(json.dumps(request()))

    ended = run("decide", "--in", "request.json")

    assert (ended.exit_code, ended.stderr) == (0, "")
    record = json.loads(ended.stdout)
    assert (record["schema_version"], record["verdict"]) == ("decision_record.v0", "TRUST")
    assert json.loads(run("show", record["decision_id"], "--raw").stdout) == record


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("refund-over-limit", "ESCALATE"), ("refund-unexplained", "QUERY"), ("refund-risky-card", "ABSTAIN")],
)
def test_every_verdict_is_an_answer(home: Path, run: Run, name: str, verdict: str) -> None:
    """So the exit code is 0."""
    assert decide(run, request(name))["verdict"] == verdict


def test_out_gets_the_very_bytes(home: Path, run: Run) -> None:
    """And standard output stays empty; people are told which decision it is, and how it came out."""
    ended = run("decide", "--in", str(REQUESTS / "refund-small.json"), "--out", "record.json")

    assert (ended.exit_code, ended.stdout) == (0, "")
    content = Path("record.json").read_bytes()
    assert ended.stderr == f"{json.loads(content)['decision_id']}: TRUST, because of REFUND_SMALL_LOW_RISK\n"
    assert run("show", "--raw", json.loads(content)["decision_id"]).stdout_bytes == content


def test_many_are_decided_a_line_each(home: Path, run: Run) -> None:
    """A line that is no request is named, and the others are decided all the same."""
    names = ("refund-small", "refund-over-limit")
    lines = [json.dumps(request(name)) for name in names]

    ended = run("decide", "--jsonl", "--in", "-", stdin=f"{lines[0]}\n\n{{]\n{lines[1]}\n{{}}\n")

    assert ended.exit_code == 1
    assert [json.loads(line)["verdict"] for line in ended.stdout.splitlines()] == ["TRUST", "ESCALATE"]
    assert "<stdin>:3: INVALID_REQUEST_SCHEMA: " in ended.stderr
    assert "<stdin>:5: INVALID_REQUEST_SCHEMA\n  /action: is missing\n" in ended.stderr


def test_many_that_are_written_are_counted(home: Path, run: Run) -> None:
    """A line for each would be one too many."""
    lines = [json.dumps(request(name)) for name in ("refund-small", "refund-over-limit", "refund-over-limit")]

    ended = run("decide", "--jsonl", "--in", "-", "--out", "records.jsonl", stdin="\n".join(lines))

    assert (ended.exit_code, ended.stdout) == (0, "")
    assert ended.stderr == "records.jsonl: 3 decisions (ESCALATE 2, TRUST 1)\n"


def test_a_dry_run_is_marked_and_left_out_of_the_log(home: Path, run: Run) -> None:
    """It takes no request_id away from the decision itself."""
    document = {**request(), "request_id": "r-1"}
    dry = decide(run, document, "--dry-run")

    assert dry["request"]["hints"] == {"dry_run": True}
    assert run("log").stdout == ""
    assert dry["decision_id"] in run("log", "--dry-runs").stdout
    assert decide(run, document)["request"]["request_id"] == "r-1"


def test_the_same_request_id_gets_the_same_record(home: Path, run: Run) -> None:
    """And another request under it is refused."""
    document = {**request(), "request_id": "r-1"}
    first = decide(run, document)

    assert decide(run, document) == first
    ended = run("decide", "--in", "-", stdin=json.dumps({**request("refund-over-limit"), "request_id": "r-1"}))
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "REQUEST_ID_REUSED" in ended.stderr


def test_another_policy_can_be_named(home: Path, run: Run) -> None:
    """A source too; the workspace's stays as it is."""
    path = Path("strict.lumyn")
    path.write_text('policy strict version "1"\nmode enforce\ndefault ABSTAIN because NO_MATCH_DEFAULT_ESCALATE\n')

    assert decide(run, None, "--policy", "strict.lumyn")["policy"]["policy_id"] == "strict"
    assert decide(run)["policy"]["policy_id"] == "lumyn-support"


def test_a_broken_policy_is_shown_and_nothing_decided(home: Path, run: Run) -> None:
    """With its diagnostics."""
    Path("broken.lumyn").write_text("policy broken\n")

    ended = run("decide", "--in", "-", "--policy", "broken.lumyn", stdin=json.dumps(request()))

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "broken.lumyn:" in ended.stderr
    assert "error[" in ended.stderr


@pytest.mark.parametrize("content", ["", "{}", "[]", "nonsense", '{"a": 1, "a": 2}', '{"a": NaN}'])
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_what_is_no_request_is_refused(home: Path, run: Run, content: str, options: tuple[str, ...]) -> None:
    """Exit code 1, a reason code, and nothing recorded."""
    ended = run("decide", "--in", "-", *options, stdin=content)

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Error: <stdin>: INVALID_REQUEST_SCHEMA")
    assert run("log", "--dry-runs").stdout == ""


def test_a_record_that_can_not_be_stored_is_an_abstain(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 3: another program holds the database until after the deadline."""
    monkeypatch.setenv("LUMYN_DEADLINE_SECONDS", "0.2")
    decide_id(run)
    other = sqlite3.connect(".lumyn/lumyn.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        ended = run("decide", "--in", "-", stdin=json.dumps(request()))
    finally:
        other.close()

    assert ended.exit_code == 3
    record = json.loads(ended.stdout)
    assert (record["verdict"], record["reason_codes"]) == ("ABSTAIN", ["STORAGE_UNAVAILABLE"])
    assert "not known to be stored" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("decide",), 2),
        (("decide", "--in", ""), 2),
        (("decide", "--in", "absent.json"), 3),
        (("decide", "--in", "lumyn.toml", "--out", "lumyn.toml"), 2),
        (("decide", "--in", "-", "--policy", "absent.lpack"), 3),
        (("decide", "request.json"), 2),
    ],
)
def test_wrong_arguments(home: Path, run: Run, arguments: tuple[str, ...], code: int) -> None:
    """Usage is 2, a file that is not there 3; nothing on standard output."""
    ended = run(*arguments, stdin=json.dumps(request()))

    assert (ended.exit_code, ended.stdout) == (code, "")


def test_a_record_whose_file_can_not_be_written_is_recorded_all_the_same(home: Path, run: Run) -> None:
    """And that is said."""
    ended = run("decide", "--in", str(REQUESTS / "refund-small.json"), "--out", "no/such/folder.json")

    assert ended.exit_code == 3
    assert "what was decided is recorded" in ended.stderr
    assert "support.refund" in run("log").stdout
