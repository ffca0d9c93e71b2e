"""In an incident the policy may be what is broken, and a caller may have been told something else than what is stored."""

import json
import os
from pathlib import Path

import attrs
import pytest

from lumyn.workspace import find, opened_gateway
from tests.cli.samples import Run
from tests.cli.workspaces import HOSTILE, decide, decide_id, request
from tests.store.stores import eventually, hanging_commit


@pytest.mark.parametrize("content", [None, b"", b"lpack 1 blake3:nonsense"])
def test_what_was_decided_is_labelled_and_seen_without_a_policy(home: Path, run: Run, content: bytes | None) -> None:
    """Missing or broken: neither reading nor labelling asks for it. Deciding does."""
    identity = decide_id(run)
    policy = home / ".lumyn" / "policy.lpack"
    policy.unlink()
    (home / ".lumyn" / "policy.lumyn").write_text("nonsense")
    if content is not None:
        policy.write_bytes(content)

    labelled = run("label", identity, "--label", "failure", "--summary", "It went wrong", "--actor", "kim")
    assert (labelled.exit_code, labelled.stdout) == (0, f"{identity} is labelled failure by kim\n")
    for arguments in (
        ("show", identity),
        ("log", "--label", "failure"),
        ("explain", identity),
        ("export", identity),
        ("verify",),
        ("checkpoint",),
        ("policy", "history"),
    ):
        ended = run(*arguments)
        assert ended.exit_code == 0, (arguments, ended.output)
    assert "label failure by kim: It went wrong" in run("show", identity).stdout
    assert run("decide", "--in", "-", stdin=json.dumps(request())).exit_code != 0


def test_a_label_is_learned_by_the_next_decision(home: Path, run: Run) -> None:
    """Though no gateway was there to hear it."""
    first = decide(run)
    assert first["verdict"] == "TRUST"
    run("label", str(first["decision_id"]), "--label", "failure")

    assert decide(run)["reason_codes"][0] == "SIMILAR_TO_PAST_FAILURE"


def test_a_label_of_what_is_not_there_is_refused(home: Path, run: Run) -> None:
    """With its reason; nothing is said of it."""
    ended = run("label", "dec_01JZ1S7Y1NQ2A0D5JQK2Q2P3X4", "--label", "failure")

    assert ended.exit_code == 1
    assert "DECISION_NOT_FOUND" in ended.stderr


def test_what_was_stored_without_its_caller_being_told_is_listed(home: Path, run: Run) -> None:
    """With the request_id that a retry needs; doctor counts it."""
    assert "0 decisions stored without" in run("doctor").stdout
    workspace = find(Path(), os.environ)
    hasty = attrs.evolve(workspace, config=attrs.evolve(workspace.config, deadline_seconds=0.2))
    document = {**request(), "request_id": f"r-1 {HOSTILE}"}
    with opened_gateway(hasty) as gateway:
        other = gateway.decide(request())
        with hanging_commit(gateway._store):
            told = gateway.decide(document)
        eventually(lambda: len(list(gateway.unacknowledged())) == 1)
    identity = told.to_dict()["extensions"]["lumyn"]["attempted_decision_id"]

    ended = run("log", "--unacknowledged")

    assert ended.exit_code == 0, ended.output
    (line,) = ended.stdout.splitlines()
    assert identity in line
    assert other.decision_id not in line
    assert "(request_id r-1 Refund \\u001b[2J" in line
    (record,) = map(json.loads, run("log", "--unacknowledged", "--json").stdout.splitlines())
    assert (record["decision_id"], record["request"]["request_id"]) == (identity, document["request_id"])
    assert run("log", "--unacknowledged", "--verdict", "ABSTAIN").stdout == ""
    assert run("log", "--unacknowledged", "--before", identity).stdout == ""
    assert "1 decision stored without the caller being told; `lumyn log --unacknowledged`" in run("doctor").stdout
    assert "unacknowledged by lumyn" in run("show", identity).stdout
    again = decide(run, document)
    assert again["decision_id"] == identity
