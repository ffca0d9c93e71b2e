"""Syntax errors of YAML, in words and with their places."""

import pytest

from lumyn_compiler.source import Source
from lumyn_compiler.yaml_nodes import read_nodes


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: 1\n\tb: 2\n", "\t", "a tab stands where the line is indented"),
        ("a:\n\t- b\n", "\t", "a tab stands where the line is indented"),
        ("a: @b\n", "@", "`@` can't begin a value"),
        ("a: `b`\n", "`", "``` can't begin a value"),
        ("a: %b\n", "%", "`%` can't begin a value"),
        ("a: b: c\n", ":", "a `:` where no key can stand"),
        ("text: Which one: this?\n", ":", "a `:` where no key can stand"),
        ("a: 1\nb\nc: 2\n", "c", "a key without its `:`"),
        ("a: - b\n", "-", "a `-` where no list can begin"),
        ('a: "b\n', '"', "a text without its closing quote"),
        ("a: 'b\nc: d\n", "'", "a text without its closing quote"),
        ('a: "b\n---\nc"\n', '"', "a document ends inside quotes"),
        (r'a: "\q"', "\\q", "a wrong escape in a text"),
        (r'a: "\x4"', "4", "an escape that lacks digits"),
        (r'a: "\ud800"', "d800", "an escape of no character"),
        (r'a: "\U00110000"', "00110000", "an escape of no character"),
        ("a: [b, c\nd: e\n", ":", "a list in brackets goes on without a `,` or ends without a `]`"),
        ("a: {b: c\nd: e\n", ":", "a mapping in braces goes on without a `,` or ends without a `}`"),
        ("a: [b\n", "", "a list in brackets goes on without a `,` or ends without a `]`"),
        ("a: [b]]\n", "]", "this is no key of the mapping above it"),
        ("a:\n  - b\n c: d\n", "c", "this is no key of the mapping above it"),
        ("a:\n  - b\n  c: d\n", "c", "this is no entry of the list above it"),
        ("a:\n   b: 1\n  c: 2\n", "c", "this is no key of the mapping above it"),
        ("a: *\n", "\n", "`&` and `*` begin anchors and aliases, which policies do not use"),
        ("a: **b**\n", "*", "`&` and `*` begin anchors and aliases, which policies do not use"),
        ("a: !x!y z\n", "!", "a tag, which policies do not use"),
        ("%YAML 2.0\n---\na: 1\n", "%", "another version of YAML"),
        ("%YAML 1.2\n%YAML 1.2\n---\na: 1\n", "%", "two `%YAML` lines"),
        ("a: |0\n  b\n", "0", "an indentation of nothing"),
        ("a: |x\n  b\n", "x", "something follows where the line should end"),
        ("[a] b\n", "b", "something follows the end of the document"),
        ("a: \x07", "\x07", "a character that YAML does not allow"),
        ("a: \ufffe", "\ufffe", "a character that YAML does not allow"),
    ],
)
def test_a_syntax_error_is_said_in_words(text: str, place: str, message: str) -> None:
    """None in the words of a parser."""
    source = Source("x.yml", text)
    root, diagnostics = read_nodes(source)
    assert root is None
    found = diagnostics[-1]
    assert (found.code, found.message, source.slice(found.span)) == ("L106", message, place)


def test_a_syntax_error_says_where_what_is_open_began() -> None:
    """The cause is there, or between the two places."""
    source = Source("x.yml", "a:\n  - [b, c\nd: e\n")
    [found] = read_nodes(source)[1]
    [label] = found.labels
    assert (source.slice(label.span), label.text) == ("[", "the list begins here")
