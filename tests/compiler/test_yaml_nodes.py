"""YAML text → nodes with places; what policies do not use is refused."""

import time

import pytest
import yaml

from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.source import Source
from lumyn_compiler.yaml_nodes import (
    ERRORS_MAX,
    NODES_MAX,
    Mapping,
    Node,
    Scalar,
    Sequence,
    read_nodes,
    scalars,
)
from lumyn_compiler.yaml_syntax_help import DEPTH_MAX
from lumyn_runtime.errors import LumynError


def read(text: str) -> Node:
    """The document of a text without faults."""
    root, diagnostics = read_nodes(Source("x.yml", text))
    assert root is not None
    assert diagnostics == []
    return root


def refused(text: str) -> list[Diagnostic]:
    """What is wrong with a text."""
    return read_nodes(Source("x.yml", text))[1]


def test_every_scalar_knows_its_place_in_code_points() -> None:
    """Characters beyond the basic plane count as one, quotes belong to the place, trailing white space does not."""
    text = "é𝄞: \"a𝄞b\"\nlist:\n  - plain\n    text  # comment\n  - |  # comment\n    block\n\n  - 'it''s'\nend: x\n"

    places = [(scalar.text, text[scalar.span.start : scalar.span.end]) for scalar in scalars(read(text))]

    assert places == [
        ("é𝄞", "é𝄞"),
        ("a𝄞b", '"a𝄞b"'),
        ("list", "list"),
        ("plain text", "plain\n    text"),
        ("block\n", "|  # comment\n    block"),
        ("it's", "'it''s'"),
        ("end", "end"),
        ("x", "x"),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{a: [1, 2 ]}", "{a: [1, 2 ]}"),
        ("# head\na:\n  b: 1\n\n# tail\n", "a:\n  b: 1"),
        ("- 1\n-   - 2\n    - 3\n", "- 1\n-   - 2\n    - 3"),
        ("a: {}", "a: {}"),
    ],
)
def test_a_collection_ends_with_its_last_part(text: str, place: str) -> None:
    """Neither comments nor blank lines after it belong to it; brackets do."""
    span = read(text).span
    assert text[span.start : span.end] == place


def test_a_value_that_is_not_there_is_shown_at_its_key() -> None:
    """There is nothing else to underline."""
    match read("a:\nb: x\n"):
        case Mapping(entries=(first, _)):
            assert first.value == Scalar("", is_plain=True, span=first.key.span)
        case other:
            pytest.fail(f"{other}")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n", "%YAML 1.2\n---\n...\n"])
def test_a_document_may_be_empty(text: str) -> None:
    """There is no node, or one without text."""
    root, diagnostics = read_nodes(Source("x.yml", text))
    assert root is None or (isinstance(root, Scalar) and not root.text)
    assert diagnostics == []


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("a: &x 1", "&x", "the anchor `&x`"),
        ("a: &x\n  - 1", "&x", "the anchor `&x`"),
        ("a: &x !!str 1", "&x", "the anchor `&x`"),
        ("a: !!str 1", "!!str", "the tag `!!str`"),
        ("a: ! 1", "!", "the tag `!`"),
        ("a: !<tag:x,2000:y> {}", "!<tag:x", "the tag `!<tag:x`"),
        ("!t a: 1", "!t", "the tag `!t`"),
        ("a: *x", "*x", "the alias `*x`"),
        ("<<: {a: 1}", "<<", "the merge key `<<`"),
        ("a: 1\n---\nb: 2\n", "---", "a second document"),
        ("a: 1\n...\n---\n", "---", "a second document"),
        ("%YAML 1.1\n---\na: 1", "%YAML 1.1\n---", "a directive other than `%YAML 1.2`"),
        ("%TAG ! tag:x,2000:\n---\na: 1", "%TAG ! tag:x,2000:\n---", "a directive other than `%YAML 1.2`"),
    ],
)
def test_what_policies_do_not_use_is_refused_at_its_place(text: str, place: str, what: str) -> None:
    """Each could make a document mean something else than it shows."""
    [found] = refused(text)
    assert (found.code, text[found.span.start : found.span.end]) == ("L107", place)
    assert found.message == f"policies do not use this YAML feature: {what}"
    assert found.help is not None


def test_a_quoted_merge_key_is_a_text() -> None:
    """Only the plain one merges."""
    assert isinstance(read('"<<": x'), Mapping)


def test_a_key_written_twice_is_refused_with_the_other_place() -> None:
    """Whatever the quotes, in every mapping."""
    text = "a: 1\n'a': 2\nb: {c: 1, d: 2, \"c\": 3}\n"
    source = Source("x.yml", text)
    found = refused(text)
    assert [(one.code, source.slice(one.span), source.slice(one.labels[0].span)) for one in found] == [
        ("L108", "'a'", "a"),
        ("L108", '"c"', "c"),
    ]


def test_a_key_that_is_no_text_is_refused() -> None:
    """YAML allows a list or a mapping there."""
    found = refused("? [a, b]\n: 1\n? {c: d}\n: 2\n")
    assert [(one.code, one.message) for one in found] == [("L110", "a key is a text, not a list or a mapping")] * 2


def test_nesting_has_a_limit() -> None:
    """The deepest that is allowed is read, one level more is not; neither is the rest of a thousand."""
    assert isinstance(read("[" * DEPTH_MAX + "]" * DEPTH_MAX), Sequence)
    for text in ("[" * (DEPTH_MAX + 1), "[" * 100_000, "- " * 100_000, "{a: " * 100_000, "? " * 100_000):
        [found] = refused(text)
        assert found.code == "L003"


def test_the_number_of_nodes_has_a_limit() -> None:
    """A million commas are not a policy."""
    [found] = refused("[" + "a," * NODES_MAX + "]")
    assert found.code == "L001"
    assert f"{NODES_MAX:,}" in found.message


def test_reading_stops_at_so_many_errors() -> None:
    """A megabyte of the same mistake is told a hundred times."""
    assert len(refused("a: 1\n" * 200_000)) == ERRORS_MAX


def test_an_alias_is_refused_before_anything_is_expanded() -> None:
    """Each line doubles the one before; nothing grows."""
    laughing = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
    start = time.process_time()
    assert {found.code for found in refused(laughing)} == {"L107"}
    assert time.process_time() - start < 1


def test_what_was_refused_before_a_syntax_error_is_told_too() -> None:
    """Reading ends at the syntax error."""
    assert [found.code for found in refused("a: &x 1\na: 2\nb: [\n")] == ["L107", "L108", "L106"]


def test_without_libyaml_the_reader_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other parser of PyYAML is never used instead: it takes other texts."""
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    with pytest.raises(LumynError, match="install a wheel of PyYAML"):
        read("a: 1")
