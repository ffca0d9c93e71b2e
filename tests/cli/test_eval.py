"""`lumyn eval`: a request in, the outcome out, nothing kept."""

import json
from pathlib import Path

import pytest

from tests.cli.samples import POLICY, SMALL_REFUND, Run, Shell

INVALID = {"verdict": "ABSTAIN", "reason_codes": ["INVALID_REQUEST_SCHEMA"]}


def test_a_request_is_decided(workspace: Path, run: Run) -> None:
    """The whole outcome as JSON."""
    ended = run("eval", "policy.lumyn", "--in", "request.json")

    assert ended.exit_code == 0, ended.output
    assert json.loads(ended.stdout) == {
        "verdict": "TRUST",
        "reason_codes": ["REFUND_SMALL"],
        "matched_rules": [
            {"rule_id": "R020", "stage": "TRUST_PATHS", "effect": "TRUST", "reason_codes": ["REFUND_SMALL"]}
        ],
        "queries": [],
        "obligations": [{"kind": "log", "severity": "info", "text": "Say thank you."}],
    }


def test_an_artifact_decides_like_its_source(workspace: Path, run: Run) -> None:
    """Either is a POLICY; the request may come from standard input."""
    run("compile", "policy.lumyn", "-o", "policy.lpack")

    from_artifact = run("eval", "policy.lpack", "--in", "-", stdin=SMALL_REFUND)
    from_source = run("eval", "-", "--in", "request.json", stdin=POLICY)

    assert from_artifact.exit_code == from_source.exit_code == 0
    assert from_artifact.stdout == from_source.stdout


def test_a_verdict_is_an_answer_and_no_failure(workspace: Path, run: Run) -> None:
    """ABSTAIN ends with 0 as well."""
    ended = run("eval", "policy.lumyn", "--in", "-", stdin='{"action": {}}')

    assert ended.exit_code == 0
    assert INVALID.items() <= json.loads(ended.stdout).items()


def test_the_risk_signal_can_be_given(workspace: Path, run: Run) -> None:
    """As a memory of past failures would give it."""
    rule = "stage ESCALATIONS\n  rule R040 for any action\n    when risk.failure_similarity >= 0.8\n"
    (workspace / "policy.lumyn").write_text(f"{POLICY}\n{rule}    then ESCALATE because RISKY\n")
    verdicts = [
        json.loads(run("eval", "policy.lumyn", "--in", "request.json", "--failure-similarity", score).stdout)["verdict"]
        for score in ("0", "0.79", "0.8", "1")
    ]

    assert verdicts == ["TRUST", "TRUST", "ESCALATE", "ESCALATE"]


@pytest.mark.parametrize("score", ["-0.1", "1.1", "nan", "inf", "much"])
def test_a_risk_signal_is_a_number_from_0_to_1(workspace: Path, run: Run, score: str) -> None:
    """Anything else is wrong usage."""
    ended = run("eval", "policy.lumyn", "--in", "request.json", "--failure-similarity", score)

    assert (ended.exit_code, ended.stdout) == (2, "")


def test_a_line_of_jsonl_is_a_request(workspace: Path, run: Run) -> None:
    """An outcome a line, in their order; empty lines are passed over."""
    small = json.dumps(json.loads(SMALL_REFUND))
    (workspace / "requests.jsonl").write_text(f'{small}\n\n{{"action": {{"type": "shop.close"}}}}\r\n{small}')

    ended = run("eval", "policy.lumyn", "--in", "requests.jsonl", "--jsonl")

    assert ended.exit_code == 0
    assert [json.loads(line)["verdict"] for line in ended.stdout.splitlines()] == ["TRUST", "ESCALATE", "TRUST"]


def test_a_line_that_is_no_json_is_an_unusable_request(workspace: Path, run: Run) -> None:
    """The outcomes stay in step with the lines; the line is named, and the exit code is 1."""
    (workspace / "requests.jsonl").write_text(
        f'{{"action": \n{json.dumps(json.loads(SMALL_REFUND))}\n[{"1" * 2**20}]\n'
    )

    ended = run("eval", "policy.lumyn", "--in", "requests.jsonl", "--jsonl")
    first, second, third = map(json.loads, ended.stdout.splitlines())

    assert ended.exit_code == 1
    assert INVALID.items() <= first.items()
    assert second["verdict"] == "TRUST"
    assert INVALID.items() <= third.items()
    assert ended.stderr.splitlines() == [
        "Error: requests.jsonl:1:12: not JSON: it ends here, before the value does",
        "Error: requests.jsonl:3: not usable: more than 1,048,576 bytes",
    ]


def test_a_line_without_an_end_ends_the_reading(workspace: Path, shell: Shell) -> None:
    """It is an unusable request, whatever comes; the lines before it have their outcomes."""
    ended = shell("(cat request.json | tr -d '\\n'; echo; cat /dev/zero) | lumyn eval policy.lumyn --in - --jsonl")
    first, second = map(json.loads, ended.stdout.splitlines())

    assert (ended.returncode, first["verdict"]) == (1, "TRUST")
    assert INVALID.items() <= second.items()
    assert ended.stderr.splitlines()[0] == "Error: <stdin>:2: not usable: more than 1,048,576 bytes"
    assert ended.stderr.splitlines()[1].startswith("Error: <stdin>: a line is longer than 67,108,864 bytes")


@pytest.mark.parametrize(
    ("request_text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ('{"action": {"type": "a.b", "type": "c.d"}}', 'the key "type" stands twice'),
        ('{"evidence": {"risk": NaN}}', "NaN is no number"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_request_is_refused(workspace: Path, run: Run, request_text: str, message: str) -> None:
    """Exit code 1, with the reason and no outcome."""
    ended = run("eval", "policy.lumyn", "--in", "-", stdin=request_text)

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert message in ended.stderr


def test_a_mistake_in_a_request_has_its_place(workspace: Path, run: Run) -> None:
    """As a mistake in a policy has; with --jsonl the line is that of the file."""
    (workspace / "wrong.json").write_text('{\n  "action": {,}\n}\n')
    (workspace / "wrong.jsonl").write_text('{}\n\n{"action": {,}}\n')

    assert run("eval", "policy.lumyn", "--in", "wrong.json").stderr.startswith(
        "Error: wrong.json:2:14: not JSON: a key "
    )
    assert run("eval", "policy.lumyn", "--in", "wrong.jsonl", "--jsonl").stderr.startswith(
        "Error: wrong.jsonl:3:13: not JSON: a key "
    )


def test_a_file_of_many_requests_without_jsonl_is_told_of_it(workspace: Path, run: Run) -> None:
    """The second value is where it goes wrong."""
    ended = run("eval", "policy.lumyn", "--in", "-", stdin="{}\n{}\n")

    assert ended.exit_code == 1
    assert ended.stderr == (
        "Error: <stdin>:2:1: not JSON: the value ends before this, and nothing may follow it;"
        " with --jsonl, FILE has a request a line\n"
    )


def test_a_policy_that_does_not_compile_decides_nothing(workspace: Path, run: Run) -> None:
    """Its errors are shown."""
    ended = run("eval", "-", "--in", "request.json", stdin=POLICY.replace("TRUST because", "TURST because"))

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "<stdin>:25:10: error[L204]" in ended.stderr


@pytest.mark.parametrize("blank", [" ", "\r"])
def test_a_line_that_is_too_long_is_refused_even_if_it_begins_blank(workspace: Path, run: Run, blank: str) -> None:
    """What was cut off may have held a request: every one has an outcome."""
    ended = run("eval", "policy.lumyn", "--in", "-", "--jsonl", stdin=blank * (2**20 + 1) + '{"action": {}}\n')

    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["verdict"] == "ABSTAIN"
    assert "more than 1,048,576 bytes" in ended.stderr
