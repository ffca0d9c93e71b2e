"""`lumyn explain`: sentences that a support lead can paste into a ticket."""

import contextlib
import json
import re
import sqlite3
from pathlib import Path

import pytest

from tests.cli.samples import Run
from tests.cli.workspaces import decide, decide_id, request

HIDDEN = "hunter2"

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

On {moment} UTC, service `support-agent` asked for `support.refund`: `Refund duplicate charge for order 82731`.
It was decided by the policy `lumyn-support 0.1.0`.

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
    assert "| `amount_usd` | `201` |\n" in ended.stdout


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](http://x) | <b> `code`",
        "``` ```` `",
        "`",
        " ` ",
        "| | a\\|",
        "@team #12 http://x www.x.org",
        "\n\n# Heading\n* item",
        "</code></td>&lt;",
    ],
)
def test_text_of_a_record_makes_no_markdown(home: Path, run: Run, hostile: str) -> None:
    """Neither a link, nor a mention, nor another cell: it stands in code, whole."""
    document = request("refund-over-limit", intent=hostile)
    document["evidence"]["customer_id"] = hostile
    identity = decide_id(run, document)
    run("label", identity, "--label", "failure", "--summary", hostile)

    shown = run("explain", identity, "--markdown").stdout

    visible = hostile.replace("\n", "\\u000a")
    assert [code for code in codes(shown) if visible in (code, code.strip())]
    assert f'"{visible}"'.replace("|", "\\u007c") in [code.strip() for code in codes(shown)]
    assert sum(visible in code for code in codes(shown)) >= 1 + ("|" not in hostile)
    for line in shown.splitlines():
        outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        assert not re.search("[`<@]|http|www", outside), line
        assert outside.count("|") in (0, 3)


def codes(markdown: str) -> list[str]:
    """What stands in code, as CommonMark has it."""
    return [
        found[2].removeprefix(" ").removesuffix(" ") if len(found[1]) > 1 else found[2]
        for line in markdown.splitlines()
        for found in re.finditer(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", line)
    ]


def test_a_text_is_told_from_what_is_missing(home: Path, run: Run) -> None:
    """Texts stand in quotes, and what is no value in none."""
    document = request("refund-over-limit")
    document["evidence"]["customer_id"] = "missing"
    assert '  evidence.customer_id: "missing"\n' in run("explain", decide_id(run, document)).stdout

    del document["evidence"]["customer_id"]
    assert "  evidence.customer_id: missing\n" in run("explain", decide_id(run, document)).stdout


def test_what_was_not_kept_is_said(home: Path, run: Run) -> None:
    """By its place."""
    document = request("refund-over-limit")
    document["evidence"]["password"] = HIDDEN

    shown = run("explain", decide_id(run, document)).stdout

    assert "\nNot kept: /evidence/password.\n" in shown
    assert HIDDEN not in shown


def test_a_record_that_is_in_no_log_is_explained_too(home: Path, run: Run) -> None:
    """Its caller got it, and kept it."""
    with contextlib.closing(sqlite3.connect(".lumyn/lumyn.db", isolation_level=None)) as blocker:
        decide(run)
        blocker.execute("BEGIN IMMEDIATE")
        answered = run("decide", "--in", "-", stdin=json.dumps(request()))
    assert answered.exit_code == 3
    Path("record.json").write_text(answered.stdout)

    ended = run("explain", "--in", "record.json")

    assert ended.exit_code == 0, ended.output
    assert "ABSTAIN. The action must not be taken." in ended.stdout
    assert "The gateway says ABSTAIN: It is not known that the decision was stored" in ended.stdout
    assert run("explain", "--in", "record.json", json.loads(answered.stdout)["decision_id"]).exit_code == 2


def test_a_record_and_its_policy_need_no_workspace(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever kept both has all that it takes; another policy is refused, and explains nothing."""
    record = decide(run, request("refund-over-limit"))
    shown = run("explain", record["decision_id"]).stdout
    elsewhere = home.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "record.json").write_text(json.dumps(record))
    (elsewhere / "policy.lpack").write_bytes(Path(".lumyn/policy.lpack").read_bytes())
    (elsewhere / "policy.lumyn").write_bytes(Path(".lumyn/policy.lumyn").read_bytes())
    (elsewhere / "other.lumyn").write_text('policy other version "1"\nmode enforce\ndefault ABSTAIN because NO_IDEA\n')
    monkeypatch.chdir(elsewhere)

    for policy in ("policy.lpack", "policy.lumyn"):
        ended = run("explain", "--in", "record.json", "--policy", policy)
        assert (ended.exit_code, ended.stdout) == (0, shown), ended.output
    refused = run("explain", "--in", "record.json", "--policy", "other.lumyn")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "record.json was decided by " in refused.stderr
    lacking = run("explain", "--in", "record.json")
    assert lacking.exit_code == 3
    assert "--policy" in lacking.stderr


def test_a_pack_is_explained_by_the_policy_that_it_holds(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a workspace, and with what was said of the decision; one that was changed is not."""
    identity = decide_id(run, request("refund-over-limit"))
    run("label", identity, "--label", "failure", "--actor", "mia")
    run("export", identity, "--pack", "--out", "../pack.zip")
    shown = run("explain", identity).stdout
    monkeypatch.chdir(home.parent)

    for arguments in (("pack.zip",), ("--in", "pack.zip")):
        ended = run("explain", *arguments)
        assert (ended.exit_code, ended.stdout) == (0, shown), ended.output
    assert "label failure by mia" in shown
    assert run("explain", "pack.zip", "--policy", "home/.lumyn/policy.lpack").exit_code == 2
    Path("pack.zip").write_bytes(Path("pack.zip").read_bytes().replace(b'"ESCALATE"', b'"ABSTAIN "'))
    ended = run("explain", "pack.zip")
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Error: pack.zip: ")
    assert run("explain", "absent.zip").exit_code == 3


def test_a_policy_goes_with_a_record_alone(home: Path, run: Run) -> None:
    """The log keeps the one that decided."""
    assert run("explain", decide_id(run), "--policy", ".lumyn/policy.lpack").exit_code == 2


@pytest.mark.parametrize(("content", "code"), [("{}", 1), ("x", 1), (None, 3)])
def test_what_is_no_record_is_not_explained(home: Path, run: Run, content: str | None, code: int) -> None:
    """With the name of the file."""
    if content is not None:
        Path("odd.json").write_text(content)

    ended = run("explain", "--in", "odd.json")

    assert (ended.exit_code, ended.stdout) == (code, "")
    assert "odd.json" in ended.stderr


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
