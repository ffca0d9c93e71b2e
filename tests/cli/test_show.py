"""`lumyn show` and `lumyn label`: a decision, and what was said of it."""

import json
from pathlib import Path

import pytest

from tests.cli.samples import Run
from tests.cli.workspaces import decide, decide_id, request


def test_a_decision_is_shown_with_its_events_below_it(home: Path, run: Run) -> None:
    """Labelled exactly as the project page does it."""
    identity = decide_id(run, request("refund-over-limit"))
    labelled = run("label", identity, "--label", "failure", "--summary", "Bad outcome in prod")
    assert labelled.exit_code == 0, labelled.output

    ended = run("show", identity)

    assert ended.exit_code == 0, ended.output
    for line in (
        f"decision   {identity}",
        "verdict    ESCALATE  REFUND_OVER_ESCALATION_LIMIT",
        "action     support.refund: Refund duplicate charge for order 82731",
        "target     stripe charge ch_123",
        "amount     201 USD",
        "rule       R008  ESCALATIONS  ESCALATE",
    ):
        assert line in ended.stdout.splitlines()
    assert ended.stdout.endswith(": Bad outcome in prod\n")


def test_machines_get_record_and_events(home: Path, run: Run) -> None:
    """The record as it was returned; what was said of it afterwards is beside it."""
    record = decide(run)
    run("label", record["decision_id"], "--label", "success", "--actor", "mia")

    shown = json.loads(run("show", record["decision_id"], "--json").stdout)

    assert shown["record"] == record
    assert [(event["label"], event["actor"]) for event in shown["events"]] == [("success", "mia")]


def test_raw_and_json_are_two_wishes(home: Path, run: Run) -> None:
    """Wrong usage."""
    assert run("show", decide_id(run), "--raw", "--json").exit_code == 2


def test_the_last_label_counts(home: Path, run: Run) -> None:
    """All of them are kept; the log is searched by the last."""
    identity = decide_id(run)
    for label in ("failure", "success"):
        said = run("label", identity, "--label", label, "--actor", "mia")
        assert said.stdout == f"{identity} is labelled {label} by mia\n"

    assert len(json.loads(run("show", identity, "--json").stdout)["events"]) == 2
    assert identity in run("log", "--label", "success").stdout
    assert run("log", "--label", "failure").stdout == ""


def test_a_label_has_an_actor_whoever_gives_it(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user and the machine, if no other is named; the event can be had as JSON."""
    monkeypatch.setenv("LOGNAME", "mia")

    event = json.loads(run("label", decide_id(run), "--label", "near_miss", "--json").stdout)

    assert event["actor"].startswith("mia@")
    assert event["schema_version"] == "decision_event.v0"


def test_a_failure_changes_a_later_verdict(home: Path, run: Run) -> None:
    """Through the rule of the policy that asks for it."""
    first = decide(run)
    assert first["verdict"] == "TRUST"
    run("label", first["decision_id"], "--label", "failure")

    second = decide(run)

    assert second["verdict"] == "ESCALATE"
    assert "SIMILAR_TO_PAST_FAILURE" in second["reason_codes"]


@pytest.mark.parametrize("arguments", [(), ("--label", "bad"), ("--label", "failure", "--summary")])
def test_a_label_is_one_of_three(home: Path, run: Run, arguments: tuple[str, ...]) -> None:
    """Anything else is wrong usage."""
    assert run("label", "dec_1", *arguments).exit_code == 2


@pytest.mark.parametrize("summary", ["", "x" * 5_000])
def test_a_summary_has_a_length(home: Path, run: Run, summary: str) -> None:
    """What does not fit the schema of events is refused, with its place."""
    ended = run("label", decide_id(run), "--label", "failure", "--summary", summary)

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "INVALID_EVENT_SCHEMA: /summary" in ended.stderr
