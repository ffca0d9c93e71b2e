"""What the YAML parser complains of, in the words of people who write policies."""

from __future__ import annotations

import yaml

from lumyn_compiler.diagnostic import Diagnostic, Label
from lumyn_compiler.source import Source, Span

__all__ = ["DEPTH_MAX", "syntax_error", "too_deep"]

# Levels of mappings and lists; a policy needs seven.
DEPTH_MAX = 64


def syntax_error(source: Source, problem: yaml.YAMLError) -> Diagnostic:
    """The error that ended the reading of a source, at its place."""
    if not isinstance(problem, yaml.MarkedYAMLError) or problem.problem_mark is None:
        # Characters that no YAML may hold; the parser counts bytes up to them.
        return Diagnostic("L106", "a character that YAML does not allow", _first_refused(source.text), help="remove it")
    at = min(problem.problem_mark.index, len(source.text))
    if problem.problem == "exceeded maximum nesting depth":
        # libyaml has a limit of its own since 0.2.6, and meets it before the first event of what is nested.
        return too_deep(min(at, len(source.text) - 1))
    message, wish = _words(problem.problem or "", source.text[at : at + 1])
    if problem.context is None or problem.context_mark is None or problem.context_mark.index >= at:
        return Diagnostic("L106", message, _token(source.text, at), help=wish)
    start = Span(problem.context_mark.index, problem.context_mark.index + 1)
    if wish == _UNCLOSED:
        return Diagnostic("L106", message, start, help=wish)
    label = Label(start, _CONTEXTS.get(problem.context, "it begins here"))
    return Diagnostic("L106", message, _token(source.text, at), help=wish, labels=(label,))


def too_deep(at: int) -> Diagnostic:
    """The error for a list or mapping, beginning at a place, inside of more than DEPTH_MAX others."""
    message = f"lists and mappings are nested more than {DEPTH_MAX} levels deep"
    return Diagnostic("L003", message, Span(at, at + 1), help="a policy needs no more than seven")


def _words(problem: str, character: str) -> tuple[str, str | None]:
    """A sentence for what the parser says, and what to do about it.

    source: every message that libyaml 0.2.5 and 0.2.6 have in its scanner and its parser
    """
    if problem == "found character that cannot start any token":
        return _STARTS.get(character, (f"`{character}` can't begin a value", "put the value in quotes"))
    return _PROBLEMS.get(problem, ("this is not YAML", problem or None))


_STARTS = {
    "\t": ("a tab stands where the line is indented", "indent with spaces"),
    "%": ("`%` can't begin a value", "put the value in quotes"),
    "": ("the source ends in the middle of a value", None),
}

_UNCLOSED = "close the quotes on the line on which they are opened"
_INDENT = "entries of one list or mapping begin at the same column"
_COLON = "write `key: value`, with a space after the colon; a text with `: ` in it stands in quotes"

_PROBLEMS: dict[str, tuple[str, str | None]] = {
    "mapping values are not allowed in this context": ("a `:` where no key can stand", _COLON),
    "could not find expected ':'": ("a key without its `:`", _COLON),
    "block sequence entries are not allowed in this context": (
        "a `-` where no list can begin",
        "begin it on its own line",
    ),
    "mapping keys are not allowed in this context": ("a `?` where no key can stand", "put the text in quotes"),
    "found unexpected document indicator": ("a document ends inside quotes", _UNCLOSED),
    "found unexpected end of stream": ("a text without its closing quote", _UNCLOSED),
    "found unknown escape character": (
        "a wrong escape in a text",
        'the escapes are `\\\\`, `\\"`, `\\n`, `\\t`, `\\u0041`; between single quotes a backslash is plain text',
    ),
    "did not find expected hexdecimal number": ("an escape that lacks digits", "write `\\x41` or `\\u0041`"),
    "found invalid Unicode character escape code": ("an escape of no character", "use the code point of a character"),
    "found unexpected ':'": ("a `:` inside a list or mapping in brackets", "put the text in quotes"),
    "found a tab character that violates indentation": (
        "a tab stands where the line is indented",
        "indent with spaces",
    ),
    "found a tab character where an indentation space is expected": (
        "a tab stands where the line is indented",
        "indent with spaces",
    ),
    "did not find expected comment or line break": ("something follows where the line should end", None),
    "did not find expected whitespace or line break": ("there is no space where one belongs", None),
    "found an indentation indicator equal to 0": ("an indentation of nothing", "remove the 0"),
    "did not find expected alphabetic or numeric character": (
        "`&` and `*` begin anchors and aliases, which policies do not use",
        "put the text in quotes",
    ),
    "did not find expected <document start>": ("something follows the end of the document", _INDENT),
    "did not find expected node content": ("a value is missing", None),
    "did not find expected '-' indicator": (
        "this is no entry of the list above it",
        f"{_INDENT}; an entry starts with `- `",
    ),
    "did not find expected key": ("this is no key of the mapping above it", _INDENT),
    "did not find expected ',' or ']'": ("a list in brackets goes on without a `,` or ends without a `]`", None),
    "did not find expected ',' or '}'": ("a mapping in braces goes on without a `,` or ends without a `}`", None),
    "found undefined tag handle": ("a tag, which policies do not use", "put the text in quotes"),
    "found incompatible YAML document": ("another version of YAML", "remove the line; policies are read as YAML 1.2"),
    "found duplicate %YAML directive": ("two `%YAML` lines", "remove both; policies are read as YAML 1.2"),
}

_CONTEXTS = {
    "while parsing a block mapping": "the mapping begins here",
    "while parsing a block collection": "the list begins here",
    "while parsing a flow sequence": "the list begins here",
    "while parsing a flow mapping": "the mapping begins here",
    "while scanning a simple key": "the key",
    "while scanning a quoted scalar": "the text begins here",
    "while scanning a plain scalar": "the text begins here",
    "while scanning a block scalar": "the text begins here",
}


def _token(text: str, at: int) -> Span:
    """The word or escape at a place, or the one character."""
    end = at + 2 if text[at : at + 1] == "\\" else at
    while end < len(text) and end - at < 40 and (text[end].isalnum() or text[end] in "_."):
        end += 1
    return Span(at, min(max(end, at + 1), len(text)))


def _first_refused(text: str) -> Span:
    at = next((at for at, character in enumerate(text) if not character.isprintable() and character not in "\t\n"), 0)
    return Span(at, at + 1)
