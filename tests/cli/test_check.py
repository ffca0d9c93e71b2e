"""`lumyn check`: everything that is wrong or doubtful, on standard output."""

import json
from pathlib import Path

import pytest

from tests.cli.samples import POLICY, Run

BROKEN = POLICY.replace("evidence.risk >= 0.7", "evidence.rsk >= 0.7")
DOUBTFUL = POLICY.replace("stage REQUIREMENTS", "let unused = 1\n\nstage REQUIREMENTS")


def test_a_fine_policy_says_nothing_on_standard_output(workspace: Path, run: Run) -> None:
    """A summary is for people, so it goes to standard error."""
    ended = run("check", "policy.lumyn")

    assert (ended.exit_code, ended.stdout, ended.stderr) == (0, "", "1 file: no errors\n")


def test_errors_of_every_file_are_reported(workspace: Path, run: Run) -> None:
    """One broken file does not hide the next."""
    (workspace / "a.lumyn").write_text(BROKEN)
    (workspace / "b.lumyn").write_text(BROKEN)

    ended = run("check", "a.lumyn", "policy.lumyn", "b.lumyn")

    assert ended.exit_code == 1
    assert "a.lumyn:19:10: error[L203]" in ended.stdout
    assert "b.lumyn:19:10: error[L203]" in ended.stdout


def test_warnings_fail_only_when_asked(workspace: Path, run: Run) -> None:
    """`--strict` makes the answer no."""
    (workspace / "policy.lumyn").write_text(DOUBTFUL)

    assert run("check", "policy.lumyn").exit_code == 0
    ended = run("check", "--strict", "policy.lumyn")

    assert ended.exit_code == 1
    assert "warning[W107]" in ended.stdout


@pytest.mark.parametrize(("claim", "exit_code"), [("amount_usd > 25", 0), ("amount_usd >= 25", 1)])
def test_claims_are_proved_or_the_policy_is_refused(workspace: Path, run: Run, claim: str, exit_code: int) -> None:
    """By `check` and by `compile` alike, with a request of which a claim is not true."""
    (workspace / "policy.lumyn").write_text(POLICY + f"\nnever TRUST for shop.refund when {claim}\n")

    checked, compiled = run("check", "policy.lumyn"), run("compile", "policy.lumyn", "-o", "x.lpack")

    assert (checked.exit_code, compiled.exit_code) == (exit_code, exit_code)
    if exit_code:
        assert "error[L603]" in checked.stdout
        assert "error[L603]" in compiled.stderr
        assert '"amount": {"currency": "USD", "value": 25}' in checked.stdout


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_machines_get_their_format_on_standard_output(workspace: Path, run: Run, form: str) -> None:
    """Together for all files."""
    (workspace / "policy.lumyn").write_text(BROKEN)

    stdout = run("check", "--format", form, "policy.lumyn", "policy.lumyn").stdout

    if form != "github":
        assert json.loads(stdout)
    assert stdout.count("L203") >= 2


def test_yaml_on_standard_input_is_named(run: Run) -> None:
    """`--spelling` says what a name would have said."""
    ended = run("check", "--spelling", "yaml", "-", stdin="schema_version: policy.v0\nrulez: []\n")

    assert ended.exit_code == 1
    assert ended.stdout.startswith("<stdin>:")
    assert "`rulez`" in ended.stdout
