"""`lumyn demo`: decisions and a story, without leaving anything behind."""

import json
from pathlib import Path

import pytest

from tests.cli.samples import Run


def test_records_of_every_verdict_are_shown(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a JSON list; the working directory stays empty."""
    monkeypatch.chdir(tmp_path)

    ended = run("demo")

    assert (ended.exit_code, ended.stderr) == (0, "")
    records = json.loads(ended.stdout)
    assert {record["verdict"] for record in records} == {"TRUST", "ESCALATE", "QUERY", "ABSTAIN"}
    assert {record["schema_version"] for record in records} == {"decision_record.v0"}
    assert not [*tmp_path.iterdir()]


def test_the_story_is_told_a_line_a_step(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A labelled failure changes a later verdict, and the pack of it replays."""
    monkeypatch.chdir(tmp_path)

    ended = run("demo", "--story", "demo")

    assert ended.exit_code == 0, ended.output
    assert [record["verdict"] for record in json.loads(ended.stdout)] == ["TRUST", "ESCALATE"]
    steps = ended.stderr.splitlines()
    assert "TRUST, because of REFUND_SMALL_LOW_RISK" in steps[1]
    assert "failure" in steps[2]
    assert "ESCALATE, because of SIMILAR_TO_PAST_FAILURE" in steps[3]
    assert "the same record, byte for byte" in steps[5]
    assert run("replay", "demo/decision_pack.zip").exit_code == 0
    assert run("doctor", "--workspace", "demo").exit_code == 0


def test_a_workspace_that_is_there_is_left_alone(home: Path, run: Run) -> None:
    """Its log is for decisions that were made."""
    ended = run("demo", ".")

    assert (ended.exit_code, ended.stdout) == (3, "")
    assert run("log").stdout == ""
