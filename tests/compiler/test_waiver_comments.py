"""Comments that waive warnings, and the statements that they are about."""

from lumyn_compiler.build import build_policy
from lumyn_compiler.source import Source
from lumyn_compiler.syntax import parse_statements

TEXT = """\
# allow(W107): before the header
policy p version "1"
default ESCALATE because NOTHING_MATCHED  # allow(W109): behind the default

# allow(W107): alone, before a constant

# a comment between them
let limit_usd = 25
stage ESCALATIONS
  rule R1 for a.b  # allow(W104): behind the first line
    # allow(W105): alone, inside
    when always
    then TRUST because A # allow(W101, W103): behind the last line
  rule R2 for a.b when always then TRUST because A  let b = 5  # allow(W107): behind two
# allow(W110): behind everything
"""


def _waivers(text: str) -> list[tuple[str, str, str]]:
    """Code, reason, and the beginning of what is covered."""
    source = Source("a.lumyn", text)
    policy, _ = build_policy(source, parse_statements(source))
    return [(waiver.code, waiver.reason, source.slice(waiver.covers)[:9]) for waiver in policy.waivers]


def test_a_waiver_covers_the_statement_it_stands_in_or_before() -> None:
    """On a line with a statement, or within its lines, that one; alone, the next."""
    assert _waivers(TEXT) == [
        ("W107", "before the header", "policy p "),
        ("W109", "behind the default", "default E"),
        ("W107", "alone, before a constant", "let limit"),
        ("W104", "behind the first line", "rule R1 f"),
        ("W105", "alone, inside", "rule R1 f"),
        ("W101", "behind the last line", "rule R1 f"),
        ("W103", "behind the last line", "rule R1 f"),
        ("W107", "behind two", "let b = 5"),
        ("W110", "behind everything", "# allow(W"),
    ]


def test_a_waiver_covers_the_whole_statement() -> None:
    """So that it holds wherever in it the warning is."""
    source = Source("a.lumyn", TEXT)
    policy, _ = build_policy(source, parse_statements(source))
    rule = policy.rules[0]
    assert [waiver.covers for waiver in policy.waivers if waiver.code == "W105"] == [rule.span]


def test_a_waiver_stands_where_its_code_does() -> None:
    """Which is what a warning about the waiver underlines."""
    source = Source("a.lumyn", TEXT)
    policy, _ = build_policy(source, parse_statements(source))
    assert [source.slice(waiver.span) for waiver in policy.waivers] == [waiver.code for waiver in policy.waivers]


def test_a_waiver_without_a_reason_has_an_empty_one() -> None:
    """It is kept, so that it can be warned of."""
    for comment in ("# allow(W107)", "# allow(W107):", "#allow (W107) :  ", "# allow(W107) because I say so"):
        assert _waivers(f"{comment}\nmode enforce") == [("W107", "", "mode enfo")]


def test_other_comments_waive_nothing() -> None:
    """However much they look like it."""
    for comment in (
        "# allow W107: why",
        "# please allow(W107): why",
        "# disallow(W107): why",
        "# allow(): why",
        "# allow",
    ):
        assert _waivers(f"{comment}\nmode enforce") == []


def test_a_waiver_in_quotes_is_a_text() -> None:
    """Only comments waive."""
    assert _waivers('reason A "# allow(W107): why"') == []
