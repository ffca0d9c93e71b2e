"""The parser that grammar/lumyn.lark describes.

Making one from the grammar takes Lark a quarter of a second, reading a finished one ten milliseconds, so its tables lie
beside the grammar as JSON. They are stamped with what they were made from; when the stamp does not fit, the parser is
made from the grammar. `python -m lumyn_compiler.grammar` writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol, TypeAlias, cast

import attrs
from blake3 import blake3
from lark import Lark, Token, Tree
from lark import __version__ as lark_version
from lark.grammar import Rule
from lark.lexer import PatternStr, TerminalDef
from lark.parsers.lalr_analysis import Shift
from lark.parsers.lalr_parser_state import ParserState

__all__ = ["GRAMMAR_PATH", "PARSER_PATH", "Grammar", "StatementParser", "load_grammar", "takes", "write_parser"]

GRAMMAR_PATH = Path(__file__).with_name("lumyn.lark")
PARSER_PATH = Path(__file__).with_name("parser.json")

_Json: TypeAlias = "dict[str, _Json] | list[_Json] | str | int | float | bool | None"


class StatementParser(Protocol):
    """What is used of Lark's interactive parser, which takes one token after the other. Raises UnexpectedToken."""

    def choices(self) -> Mapping[str, object]:
        """By terminal or rule, what the parser may do next; it may still refuse the terminal when it is fed."""

    def accepts(self) -> set[str]:
        """Terminals that the parser takes next for certain."""

    @property
    def parser_state(self) -> ParserState[int]:
        """Where the parser stands in its table."""

    def feed_token(self, token: Token) -> object:
        """Go on by a token."""

    def feed_eof(self) -> Tree[Token]:
        """End, with the tree."""


def takes(parser: StatementParser, terminal: str) -> bool:
    """Whether the parser takes a terminal next for certain: `terminal in parser.accepts()`, much quicker.

    An LALR table may list a terminal that follows a reduction somewhere, but not here; so the reductions are made, on a
    copy of the states alone.
    """
    states = parser.parser_state.parse_conf.states
    stack = [*parser.parser_state.state_stack]
    while (step := states[stack[-1]].get(terminal)) is not None:
        action, target = step
        if action is Shift:
            return True
        if target.expansion:
            del stack[-len(target.expansion) :]
        stack.append(states[stack[-1]][target.origin.name][1])
        if terminal == "$END" and stack[-1] == parser.parser_state.parse_conf.end_state:
            return True
    return False


@attrs.frozen(slots=False)
class Grammar:
    """A parser of single statements, and what a scanner must know of its terminals."""

    parser: Lark

    @cached_property
    def scanner(self) -> re.Pattern[str]:
        """Matches anywhere: the name of the group that matched is the terminal, `SIGN`, or `OTHER` for what is none."""
        patterns = sorted(
            (terminal for terminal in self.parser.terminals if not isinstance(terminal.pattern, PatternStr)),
            key=lambda terminal: (-terminal.priority, terminal.name),
        )
        signs = sorted(map(re.escape, self.signs), key=len, reverse=True)
        groups = [f"(?P<{terminal.name}>{terminal.pattern.to_regexp()})" for terminal in patterns]
        return re.compile("|".join([*groups, f"(?P<SIGN>{'|'.join(signs)})", "(?P<OTHER>.)"]), re.DOTALL)

    @cached_property
    def keywords(self) -> dict[str, str]:
        """Keyword to terminal."""
        return {text: name for text, name in self._strings.items() if text.isalpha()}

    @cached_property
    def signs(self) -> dict[str, str]:
        """Sign to terminal."""
        return {text: name for text, name in self._strings.items() if not text.isalpha()}

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Terminal to keyword or sign."""
        return {name: text for text, name in self._strings.items()}

    @cached_property
    def statement_keywords(self) -> frozenset[str]:
        """Terminals that begin a statement."""
        return frozenset(self.begin().accepts())

    def begin(self) -> StatementParser:
        """A parser at the beginning of a statement."""
        return cast("StatementParser", self.parser.parse_interactive())

    def next_statement(self, text: str, at: int) -> int | None:
        """Where the next line begins a statement, the line of that offset included if only blanks stand before it."""
        line_start = text.rfind("\n", 0, at) + 1
        match = self._head.search(text, at if text[line_start:at].strip(" \t") else line_start)
        return None if match is None else match.start("keyword")

    def begins_statement(self, text: str, at: int) -> bool:
        """Whether the word at that offset stands first on its line and looks like the beginning of a statement."""
        match = self._head.match(text, text.rfind("\n", 0, at) + 1)
        return match is not None and match.start("keyword") == at

    @cached_property
    def _head(self) -> re.Pattern[str]:
        """The keyword of a statement, first on its line; a keyword in capitals is an error that the parser explains."""
        keywords = "|".join(sorted(self.spellings[name] for name in self.statement_keywords))
        claim = r"always[ \t]+(?:at[ \t]+least\b|\w+[ \t]+for\b)"
        pattern = rf"^[ \t]*(?P<keyword>(?=(?!always\b)|{claim})(?:{keywords}))(?:[ \t]+[\w\"]|[ \t]*=)"
        return re.compile(pattern, re.MULTILINE | re.IGNORECASE)

    @property
    def _strings(self) -> dict[str, str]:
        return {t.pattern.value: t.name for t in self.parser.terminals if isinstance(t.pattern, PatternStr)}


@lru_cache(maxsize=1)
def load_grammar(tables: Path = PARSER_PATH) -> Grammar:
    """The parser, from its tables where they fit the grammar and this Lark."""
    text = GRAMMAR_PATH.read_text(encoding="utf-8")
    try:
        shipped = json.loads(tables.read_bytes(), object_hook=_with_numbers)
    except FileNotFoundError:
        shipped = {}
    if shipped.get("stamp") == _stamp(text):
        return Grammar(Lark.load(shipped["parser"]))
    return Grammar(_make(text))


def write_parser(path: Path = PARSER_PATH) -> None:
    """Write the tables of the grammar's parser."""
    text = GRAMMAR_PATH.read_text(encoding="utf-8")
    tables, memo = _make(text).memo_serialize([TerminalDef, Rule])
    shipped = {"stamp": _stamp(text), "parser": {"data": tables, "memo": memo}}
    path.write_text(json.dumps(shipped, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


def _make(text: str) -> Lark:
    # Every token is kept, so that a node's span is that of its first and last token. The lexer is never used (see
    # syntax.py); the basic one is the cheapest to make.
    return Lark(text, start="statement", parser="lalr", lexer="basic", keep_all_tokens=True, maybe_placeholders=False)


def _stamp(text: str) -> str:
    return f"lark {lark_version}, grammar blake3:{blake3(text.encode()).hexdigest()}"


def _with_numbers(mapping: dict[str, _Json]) -> dict[str | int, _Json]:
    """A mapping whose keys are numbers where they look like it: JSON has only texts, Lark numbers its states."""
    return {int(key) if key.isdecimal() else key: value for key, value in mapping.items()}


if __name__ == "__main__":
    write_parser()
