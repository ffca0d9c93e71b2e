"""`lumyn log` and `lumyn watch`: decisions are found, and seen as they are made."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.samples import Run
from tests.cli.workspaces import decide, decide_id, request

LUMYN = Path(sys.executable).with_name("lumyn")


def _ids(text: str) -> list[str]:
    return re.findall("dec_[0-9A-Z]{26}", text)


def test_the_newest_comes_first(home: Path, run: Run) -> None:
    """A line each: when, which verdict, which decision, what for."""
    ids = [decide_id(run), decide_id(run, request("refund-over-limit"))]

    ended = run("log")

    assert _ids(ended.stdout) == ids[::-1]
    first = ended.stdout.splitlines()[0]
    assert re.fullmatch(
        rf"....-..-.. ..:..:..  ESCALATE  {ids[1]}  support.refund: Refund duplicate charge for order 82731", first
    )


def test_an_empty_log_has_nothing_to_list(home: Path, run: Run) -> None:
    """It is fine, and said beside it."""
    ended = run("log")

    assert (ended.exit_code, ended.stdout, ended.stderr) == (0, "", "No decision was found.\n")


def test_pages_follow_each_other(home: Path, run: Run) -> None:
    """Each says how the next one is had; together they are all, and none comes twice."""
    ids = [decide_id(run) for _ in range(5)][::-1]

    first = run("log", "--limit", "2")
    assert _ids(first.stdout) == ids[:2]
    assert f"--before {ids[1]} lists the next" in first.stderr
    second = run("log", "--limit", "3", "--before", ids[1])
    assert _ids(second.stdout) == ids[2:]
    assert second.stderr == ""
    assert _ids(run("log", "--all", "--limit", "1").stdout) == ids


def test_machines_get_the_records(home: Path, run: Run) -> None:
    """One a line, byte for byte as they are stored."""
    identity = decide_id(run)

    assert run("log", "--json").stdout == run("show", "--raw", identity).stdout + "\n"


def test_the_last_label_and_who_gave_it_stand_in_the_line(home: Path, run: Run) -> None:
    """Before what the request says of itself, which could say anything; machines get the event."""
    first, second = decide_id(run), decide_id(run, request("refund-over-limit"))
    run("label", first, "--label", "failure", "--actor", "kim")
    run("label", first, "--label", "near_miss", "--actor", "mia")

    lines = run("log").stdout.splitlines()

    assert f"  {second}  support.refund: " in lines[0]
    assert f"  {first}  near_miss by mia  support.refund: " in lines[1]
    shown = [json.loads(line) for line in run("log", "--json-with-label").stdout.splitlines()]
    assert [one["record"]["decision_id"] for one in shown] == [second, first]
    assert shown[0]["label"] is None
    assert (shown[1]["label"]["label"], shown[1]["label"]["actor"]) == ("near_miss", "mia")


def test_ids_alone_are_for_other_commands(home: Path, run: Run) -> None:
    """One a line, of what is found."""
    first, second = decide_id(run), decide_id(run, request("refund-over-limit"))

    assert run("log", "--ids").stdout == f"{second}\n{first}\n"
    assert run("log", "--ids", "--verdict", "TRUST").stdout == f"{first}\n"


FOUND_BY = [
    ("--verdict", "escalate"),
    ("--action", "support.refund"),
    ("--reason", "REFUND_OVER_ESCALATION_LIMIT"),
    ("--rule", "R008"),
    ("--target", "ch_9"),
    ("--tenant", "acme"),
    ("--correlation", "incident-7"),
    ("--context", request("refund-over-limit")["context"]["digest"]),
    ("--since", "1h"),
    ("--since", "2000-01-01"),
    ("--until", "2999-01-01T00:00:00+02:00"),
]


@pytest.mark.parametrize(("option", "value"), FOUND_BY)
def test_a_decision_is_found_by_what_is_known_of_it(home: Path, run: Run, option: str, value: str) -> None:
    """And it is not, by what is not so."""
    document = request(
        "refund-over-limit", target={"system": "stripe", "resource_type": "charge", "resource_id": "ch_9"}
    )
    identity = decide_id(run, {**document, "trace": {"correlation_id": "incident-7"}})

    assert _ids(run("log", option, value).stdout) == [identity]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--verdict", "TRUST"),
        ("--action", "support.close"),
        ("--reason", "X"),
        ("--rule", "R999"),
        ("--target", "ch_8"),
        ("--tenant", "other"),
        ("--correlation", "x"),
        ("--context", "x"),
        ("--since", "2999-01-01"),
        ("--until", "2000-01-01"),
        ("--label", "failure"),
    ],
)
def test_what_does_not_fit_is_not_found(home: Path, run: Run, option: str, value: str) -> None:
    """Every option that is given has to hold."""
    decide_id(run, request("refund-over-limit"))

    assert run("log", "--verdict", "ESCALATE", option, value).stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--since", "soon"),
        ("--verdict", "MAYBE"),
        ("--limit", "0"),
        ("stray",),
        ("--since", "1h", "--until", "2h"),
        ("--since", "2026-01-13", "--until", "2026-01-13"),
    ],
)
def test_wrong_arguments(home: Path, run: Run, arguments: tuple[str, ...]) -> None:
    """Wrong usage, and what can be said instead."""
    assert run("log", *arguments).exit_code == 2


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_decisions_are_seen_as_they_are_made(home: Path, run: Run, options: tuple[str, ...]) -> None:
    """Past ones first, then new ones, whoever makes them; Ctrl-C is its normal end."""
    past, _ = decide_id(run, request("refund-over-limit")), decide_id(run)
    watching = subprocess.Popen(
        [LUMYN, "watch", "--verdict", "ESCALATE", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert watching.stdout is not None
        assert past in watching.stdout.readline()
        decide_id(run)
        new = decide(run, request("refund-over-limit"))
        line = watching.stdout.readline()
        assert new["decision_id"] in line
        assert not options or json.loads(line) == new
    finally:
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate(timeout=20)

    assert (watching.returncode, out, err) == (0, "", "Watching. Ctrl-C ends it.\n")


def test_watching_ends_where_nobody_reads_any_more(home: Path, run: Run) -> None:
    """`| head -n 1` has had enough; nothing has to be decided for that to be noticed."""
    decide_id(run)

    ended = subprocess.run(
        ["bash", "-c", f"'{LUMYN}' watch --last 1 | head -n 1; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert (ended.returncode, len(_ids(ended.stdout))) == (3, 1)
    assert ended.stderr == "Watching. Ctrl-C ends it.\n"
