"""`lumyn inspect`: the decision table in words."""

import json
from pathlib import Path

import pytest

from lumyn_compiler import compile_text
from tests.cli.samples import POLICY, Run

SHOWN = """\
policy   shop-refunds 1.0.0
hash     {policy_hash}
mode     enforce
default  ESCALATE NO_MATCH_DEFAULT_ESCALATE

shop.refund
  REQUIREMENTS
    R001  QUERY  MISSING_ORDER
      when evidence.order_id is missing
      ask about evidence.order_id: Which order is it?
  HARD_BLOCKS
    R010  ABSTAIN  RISKY
      when evidence.risk >= 0.7
  TRUST_PATHS
    R020  TRUST  REFUND_SMALL
      when amount_usd <= 25 and evidence.risk < 0.3
      oblige log info: Say thank you.

any other action
  no rule: the default applies
"""


def test_a_table_reads_like_a_policy(workspace: Path, run: Run) -> None:
    """By action type, stage and rule, from the artifact alone."""
    run("compile", "policy.lumyn", "-o", "policy.lpack")

    ended = run("inspect", "policy.lpack")

    assert ended.exit_code == 0, ended.output
    assert ended.stdout == SHOWN.replace("{policy_hash}", compile_text(POLICY).policy_hash)


def test_a_source_can_be_inspected(workspace: Path, run: Run) -> None:
    """It is compiled in memory."""
    assert run("inspect", "-", stdin=POLICY).stdout == run("inspect", "policy.lumyn").stdout


def test_machines_get_json(workspace: Path, run: Run) -> None:
    """The same words, in a structure."""
    shown = json.loads(run("inspect", "policy.lumyn", "--json").stdout)

    assert shown["policy_hash"] == compile_text(POLICY).policy_hash
    assert shown["default"] == {"verdict": "ESCALATE", "reason_code": "NO_MATCH_DEFAULT_ESCALATE"}
    refund, other = shown["actions"]
    assert refund["actions"] == "shop.refund"
    assert {"attribute": "evidence.risk", "kind": "number from 0 to 1"} in refund["reads"]
    assert refund["rules"][2]["when"] == [["amount_usd <= 25", "evidence.risk < 0.3"]]
    assert other == {"actions": "*", "reads": [], "rules": []}


def test_one_action_can_be_asked_for(workspace: Path, run: Run) -> None:
    """By the name that its section has; `*` is every other action."""
    shown = json.loads(run("inspect", "policy.lumyn", "--json", "--action", "*").stdout)

    assert [action["actions"] for action in shown["actions"]] == ["*"]


def test_an_action_without_a_section_of_its_own_has_one_that_decides_it(workspace: Path, run: Run) -> None:
    """The longest prefix, or that of every other action; which it is is said beside it."""
    rule = "  rule R030 for shop.*, shop.card.*\n    when always\n    then ESCALATE because RISKY\n"
    (workspace / "policy.lumyn").write_text(
        POLICY.replace("stage TRUST_PATHS\n", f"stage ESCALATIONS\n{rule}\nstage TRUST_PATHS\n")
    )

    for action, section in [("shop.close", "shop.*"), ("shop.card.close", "shop.card.*"), ("shop", "*")]:
        ended = run("inspect", "policy.lumyn", "--json", "--action", action)

        assert [found["actions"] for found in json.loads(ended.stdout)["actions"]] == [section]
        assert ended.stderr == f"{action} is decided {f'by {section}' if section != '*' else 'as any other action'}\n"


def test_an_action_that_may_be_misspelt_gets_a_suggestion(workspace: Path, run: Run) -> None:
    """So that it does not look like an action that nothing is decided for."""
    ended = run("inspect", "policy.lumyn", "--action", "shop.refnud")

    assert ended.exit_code == 0
    assert ended.stdout.endswith("\nany other action\n  no rule: the default applies\n")
    assert ended.stderr == "shop.refnud is decided as any other action; did you mean shop.refund?\n"


@pytest.mark.parametrize("section", ["shop.*", "", " "])
def test_a_section_that_is_not_there_is_refused(workspace: Path, run: Run, section: str) -> None:
    """A prefix is no action type, so nothing decides it."""
    ended = run("inspect", "policy.lumyn", "--action", section)

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert f"the table has no section {section}" in ended.stderr


def test_a_damaged_artifact_is_not_shown(workspace: Path, run: Run) -> None:
    """Nothing of it is believed."""
    Path("policy.lpack").write_bytes(compile_text(POLICY).artifact[:-1])

    ended = run("inspect", "policy.lpack")

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Error: policy.lpack: truncated: ")
