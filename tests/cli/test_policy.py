"""`lumyn policy`: the policy of a workspace, and translation between the two spellings."""

import json
from pathlib import Path

import pytest

from lumyn_compiler import compile_text
from tests.cli.samples import POLICY, Run
from tests.cli.workspaces import decide, request


@pytest.fixture
def usual(workspace: Path) -> Path:
    """The workspace with its policy where `init` puts it."""
    (workspace / ".lumyn").mkdir()
    (workspace / ".lumyn" / "policy.lumyn").write_text(POLICY)
    return workspace


def test_the_usual_policy_is_validated(usual: Path, run: Run) -> None:
    """Id, version and hash, and nothing is written."""
    before = sorted(usual.rglob("*"))
    ended = run("policy", "validate")

    assert ended.exit_code == 0, ended.output
    assert ended.stdout == f"shop-refunds 1.0.0 {compile_text(POLICY).policy_hash}\n"
    assert sorted(usual.rglob("*")) == before


def test_validation_speaks_json(usual: Path, run: Run) -> None:
    """For machines."""
    assert json.loads(run("policy", "validate", "--json").stdout) == {
        "policy_id": "shop-refunds",
        "policy_version": "1.0.0",
        "policy_hash": compile_text(POLICY).policy_hash,
    }


def test_any_policy_can_be_named(workspace: Path, run: Run) -> None:
    """With `--path`, or `-` for standard input."""
    assert run("policy", "validate", "--path", "policy.lumyn").exit_code == 0
    assert run("policy", "validate", "--path", "-", stdin=POLICY).exit_code == 0


def test_an_invalid_policy_is_said_to_be_so(usual: Path, run: Run) -> None:
    """Errors on standard error, exit code 1."""
    (usual / ".lumyn" / "policy.lumyn").write_text(POLICY.replace("evidence.risk <", "evidence.rsk <"))

    ended = run("policy", "validate")

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ".lumyn/policy.lumyn:24:31: error[L203]" in ended.stderr


def test_no_policy_is_the_environments_fault(workspace: Path, run: Run) -> None:
    """The error says where it looked."""
    ended = run("policy", "validate")

    assert ended.exit_code == 3
    assert "neither .lumyn/policy.lumyn nor .lumyn/policy.yml" in ended.stderr


def test_two_policies_are_not_chosen_between(usual: Path, run: Run) -> None:
    """Which of them decides is for the caller to say."""
    (usual / ".lumyn" / "policy.yml").write_text("schema_version: policy.v0\n")

    ended = run("policy", "validate")

    assert ended.exit_code == 2
    assert "both .lumyn/policy.lumyn and .lumyn/policy.yml" in ended.stderr


def test_yaml_becomes_lumyn_and_lumyn_becomes_yaml(workspace: Path, run: Run) -> None:
    """There and back, and the policy hash stays what it was."""
    assert run("policy", "convert", "policy.lumyn", "-o", "policy.yml").exit_code == 0
    ended = run("policy", "convert", "policy.yml")

    assert (workspace / "policy.yml").read_text().startswith("schema_version: policy.v0\n")
    assert ended.exit_code == 0
    assert compile_text(ended.stdout).policy_hash == compile_text(POLICY).policy_hash
    assert run("hash", "--json", "policy.yml").stdout.count(compile_text(POLICY).policy_hash) == 1


def test_yaml_can_come_from_standard_input(workspace: Path, run: Run) -> None:
    """`--spelling yaml` says so."""
    as_yaml = run("policy", "convert", "-", stdin=POLICY).stdout
    ended = run("policy", "convert", "--spelling", "yaml", "-", stdin=as_yaml)

    assert compile_text(ended.stdout).policy_hash == compile_text(POLICY).policy_hash


def test_what_yaml_can_not_say_is_pointed_at(workspace: Path, run: Run) -> None:
    """Nothing is written, and nothing is left out silently."""
    (workspace / "policy.lumyn").write_text(POLICY + '\ntest "small"\n  given request shop.refund\n  expect QUERY\n')

    ended = run("policy", "convert", "policy.lumyn", "-o", "policy.yml")

    assert ended.exit_code == 1
    assert "policy.lumyn:28:6: error[L701]" in ended.stderr
    assert not (workspace / "policy.yml").exists()


def test_what_is_found_is_one_report(workspace: Path, run: Run) -> None:
    """Warnings of the checks and what YAML can't say: a program reads one JSON value."""
    said_of_it = 'evidence unused : text\ntest "small"\n  given request shop.refund\n  expect QUERY\n'
    (workspace / "policy.lumyn").write_text(POLICY + said_of_it)

    ended = run("policy", "convert", "--format", "json", "policy.lumyn")

    assert ended.exit_code == 1
    codes = [found["code"] for found in json.loads(ended.stderr)]
    assert sorted(codes) == ["L701", "W107"]


def test_a_policy_with_errors_is_not_translated(workspace: Path, run: Run) -> None:
    """What it means is not known."""
    ended = run("policy", "convert", "-", stdin=POLICY.replace("evidence.risk <", "evidence.rsk <"))

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "error[L203]" in ended.stderr


def test_a_translation_never_replaces_its_source(workspace: Path, run: Run) -> None:
    """Wrong usage, and the source stays."""
    assert run("policy", "convert", "policy.lumyn", "-o", "./policy.lumyn").exit_code == 2
    assert (workspace / "policy.lumyn").read_text() == POLICY


def test_one_command_stops_every_trust(home: Path, run: Run) -> None:
    """And one undoes it; both say what they did, and where the former policy is meanwhile."""
    before = Path(".lumyn/policy.lpack").read_bytes()

    locked = run("policy", "lockdown")

    assert locked.exit_code == 0, locked.output
    assert locked.stdout.startswith("locked down: lumyn-lockdown 1.0.0 blake3:")
    assert "Before, lumyn-support 0.1.0 blake3:" in locked.stderr
    record = decide(run)
    assert (record["verdict"], record["reason_codes"]) == ("ESCALATE", ["LOCKDOWN"])
    assert record["decision_id"] in run("log", "--reason", "LOCKDOWN").stdout
    doctor = run("doctor")
    assert doctor.exit_code == 0, doctor.output
    assert "nothing is trusted until `lumyn policy lockdown --undo`" in doctor.stdout
    assert run("policy", "lockdown").stdout.startswith("already locked down: ")
    undone = run("policy", "lockdown", "--undo")
    assert undone.exit_code == 0, undone.output
    assert undone.stdout.startswith("no longer locked down: lumyn-support 0.1.0 blake3:")
    assert Path(".lumyn/policy.lpack").read_bytes() == before
    assert decide(run)["verdict"] == "TRUST"


def test_a_build_does_not_end_a_lockdown(home: Path, run: Run) -> None:
    """Neither by `compile`, which refuses, nor by a copy, which no gateway takes and doctor names."""
    assert run("policy", "lockdown").exit_code == 0
    locked = Path(".lumyn/policy.lpack").read_bytes()

    refused = run("compile", ".lumyn/policy.lumyn", "-o", ".lumyn/policy.lpack")

    assert refused.exit_code == 1
    assert "is locked down, and nothing was written" in refused.stderr
    assert Path(".lumyn/policy.lpack").read_bytes() == locked
    assert run("compile", ".lumyn/policy.lumyn", "-o", "elsewhere.lpack").exit_code == 0
    Path("elsewhere.lpack").replace(".lumyn/policy.lpack")
    asked = run("decide", "--in", "-", stdin=json.dumps(request("refund-small")))
    assert asked.exit_code != 0
    assert "was replaced during a lockdown" in asked.stderr
    doctor = run("doctor")
    assert doctor.exit_code == 1
    assert "was replaced during a lockdown" in doctor.stdout


def test_a_retry_does_not_go_ahead_in_a_lockdown(home: Path, run: Run) -> None:
    """The record of before is printed, and the answer is no."""
    asked = json.dumps({**request(), "request_id": "r-1"})
    before = run("decide", "--in", "-", stdin=asked)
    assert (before.exit_code, json.loads(before.stdout)["verdict"]) == (0, "TRUST")
    run("policy", "lockdown")

    again = run("decide", "--in", "-", stdin=asked)

    assert (again.exit_code, again.stdout) == (1, before.stdout)
    assert "may not go ahead now: the policy is locked down" in again.stderr
    run("policy", "lockdown", "--undo")
    assert run("decide", "--in", "-", stdin=asked).exit_code == 0


def test_a_lockdown_speaks_json(home: Path, run: Run) -> None:
    """For machines."""
    made = json.loads(run("policy", "lockdown", "--json").stdout)

    assert (made["is_locked_down"], made["former_policy"]["policy_id"]) == (True, "lumyn-support")
    assert Path(made["kept"]).is_file()
    undone = json.loads(run("policy", "lockdown", "--undo", "--json").stdout)
    assert undone == {"is_locked_down": False, "policy": made["former_policy"]}


def test_a_pin_does_not_keep_the_lockdown_out(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps out everything else, at the end of it too."""
    monkeypatch.setenv(
        "LUMYN_POLICY_HASH", json.loads(run("policy", "lockdown", "--json").stdout)["former_policy"]["policy_hash"]
    )
    assert decide(run)["reason_codes"] == ["LOCKDOWN"]
    kept = Path(".lumyn/before-lockdown.policy.lpack")
    content = kept.read_bytes()
    kept.write_bytes(compile_text(POLICY).artifact)

    ended = run("policy", "lockdown", "--undo")

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "hash-mismatch" in ended.stderr
    refused = run("decide", "--in", "-", stdin=json.dumps(request()))
    assert (refused.exit_code, refused.stdout) == (1, ""), "nobody knows what the pinned policy redacts"
    assert "is locked down" in refused.stderr
    assert "redacts is not known" in run("doctor").stdout
    kept.write_bytes(content)
    assert decide(run)["reason_codes"] == ["LOCKDOWN"]
    assert run("policy", "lockdown", "--undo").exit_code == 0
    assert decide(run)["verdict"] == "TRUST"


def test_in_advisory_mode_a_lockdown_is_not_enough(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made, and the answer is no, with what else to do."""
    monkeypatch.setenv("LUMYN_MODE", "advisory")

    ended = run("policy", "lockdown")

    assert ended.exit_code == 1
    assert 'set mode = "enforce"' in ended.stderr
    assert decide(run)["verdict"] == "ESCALATE"


def test_a_lockdown_that_can_not_be_undone(home: Path, run: Run) -> None:
    """Where there is none, and where the former policy is gone: the answer is no, and nothing is changed."""
    ended = run("policy", "lockdown", "--undo")
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "is not locked down: it holds lumyn-support 0.1.0" in ended.stderr
    run("policy", "lockdown")
    Path(".lumyn/before-lockdown.policy.lpack").unlink()
    ended = run("policy", "lockdown", "--undo")
    assert ended.exit_code == 1
    assert "is gone; put another one in the place of" in ended.stderr
