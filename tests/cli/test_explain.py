"""`lumyn explain`: sentences that a support lead can paste into a ticket."""

import json
from pathlib import Path

from tests.cli.samples import Run
from tests.cli.workspaces import decide, decide_id, request

PLAIN = """\
{decision_id}: ESCALATE. A person has to decide.

On {moment} UTC, service support-agent asked for support.refund: "Refund duplicate charge for order 82731".
It was decided by the policy lumyn-support 0.1.0.

Rule R008 says ESCALATE: The refund is larger than an agent may grant alone. (REFUND_OVER_ESCALATION_LIMIT)
  because amount_usd > 200

It saw:
"""

MARKDOWN = """\
### ESCALATE: A person has to decide.

Decision `{decision_id}`

On {moment} UTC, service support-agent asked for support.refund: "Refund duplicate charge for order 82731".
It was decided by the policy lumyn-support 0.1.0.

* Rule R008 says ESCALATE: The refund is larger than an agent may grant alone. (REFUND\\_OVER\\_ESCALATION\\_LIMIT)
  * because `amount_usd > 200`

| it saw | |
| --- | --- |
"""


def test_a_decision_is_explained_in_sentences(home: Path, run: Run) -> None:
    """What was asked, which rule matched, and what held."""
    record = decide(run, request("refund-over-limit"))

    ended = run("explain", record["decision_id"])

    moment = record["created_at"][:16].replace("T", " at ")
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.startswith(PLAIN.format(decision_id=record["decision_id"], moment=moment))
    assert "  amount_usd: 201\n" in ended.stdout


def test_a_ticket_gets_markdown(home: Path, run: Run) -> None:
    """In which the text of a record is only text."""
    record = decide(run, request("refund-over-limit"))

    ended = run("explain", record["decision_id"], "--markdown")

    moment = record["created_at"][:16].replace("T", " at ")
    assert ended.stdout.startswith(MARKDOWN.format(decision_id=record["decision_id"], moment=moment))
    assert "| `amount_usd` | 201 |\n" in ended.stdout


def test_text_of_a_record_makes_no_markdown(home: Path, run: Run) -> None:
    """Neither a link, nor an image, nor another cell."""
    document = request("refund-over-limit", intent="![x](http://x) | <b> `code`")
    document["evidence"]["customer_id"] = "a|b"

    shown = run("explain", decide_id(run, document), "--markdown").stdout

    assert "\\!\\[x\\](http://x) \\| \\<b\\> \\`code\\`" in shown
    assert "| a\\|b |" in shown


def test_what_is_asked_for_is_said(home: Path, run: Run) -> None:
    """Each question with the field that it is about, and what whoever acts has to do."""
    shown = run("explain", decide_id(run, request("refund-unexplained"))).stdout

    assert 'It asks, for evidence.ticket_id: "Which ticket asks for this refund?"' in shown
    trusted = run("explain", decide_id(run)).stdout
    assert "Whoever acts has to: Verify that the ticket exists." in trusted


def test_what_was_said_since_stands_below(home: Path, run: Run) -> None:
    """With who said it."""
    identity = decide_id(run)
    run("label", identity, "--label", "failure", "--summary", "It was fraud", "--actor", "mia")

    for options in ((), ("--markdown",)):
        shown = run("explain", identity, *options).stdout
        assert "label failure by mia: It was fraud" in shown.replace("\\", "")


def test_machines_get_json(home: Path, run: Run) -> None:
    """The same in a structure; both forms at once are wrong usage."""
    identity = decide_id(run, request("refund-over-limit"))

    explained = json.loads(run("explain", identity, "--json").stdout)

    assert explained["decision_id"] == identity
    assert explained["matches"][0]["held"] == [["amount_usd > 200"]]
    assert run("explain", identity, "--json", "--markdown").exit_code == 2


def test_it_is_the_policy_that_decided_which_explains(home: Path, run: Run) -> None:
    """The log keeps it, so it does not matter what the workspace's policy is now."""
    identity = decide_id(run, request("refund-over-limit"))
    before = run("explain", identity).stdout
    Path(".lumyn/policy.lpack").write_bytes(b"broken")

    ended = run("explain", identity)

    assert (ended.exit_code, ended.stdout) == (0, before)
