"""Conversion between the spellings: the meaning stays, and so do comments."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import lumyn
from lumyn_compiler import analyse
from lumyn_compiler.convert import to_lumyn, to_yaml
from lumyn_compiler.diagnostic import Severity
from lumyn_compiler.format import format_policy
from lumyn_compiler.pipeline import Spelling, parse
from lumyn_compiler.policy import Policy
from lumyn_compiler.reader import read_source
from lumyn_compiler.source import Source
from tests.generators.choices import Chance, Drawn
from tests.generators.compiling import Pruned
from tests.generators.spelling import spell
from tests.generators.yaml_pairs import make_yaml_pair
from tests.golden.pairs import FOLDERS, hash_of
from tests.profiles import examples
from tests.strategies import pruned_policies

STARTERS = sorted((Path(lumyn.__file__).parent / "starter").iterdir())
PAIRS = pytest.mark.parametrize("folder", [*FOLDERS, *STARTERS], ids=lambda folder: folder.name)

HEAD = 'policy p version "1"\nmode enforce\ndefault ESCALATE because NO_MATCH_DEFAULT_ESCALATE\n\n'
RULE = "stage ESCALATIONS\n  rule R for shop.refund\n    when {}\n    then ESCALATE because ASKED\n"


def read(text: str, spelling: Spelling) -> tuple[Policy, Source]:
    """A text without faults of form, as written."""
    source, refused = read_source(text.encode(), "policy")
    assert source is not None
    policy, diagnostics = parse(source, spelling)
    assert not [found for found in refused + diagnostics if found.severity is Severity.ERROR]
    return policy, source


def lumyn_of(text: str) -> str:
    """A YAML text in `.lumyn`."""
    return to_lumyn(*read(text, Spelling.YAML))


def yaml_of(text: str) -> str:
    """A `.lumyn` text in YAML."""
    converted, diagnostics = to_yaml(*read(text, Spelling.LUMYN))
    assert diagnostics == []
    assert converted is not None
    return converted


def comments_of(text: str, spelling: Spelling) -> list[str]:
    """The comments, sorted, since statements are moved."""
    return sorted(comment.text for comment in read(text, spelling)[0].comments)


def warnings_of(text: str, name: str) -> list[tuple[str, str]]:
    """What is warned of."""
    return [(found.code, found.message) for found in analyse(text, name).report.warnings]


@PAIRS
def test_converting_yaml_keeps_hash_comments_and_warnings(folder: Path) -> None:
    """And gives text that `fmt` would not change."""
    text = (folder / "policy.yml").read_text(encoding="utf-8")
    converted = lumyn_of(text)
    assert hash_of(converted, "policy.lumyn") == hash_of(text, "policy.yml")
    assert comments_of(converted, Spelling.LUMYN) == comments_of(text, Spelling.YAML)
    assert format_policy(*read(converted, Spelling.LUMYN)) == converted
    assert sorted(warnings_of(converted, "policy.lumyn")) == sorted(warnings_of(text, "policy.yml"))


@PAIRS
def test_converting_to_yaml_keeps_hash_comments_and_warnings(folder: Path) -> None:
    """Of every construct that YAML has."""
    text = (folder / "policy.lumyn").read_text(encoding="utf-8")
    converted = yaml_of(text)
    assert hash_of(converted, "policy.yml") == hash_of(text, "policy.lumyn")
    assert comments_of(converted, Spelling.YAML) == comments_of(text, Spelling.LUMYN)
    assert sorted(warnings_of(converted, "policy.yml")) == sorted(warnings_of(text, "policy.lumyn"))


def test_a_starter_is_converted_to_what_was_written_by_hand() -> None:
    """But for how evidence is grouped and where blank lines are."""
    folder = next(folder for folder in STARTERS if folder.name == "support")
    by_hand = read((folder / "policy.lumyn").read_text(encoding="utf-8"), Spelling.LUMYN)[0]
    converted = read(lumyn_of((folder / "policy.yml").read_text(encoding="utf-8")), Spelling.LUMYN)[0]
    assert attrs.evolve(converted, evidence=()) == attrs.evolve(by_hand, evidence=())


@pytest.mark.parametrize("folder", STARTERS, ids=lambda folder: folder.name)
def test_a_starter_is_converted_to_the_yaml_that_was_written_by_hand(folder: Path) -> None:
    """It reads as the same tree."""
    by_hand = read((folder / "policy.yml").read_text(encoding="utf-8"), Spelling.YAML)[0]
    converted = read(yaml_of((folder / "policy.lumyn").read_text(encoding="utf-8")), Spelling.YAML)[0]
    assert converted.rules == by_hand.rules
    assert converted.lets == by_hand.lets


@settings(max_examples=examples(200))
@given(st.data())
def test_generated_yaml_keeps_its_hash(data: st.DataObject) -> None:
    """To `.lumyn`, and from there back to YAML."""
    _, yaml = make_yaml_pair(Drawn(data.draw))
    whole = hash_of(yaml, "policy.yml")
    lumyn_text = lumyn_of(yaml)
    assert hash_of(lumyn_text, "policy.lumyn") == whole
    policy, source = read(lumyn_text, Spelling.LUMYN)
    back, diagnostics = to_yaml(policy, source)
    assert diagnostics == []
    assert back is not None
    assert hash_of(back, "policy.yml") == whole
    assert hash_of(to_lumyn(read(yaml, Spelling.YAML)[0]), "policy.lumyn") == whole


@settings(max_examples=examples(300))
@given(pruned_policies(rules_max=6), st.integers(0, 2**32))
def test_what_yaml_can_say_keeps_its_hash_and_the_rest_is_told(pruned: Pruned, seed: int) -> None:
    """Rules that it can't say are named; without them, it can say the policy."""
    policy, source = read(spell(pruned.policy, Chance(seed)), Spelling.LUMYN)
    text, refused = to_yaml(policy, source)
    if text is None:
        spans = [span for found in refused for span in (found.span, *(label.span for label in found.labels))]
        sayable = [rule for rule in policy.rules if not any(rule.span.contains(span) for span in spans)]
        event(f"{len(sayable)} of {len(policy.rules)} rules")
        policy, source = read(format_policy(attrs.evolve(policy, rules=tuple(sayable))), Spelling.LUMYN)
        text, refused = to_yaml(policy, source)
    assert refused == []
    assert text is not None
    assert hash_of(text, "policy.yml") == hash_of(source.text, "policy.lumyn")
    assert comments_of(text, Spelling.YAML) == comments_of(source.text, Spelling.LUMYN)
    back = lumyn_of(text)
    assert hash_of(back, "policy.lumyn") == hash_of(text, "policy.yml")
    assert comments_of(back, Spelling.LUMYN) == comments_of(text, Spelling.YAML)


EVIDENCE = 'evidence a, b, c : text\n\nlet gold = "gold"\n\ncondition odd = not evidence.a = "x"\n\n'


@pytest.mark.parametrize(
    ("condition", "place", "construct"),
    [
        ('evidence.a starts with "x"', 'evidence.a starts with "x"', "`starts with`"),
        ('subject.roles contains "x"', 'subject.roles contains "x"', "`contains`"),
        ('action.tags contains any ("x", "y")', 'action.tags contains any ("x", "y")', "`contains any`"),
        ('action.tags contains all ("x", "y")', 'action.tags contains all ("x", "y")', "`contains all`"),
        ("not amount_usd > 5", "amount_usd > 5", "`not` of `>`"),
        ("not (amount_usd > 5 or evidence.a is missing)", "amount_usd > 5", "`not` of `>`"),
        ("odd", 'evidence.a = "x"', "`not` of `=`"),
        (
            "(amount_usd > 5 or evidence.a is missing) and (amount_usd < 2 or evidence.b is missing)",
            "amount_usd < 2 or evidence.b is missing",
            "a second `or` beside another one",
        ),
        (
            "amount_usd > 5 or evidence.a is missing and (evidence.b is missing or evidence.c is missing)",
            "evidence.b is missing or evidence.c is missing",
            "an `or` inside an `and` inside an `or`",
        ),
        (
            "amount_usd > 5 or amount_usd != 1 and amount_usd != 2",
            "amount_usd != 1 and amount_usd != 2",
            "two questions of one sort about one attribute inside an `or`",
        ),
    ],
)
def test_a_condition_that_yaml_can_not_say_is_told(condition: str, place: str, construct: str) -> None:
    """With its place; nothing is written."""
    policy, source = read(HEAD + EVIDENCE + RULE.format(condition), Spelling.LUMYN)
    text, [found] = to_yaml(policy, source)
    assert text is None
    shown = source.slice(found.span)
    assert (found.code, found.message, shown) == ("L701", f"policy.v0 can't say {construct}", place)


@pytest.mark.parametrize(
    ("rules", "place", "construct"),
    [
        ("stage TRUST_PATHS rule R for a.* when always then TRUST because A", "a.*", "the prefix `a.*`"),
        (
            "stage REQUIREMENTS rule R for a.b when amount_usd > 1 require evidence.a, evidence.b else QUERY because A",
            "R",
            "several requirements beside a condition",
        ),
        (
            "stage REQUIREMENTS rule R for any action require evidence.a, evidence.b else QUERY because A",
            "R",
            "several requirements for any action",
        ),
        (
            "stage ESCALATIONS rule R for a.b require evidence.a, evidence.b else QUERY because A",
            "R",
            "several requirements in stage ESCALATIONS",
        ),
        (
            "stage REQUIREMENTS rule R for a.b require evidence.a, subject.id else QUERY because A",
            "R",
            "several requirements of anything but evidence",
        ),
        (
            """stage REQUIREMENTS rule Q for a.b require evidence.b else QUERY because A
            rule R for a.b require evidence.a, evidence.b else QUERY because A""",
            "R",
            "several requirements that differ from those of another rule, or are asked for in another order",
        ),
        (
            'stage TRUST_PATHS rule R for a.b when always then TRUST because A\ntest "t" given request a.b expect TRUST',
            '"t"',
            "tests",
        ),
    ],
)
def test_a_rule_that_yaml_can_not_say_is_told(rules: str, place: str, construct: str) -> None:
    """With its place; nothing is written."""
    policy, source = read(HEAD + EVIDENCE + rules, Spelling.LUMYN)
    text, [found] = to_yaml(policy, source)
    assert text is None
    assert (found.message, source.slice(found.span)) == (f"policy.v0 can't say {construct}", place)


def test_a_named_condition_that_yaml_can_not_say_names_the_rule() -> None:
    """The construct stands elsewhere."""
    policy, source = read(HEAD + EVIDENCE + RULE.format("odd"), Spelling.LUMYN)
    [found] = to_yaml(policy, source)[1]
    assert [(source.slice(label.span), label.text) for label in found.labels] == [("R", "which this rule uses")]


@pytest.mark.parametrize(
    ("condition", "ifs"),
    [
        ("amount_usd > 5", "    if: {amount_usd_gt: 5}\n"),
        ('amount.currency = "USD"', "    if: {amount_currency_is: USD}\n"),
        ("amount_usd between 5 and 6", "    if:\n      amount_usd_gte: 5\n      amount_usd_lte: 6\n"),
        ("evidence.a = gold", "    if: {evidence.a_is: gold}\n"),
        ('evidence.a = "true"', '    if: {evidence.a_is: "true"}\n'),
        ('evidence.a in ("1", "NO", "x y")', '    if: {evidence.a_in: ["1", "NO", "x y"]}\n'),
        ("evidence.a is missing or evidence.a != gold", "    if: {evidence.a_ne: gold}\n"),
        ("evidence.a != gold or evidence.a is missing", "    if: {evidence.a_ne: gold}\n"),
        ("evidence.a != gold", "    if:\n      evidence.a_present: true\n      evidence.a_ne: gold\n"),
        ("not (evidence.a is missing)", "    if: {evidence.a_present: true}\n"),
        (
            'evidence.a not in ("x", "y")',
            '    if_all:\n      - evidence.a_present: true\n      - evidence.a_ne: x\n      - evidence.a_ne: "y"\n',
        ),
        (
            "evidence.b is missing and (amount_usd > 5 or evidence.a is missing and evidence.c is present)",
            """\
    if: {evidence.b_is: null}
    if_any:
      - amount_usd_gt: 5
      - {evidence.a_is: null, evidence.c_present: true}
""",
        ),
    ],
)
def test_conditions_are_written_as_people_would(condition: str, ifs: str) -> None:
    """Quotes only where a text could be read as something else, by YAML 1.1 too."""
    text = yaml_of(HEAD + EVIDENCE + RULE.format(condition))
    assert f"    when: {{action_type: shop.refund}}\n{ifs}    then:" in text


def test_a_question_about_what_is_missing_is_a_requirement() -> None:
    """As people write it in `.lumyn`; other questions stay."""
    text = """\
schema_version: policy.v0
policy_id: p
policy_version: "1"
defaults: {default_verdict: ESCALATE, default_reason_code: NO_MATCH_DEFAULT_ESCALATE}
rules:
  - id: R
    stage: REQUIREMENTS
    if: {evidence.a_is: null, amount_usd_gt: 5}
    then:
      verdict: QUERY
      reason_codes: [A]
      queries: [{field: evidence.a, text: "What?"}, {field: subject.id, text: "Who?"}]
"""
    converted = lumyn_of(text)
    assert converted.endswith(
        """\
  rule R for any action
    when amount_usd > 5
    require evidence.a ask "What?"
    else QUERY because A
    ask about subject.id "Who?"
"""
    )
    assert hash_of(converted, "policy.lumyn") == hash_of(text, "policy.yml")


def test_evidence_of_one_kind_is_declared_together() -> None:
    """Whether its kind was declared or inferred."""
    text = """\
schema_version: policy.v0
policy_id: p
policy_version: "1"
defaults: {default_verdict: ESCALATE, default_reason_code: NO_MATCH_DEFAULT_ESCALATE}
rules:
  - {id: R, stage: ESCALATIONS, if: {evidence.a_gt: 1, evidence.b_is: x, evidence.c_gt: 2, evidence.d_lt: 1},
     then: {verdict: ESCALATE, reason_codes: [A]}}
extensions: {lumyn: {evidence: {d: number from 0 to 1, e: number}}}
"""
    declarations = [line for line in lumyn_of(text).splitlines() if line.startswith("evidence ")]
    assert [" ".join(line.split()) for line in declarations] == [
        "evidence d : number from 0 to 1",
        "evidence e, a, c : number",
        "evidence b : text",
    ]


def test_without_a_source_waivers_are_kept() -> None:
    """Other comments are not part of the tree's meaning."""
    folder = next(folder for folder in FOLDERS if folder.name == "comments-and-waivers")
    policy, _ = read((folder / "policy.yml").read_text(encoding="utf-8"), Spelling.YAML)
    assert comments_of(to_lumyn(policy), Spelling.LUMYN) == ["# allow(W101): the shop knows three kinds"]
    policy, _ = read((folder / "policy.lumyn").read_text(encoding="utf-8"), Spelling.LUMYN)
    text, _ = to_yaml(policy)
    assert text is not None
    assert comments_of(text, Spelling.YAML) == ["# allow(W101): the shop knows three kinds"]


def test_claims_are_written_out() -> None:
    """Named conditions and constants that are no numbers do not exist in YAML."""
    claim = "never TRUST for shop.* when odd and evidence.b = gold or amount_usd > limit"
    rule = RULE.format("amount_usd > limit")
    policy, source = read(f"{HEAD}{EVIDENCE}let limit = 5\n{rule}\n{claim}\n", Spelling.LUMYN)
    text, _ = to_yaml(policy, source)
    assert text is not None
    [written] = read(text, Spelling.YAML)[0].claims
    said = 'not evidence.a = "x" and evidence.b = "gold" or amount_usd > limit'
    [expected] = read(f"{HEAD}never TRUST for shop.* when {said}", Spelling.LUMYN)[0].claims
    assert written == expected
