"""The canonical text of policies."""

import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lumyn
from lumyn_compiler.format import UnwritableError, format_policy
from lumyn_compiler.grammar import load_grammar
from lumyn_compiler.operators import Operator
from lumyn_compiler.pipeline import Spelling, parse
from lumyn_compiler.policy import (
    AllOf,
    Always,
    Condition,
    ConditionName,
    Default,
    Header,
    Literal,
    Policy,
    Predicate,
    Rule,
    Scope,
    Waiver,
    Word,
)
from lumyn_compiler.reader import read_source
from lumyn_compiler.source import Source, Span
from tests.compiler.policies import policies
from tests.generators.compiling import Pruned
from tests.profiles import examples
from tests.strategies import pruned_policies

STARTERS = sorted((Path(lumyn.__file__).parent / "starter").glob("*/policy.lumyn"))


EVERYTHING = """\
policy lumyn-support version "0.1.0"
mode enforce
default ESCALATE because NO_MATCH_DEFAULT_ESCALATE

evidence ticket_id, order_id, customer_id : text
evidence payment_instrument_risk   : one of (low, medium, high)
evidence chargeback_risk           : number from 0 to 1
evidence previous_refund_count_90d : integer from 0
evidence manual_approval           : boolean
evidence tags                      : set of text
evidence fx_rate_to_usd            : number to 1000.50
redact evidence.customer_id

reason REFUND_SMALL_LOW_RISK        "Small refund with low risk."
reason REFUND_OVER_ESCALATION_LIMIT "Refund amount over the escalation limit."

let trust_max_usd     = 25
let escalate_over_usd = 2e2
let home              = "USD"
let yes               = true

condition low_risk =
  evidence.payment_instrument_risk in (low, medium)
  and evidence.chargeback_risk < 0.35
  and evidence.manual_approval = yes

condition small = amount_usd <= trust_max_usd

stage REQUIREMENTS
  rule R001 for support.refund
    require evidence.ticket_id   ask "What ticket_id justifies this refund?"
    require evidence.customer_id ask "Who?"
    require evidence.order_id
    else QUERY because MISSING_EVIDENCE_REFUND, MISSING_EVIDENCE

  rule R007 for support.refund
    when amount.currency is missing or amount.currency != home
    require evidence.fx_rate_to_usd ask "What is the rate to USD?"
    else QUERY because MISSING_FX_RATE

stage HARD_BLOCKS
  rule R020 for support.refund, support.issue_credit, support.*
    when evidence.payment_instrument_risk = high
    then ABSTAIN because PAYMENT_INSTRUMENT_HIGH_RISK

stage TRUST_PATHS
  rule R050 for any action
    when small and low_risk and not (evidence.tags contains any ("a") or amount_usd between 1 and 2)
    then TRUST because REFUND_SMALL_LOW_RISK
    oblige log severity info "Verify that the ticket exists."

  rule R052 for support.close_ticket
    when always
    then TRUST because CLOSE_TICKET_OK

# Proved for every possible request when the policy is compiled.
never TRUST for support.refund when amount_usd > escalate_over_usd
always ABSTAIN for support.refund when evidence.payment_instrument_risk = high
always at least ESCALATE for support.* when risk.failure_similarity >= 0.8

test "a small refund with low risk is trusted"
  given request support.refund amount 12.00 USD
  given evidence ticket_id "ZD-1", order_id "8", customer_id "C-9", customer_age_days 180,
                 previous_refund_count_90d 0, payment_instrument_risk low
  given action.tags ("vip", "repeat")
  expect TRUST because REFUND_SMALL_LOW_RISK

test "another"
  expect ESCALATE
"""


def read(text: str) -> tuple[Policy, Source]:
    """A source as its author wrote it; it parses."""
    source, found = read_source(text.encode(), "policy.lumyn")
    assert source is not None
    policy, more = parse(source, Spelling.LUMYN)
    # Most texts here are parts of policies.
    assert {diagnostic.code for diagnostic in (*found, *more)} <= {"L111"}, text
    return policy, source


def reread(text: str) -> tuple[Policy, Source]:
    """A source whatever is wrong with its names: what could not be read at all is missing from the policy."""
    source, _ = read_source(text.encode(), "policy.lumyn")
    assert source is not None
    return parse(source, Spelling.LUMYN)[0], source


def formatted(text: str) -> str:
    """The canonical text of a source, which is its own canonical text and means the same."""
    policy, source = read(text)
    written = format_policy(policy, source)
    again, again_source = read(written)
    assert again == policy, written
    assert format_policy(again, again_source) == written
    return written


def keeps(text: str) -> None:
    """The text is canonical already."""
    assert formatted(text) == text


def rule(when: str) -> str:
    """A policy with one condition."""
    return f"stage ESCALATIONS\n  rule R1 for support.refund\n    when {when}\n    then ESCALATE because SOME\n"


@given(policies())
def test_what_is_written_reads_as_the_same_policy(policy: Policy) -> None:
    """Whatever names, texts and numbers it has, and however its conditions nest."""
    text = format_policy(policy)
    again, source = reread(text)
    assert again == policy, text
    assert format_policy(again, source) == format_policy(again) == text


@given(pruned_policies())
def test_lines_of_policies_with_short_words_are_short(pruned: Pruned) -> None:
    """At most 100 columns, however large the conditions are."""
    assert max(map(len, format_policy(pruned.policy).splitlines())) <= 100


def test_every_construct_of_the_language_has_its_form() -> None:
    """The forms of the design's own example, as far as they are canonical."""
    keeps(EVERYTHING)


@pytest.mark.parametrize("path", STARTERS, ids=lambda path: path.parent.name)
def test_the_starters_keep_every_comment(path: Path) -> None:
    """And what they mean."""
    text = path.read_text()
    assert [line for line in formatted(text).splitlines() if "#" in line] == [
        line for line in text.splitlines() if "#" in line
    ]


def test_statements_are_put_in_order() -> None:
    """Sorts of statements follow each other; within a sort the order stays."""
    text = formatted(
        'test "t" expect TRUST never TRUST for a.b let b = 1 stage TRUST_PATHS rule R2 for a.b when c then TRUST because X '
        'stage TRUST_PATHS rule R1 for a.b when c then TRUST because X condition c = x.y = b let a = 2 reason X "x" '
        "evidence z : text redact evidence.z default TRUST because X evidence y : text mode enforce "
        'policy p version "1"'
    )
    assert text == (
        'policy p version "1"\nmode enforce\ndefault TRUST because X\n\n'
        "evidence z : text\nevidence y : text\nredact evidence.z\n\n"
        'reason X "x"\n\nlet b = 1\nlet a = 2\n\ncondition c = x.y = b\n\n'
        "stage TRUST_PATHS\n"
        "  rule R2 for a.b\n    when c\n    then TRUST because X\n\n"
        "  rule R1 for a.b\n    when c\n    then TRUST because X\n\n"
        'never TRUST for a.b\n\ntest "t"\n  expect TRUST\n'
    )


def test_single_blank_lines_between_declarations_stay() -> None:
    """They part runs, each of which is aligned by itself."""
    assert (
        formatted("let a=1\n\n\n\nlet long_name=2\nlet b=3\n") == "let a = 1\n\nlet long_name = 2\nlet b         = 3\n"
    )


def test_a_line_that_alignment_would_make_too_long_keeps_its_run_ragged() -> None:
    """A hundred columns count for more than a straight edge."""
    keeps('reason A "' + "x" * 85 + '"\nreason LONGER_THAN_THAT "y"\n')


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("((a.b = 1))", "a.b = 1"),
        ("(a.b = 1 and a.c = 2) or a.d = 3", "a.b = 1 and a.c = 2 or a.d = 3"),
        ("a.b = 1 and (a.c = 2 or a.d = 3)", "a.b = 1 and (a.c = 2 or a.d = 3)"),
        ("not (a.b = 1)", "not a.b = 1"),
        ("not (not (known))", "not not known"),
        ("not (a.b = 1 and known)", "not (a.b = 1 and known)"),
        ("(not a.b = 1) and known", "not a.b = 1 and known"),
        ("(always = 1)", "(always = 1)"),
        ("((always = 1) and known)", "(always = 1) and known"),
        ("known and (always = 1)", "known and always = 1"),
        ('a."b" = "x\\u0041\\u{42}"', 'a.b = "xAB"'),
        ('a."b c".d = -0', 'a."b c".d = -0'),
        ("a.b=0.50", "a.b = 0.50"),
        ('a.b in("x",y,1)', 'a.b in ("x", y, 1)'),
        ("a.b\nnot\nin (1)", "a.b not in (1)"),
        ("a.b between 1 and 2 and known", "a.b between 1 and 2 and known"),
        ("a.b  contains known", "a.b contains known"),
    ],
)
def test_parentheses_and_quotes_stand_only_where_needed(written: str, canonical: str) -> None:
    """One spelling of each condition."""
    assert formatted(rule(written)) == rule(canonical)


def test_a_long_condition_is_broken_before_its_signs() -> None:
    """Inner parts only as far as they are too long themselves."""
    a, b, c, d = (f"evidence.{letter * 30} = 1" for letter in "abcd")
    keeps(rule(f"{a} and {b}"))
    assert formatted(rule(f"{a} and ({b} or {c} or {d} and {a} and {b}) and not ({c} or {d} or {a})")) == rule(
        f"{a}\n"
        f"      and ({b}\n"
        f"        or {c}\n"
        f"        or {d}\n"
        f"          and {a}\n"
        f"          and {b})\n"
        f"      and not ({c}\n"
        f"        or {d}\n"
        f"        or {a})"
    )


def test_a_long_list_is_filled_up_line_by_line() -> None:
    """In conditions, declarations, scopes and reasons."""
    words = [f"member_{number:02}" for number in range(24)]
    text = formatted(
        f"evidence a : one of ({','.join(words)})\nevidence {','.join(words)} : text\nredact {','.join(words)}\n"
        f"stage TRUST_PATHS rule R1 for {','.join(f'support.{word}' for word in words)}\n"
        f'when evidence.a in ({",".join(words)}) require {",".join(words)} ask "?"\n'
        f"else QUERY because {','.join(word.upper() for word in words)}"
    )
    assert max(map(len, text.splitlines())) <= 100
    assert "evidence a : one of (member_00, member_01," in text
    assert "\n         member_08, " in text
    assert "\n        member_07, " in text
    assert '\n      ask "?"\n' in text


def test_trailing_comments_stay_with_their_clause() -> None:
    """Wherever the clause goes."""
    keeps(
        """\
policy p version "1"  # the policy
mode enforce  # its mode
default TRUST because X  # its default

evidence a : text  # one
redact evidence.a  # two

reason X "x"  # three

let a = 1  # four

condition c = a.b = 1  # five

stage TRUST_PATHS  # six
  rule R1 for a.b, a.c  # allow(W104): seven
    when c  # eight
    require evidence.a ask "?"  # nine
    else QUERY because X  # ten
    ask about evidence.a "?"  # eleven
    oblige log severity info "i"  # twelve

never TRUST for a.b  # thirteen

test "t"  # fourteen
  given request a.b  # fifteen
  given evidence a 1  # sixteen
  given subject.id "a"  # seventeen
  expect TRUST  # eighteen
"""
    )


def test_comments_on_lines_of_their_own_stay_above_what_follows() -> None:
    """With the blank lines among them; more than one becomes one."""
    keeps(
        """\
# About the file.

# About the policy.
policy p version "1"
# Between.

# About the mode, from afar.

mode enforce

# About a.
evidence a  : text
# About bb.
evidence bb : text

# About the stage.
stage TRUST_PATHS
  # About R1.
  rule R1 for a.b
    # About when.
    when c
    # About then.

    # More about then.
    then TRUST because X

  # About R2.
  rule R2 for a.b
    when c
    then TRUST because X

# At the end.

# At the very end.
"""
    )


def test_comments_within_a_clause_move_above_it() -> None:
    """Those at the end of its last line stay there."""
    assert formatted(
        """\
stage TRUST_PATHS
  rule R1  # one
    # two
    for a.b
    when a.b = 1  # three
      # four
      and a.c = 2  # five
    then  # six
      TRUST
      # seven
      because X  # eight
"""
    ) == (
        """\
stage TRUST_PATHS
  # one
  # two
  rule R1 for a.b
    # three
    # four
    when a.b = 1 and a.c = 2  # five
    # six
    # seven
    then TRUST because X  # eight
"""
    )


def test_comments_go_with_statements_that_are_moved() -> None:
    """But for those that head the file."""
    assert (
        formatted("# head\n\n# about b\nlet b = 1 # trailing\n# about e\nevidence e : text\n\n# end\n")
        == "# head\n\n# about e\nevidence e : text\n\n# about b\nlet b = 1  # trailing\n\n# end\n"
    )


def test_comments_of_a_stage_that_is_opened_again_go_to_its_rule() -> None:
    """One header stands for both."""
    assert formatted(
        "stage TRUST_PATHS rule R1 for a.b when c then TRUST because X\n"
        "# again\nstage TRUST_PATHS # why\nrule R2 for a.b when c then TRUST because X\n"
    ) == (
        "stage TRUST_PATHS\n  rule R1 for a.b\n    when c\n    then TRUST because X\n\n"
        "  # again\n  # why\n  rule R2 for a.b\n    when c\n    then TRUST because X\n"
    )


def test_a_source_of_comments_alone_is_kept() -> None:
    """There is nothing that they could belong to."""
    assert formatted("# a\n\n\n# b\n") == "# a\n\n# b\n"
    assert formatted("") == ""


@settings(max_examples=examples(500))
@given(st.integers(0, 2**32))
def test_comments_scattered_anywhere_are_kept(seed: int) -> None:
    """Each once, in a text that stays as it is."""
    random = Random(seed)
    tokens = [
        match.group()
        for match in load_grammar().scanner.finditer(EVERYTHING)
        if match.lastgroup not in ("WHITE_SPACE", "COMMENT")
    ]
    gaps = (" ", "\n", "\n\n", "  # {}\n", "\n# {}\n", "\n\n# {}\n\n\n# {}\n", " # allow(W104): {}\n\n")
    few = random.choice([0.02, 0.2, 0.8])
    scattered = [
        f"{token}{random.choice(gaps) if random.random() < few else ' '}".format(f"{n}.0", f"{n}.1")
        for n, token in enumerate(tokens)
    ]
    policy, source = read("".join(scattered))
    text = format_policy(policy, source)
    again, again_source = read(text)
    assert again == policy
    assert Counter(comment.text for comment in again.comments) == Counter(comment.text for comment in policy.comments)
    assert format_policy(again, again_source) == text
    assert not re.search(r"\n\n\n| \n", text)


def test_redactions_keep_their_lines() -> None:
    """A comment behind one of them is about that one."""
    keeps("redact evidence.a, evidence.b  # personal\nredact evidence.c  # secret\n")


def _policy(when: Condition, **more: object) -> Policy:
    rules = (Rule(Word("R1"), Word("ESCALATIONS"), Scope(()), when, (), Word("ESCALATE"), (Word("X"),)),)
    header = Header(Word("p"), Literal("1"))
    return Policy(header, None, Default(Word("ESCALATE"), Word("X")), rules=rules, **more)  # type: ignore[arg-type]


def test_a_policy_without_a_source_has_its_waivers_as_comments() -> None:
    """On the line of what they cover; one with another reason above it."""
    base = _policy(Always())
    placed = Rule(
        Word("R2", span=Span(10, 12)), Word("ESCALATIONS"), Scope(()), Always(), (), Word("ESCALATE"), (Word("X"),)
    )
    covers = Span(8, 40)
    waivers = (Waiver("W104", "one", covers), Waiver("W105", "two", covers), Waiver("W101", "one", covers))
    policy = Policy(base.header, base.mode, base.default, rules=(*base.rules, placed), waivers=waivers)
    text = format_policy(policy)
    assert "\n  # allow(W105): two\n  rule R2 for any action  # allow(W104, W101): one\n" in text
    assert read(text)[0] == policy


@pytest.mark.parametrize(
    "when",
    [
        ConditionName(Word("not")),
        ConditionName(Word("two words")),
        Predicate(Word("a.b"), Operator.EQ, (Word("true"),)),
        Predicate(Word("a.b"), Operator.EQ, (Word("12"),)),
        Predicate(Word("a.b"), Operator.CONTAINS, (Word("any"),)),
        AllOf((Always(), ConditionName(Word("a")))),
    ],
)
def test_a_name_that_can_not_be_written_is_refused(when: Condition) -> None:
    """Nothing is ever written that reads as something else."""
    with pytest.raises(UnwritableError):
        format_policy(_policy(when))
