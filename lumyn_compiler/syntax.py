"""Source → syntax trees, one a statement. Many errors come out of one run, which takes time linear in the source.

Words are scanned whole before the parser is asked whether it can take them as keywords, so `forsupport` is never read as
`for support`; where it can't, they are names. After an error, reading goes on at the next line that begins a statement.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import attrs
from lark import Token, Tree, UnexpectedToken

from lumyn_compiler.diagnostic import ERROR_COUNT_MAX, Diagnostic
from lumyn_compiler.failure import BEFORE_COUNT_MAX, END, Failure, Lexeme
from lumyn_compiler.grammar import Grammar, load_grammar, takes
from lumyn_compiler.kind_glimpse import glimpse_kinds
from lumyn_compiler.policy import Comment
from lumyn_compiler.source import Source, Span
from lumyn_compiler.syntax_help import explain, too_many_errors
from lumyn_runtime.vocabulary import Kind

__all__ = ["COMMENTS_MAX", "NESTING_MAX", "STATEMENT_TOKENS_MAX", "Parsed", "Reading", "parse_statements"]

# Parentheses and `not`s around one predicate.
NESTING_MAX = 64

# Words and signs of one statement: a list of 65,000 constants, or a condition of 32,000 questions; a second of parsing.
STATEMENT_TOKENS_MAX = 2**17

# Comments of one source: a few for each of 10,000 rules. They are kept to the end, as some of them are waivers.
COMMENTS_MAX = 200_000

# Names may be spelled like keywords; when the parser stops right after one of these, it was no name.
_NEVER_MEANT_AS_NAMES = frozenset(
    {"and", "ask", "because", "else", "expect", "for", "given", "oblige", "or", "require", "then", "version", "when"}
)

_LARK_END = "$END"


@attrs.frozen
class Parsed:
    """What was read of a source, in its order.

    statements: every token is kept, with its offsets
    comments:   of the parts that could be read
    """

    statements: tuple[Tree[Token], ...]
    comments: tuple[Comment, ...]
    diagnostics: tuple[Diagnostic, ...]


def parse_statements(source: Source) -> Parsed:
    """Read every statement that can be read; at most ERROR_COUNT_MAX errors are told."""
    reading = Reading(source)
    statements = tuple(reading.statements())
    return Parsed(statements, tuple(reading.comments), tuple(reading.diagnostics))


class _NestedTooDeeplyError(Exception):
    """More than NESTING_MAX parentheses and `not`s are open."""


class _TooLongError(Exception):
    """More than STATEMENT_TOKENS_MAX words and signs in one statement."""


class _Statement:
    """A statement that is being parsed."""

    def __init__(self, grammar: Grammar) -> None:
        self.parser = grammar.begin()
        self.tokens: list[Token] = []
        self._open: list[str] = []

    def take(self, token: Token) -> None:
        """Go on by a token. Raises UnexpectedToken, _NestedTooDeeplyError, _TooLongError."""
        self.parser.feed_token(token)
        self.tokens.append(token)
        if len(self.tokens) > STATEMENT_TOKENS_MAX:
            raise _TooLongError
        opened = self._open
        if token.type in {"NOT", "LPAR"}:
            opened.append(token.type)
            if len(opened) > NESTING_MAX:
                raise _NestedTooDeeplyError
        elif opened:
            if token.type == "RPAR":
                while opened.pop() != "LPAR":
                    pass
            # A `not` ends with what it negates.
            while opened and opened[-1] == "NOT":
                opened.pop()


class Reading:
    """One run over a source, statement by statement: a large source's trees need not all be there at once.

    comments:    those of what was read so far
    diagnostics: empty until everything was read
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.grammar = load_grammar()
        self.comments: list[Comment] = []
        self.diagnostics: list[Diagnostic] = []
        self.statement = _Statement(self.grammar)
        self._found: list[Diagnostic | Failure] = []
        self._kinds: dict[str, Kind] = {}

    def statements(self) -> Iterator[Tree[Token]]:
        """Every statement that can be read, in its order. What is wrong is told at the end, when all kinds are known."""
        at: int | None = 0
        while at is not None:
            at = yield from self._read(at)
            if at is not None and len(self._found) == ERROR_COUNT_MAX:
                self._found.append(too_many_errors(at))
                break
        self.diagnostics += [explain(found) if isinstance(found, Failure) else found for found in self._found]

    def _read(self, at: int) -> Generator[Tree[Token], None, int | None]:
        """Read from an offset up to the first error. Returns where to go on after it, None where there is no more."""
        self.statement = _Statement(self.grammar)
        for match in self.grammar.scanner.finditer(self.source.text, at):
            terminal = match.lastgroup
            if terminal == "WHITE_SPACE":
                continue
            start, end = match.span()
            if terminal == "COMMENT":
                if len(self.comments) >= COMMENTS_MAX:
                    self._found.append(_too_many_comments(start))
                    return None
                self.comments.append(Comment(match.group().rstrip(), span=Span(start, end)))
                continue
            assert terminal is not None, "every alternative of the scanner has a name"
            token = Token(terminal, match.group(), start, end_pos=end)
            try:
                whole = self._name(token)
                if whole is not None:
                    yield whole
                self.statement.take(token)
            except UnexpectedToken:
                return self._fail(token)
            except _NestedTooDeeplyError:
                self._found.append(_nested_too_deeply(token))
                return self.grammar.next_statement(self.source.text, end)
            except _TooLongError:
                self._found.append(_too_long(self.statement.tokens[0]))
                return self.grammar.next_statement(self.source.text, end)
        if not self.statement.tokens:
            return None
        try:
            yield self._end()
        except UnexpectedToken:
            end = _span(self.statement.tokens[-1]).end
            return self._fail(Token(END, "", end, end_pos=end))
        return None

    def _name(self, token: Token) -> Tree[Token] | None:
        """Say which terminal a word or sign is here; where it begins a statement, the one before it is returned."""
        if token.type == "SIGN":
            token.type = self.grammar.signs[token]
        elif token.type == "NAME":
            keyword = self.grammar.keywords.get(token)
            if keyword is not None:
                if takes(self.statement.parser, keyword):
                    token.type = keyword
                elif keyword in self.grammar.statement_keywords and takes(self.statement.parser, _LARK_END):
                    whole = self._end()
                    self.statement = _Statement(self.grammar)
                    token.type = keyword
                    return whole
        return None

    def _end(self) -> Tree[Token]:
        """The statement, which is whole. Raises UnexpectedToken where it is not."""
        whole = self.statement.parser.feed_eof()
        if self.statement.tokens[0].type == "EVIDENCE":
            self._kinds.update(glimpse_kinds(self.statement.tokens))
        return whole

    def _fail(self, token: Token) -> int | None:
        """Explain an error; returns where to go on."""
        tokens = self.statement.tokens
        index = self._taken_for_name()
        if index is not None:
            found, before, expected, whole = tokens[index], tokens[:index], frozenset({"NAME"}), False
        else:
            found, before, (expected, whole) = token, tokens, self._expected()
        interrupts = bool(before) and self._begins_statement(found)
        starts = self.grammar.statement_keywords if whole or not before else ()
        failure = Failure(
            self.source,
            self._lexeme(found, self.grammar.keywords.get(found, found.type)),
            tuple(self._lexeme(token, token.type) for token in before[-BEFORE_COUNT_MAX:]),
            self._clauses(before),
            frozenset(map(self._spelling, expected)),
            frozenset(map(self._spelling, starts)),
            statement=str(before[0]) if before else None,
            interrupts=interrupts,
            kinds=self._kinds,
        )
        self._found.append(failure)
        span = failure.found.span
        return self.grammar.next_statement(self.source.text, span.start if interrupts else span.end)

    def _expected(self) -> tuple[frozenset[str], bool]:
        """Terminals that could go on with the statement, and whether it is whole without them."""
        if not self.statement.tokens:
            return frozenset(), False
        accepted = self.statement.parser.accepts()
        return frozenset(accepted - {_LARK_END}), _LARK_END in accepted

    def _taken_for_name(self) -> int | None:
        """Which of the last tokens was taken for a name, but was meant as a keyword: what belongs before it is missing."""
        tokens = self.statement.tokens
        for place in range(max(1, len(tokens) - 3), len(tokens)):
            if tokens[place].type == "NAME" and self._begins_statement(tokens[place]):
                return place
        last = len(tokens) - 1
        return last if last > 0 and tokens[last].type == "NAME" and tokens[last] in _NEVER_MEANT_AS_NAMES else None

    def _begins_statement(self, token: Token) -> bool:
        return token in self.grammar.keywords and self.grammar.begins_statement(self.source.text, _span(token).start)

    def _clauses(self, tokens: list[Token]) -> dict[str, Span]:
        clauses: dict[str, Span] = {}
        for token in tokens:
            if self.grammar.keywords.get(token) == token.type:
                clauses.setdefault(str(token), _span(token))
        return clauses

    def _lexeme(self, token: Token, terminal: str) -> Lexeme:
        return Lexeme(self._spelling(terminal), str(token), _span(token))

    def _spelling(self, terminal: str) -> str:
        return self.grammar.spellings.get(terminal, terminal)


def _span(token: Token) -> Span:
    assert token.start_pos is not None, "the scanner gives every token its place"
    assert token.end_pos is not None, "the scanner gives every token its place"
    return Span(token.start_pos, token.end_pos)


def _too_many_comments(at: int) -> Diagnostic:
    return Diagnostic(
        "L001",
        f"the source has more than {COMMENTS_MAX:,} comments",
        Span(at, at + 1),
        help="split the policy, or keep long texts about it elsewhere",
    )


def _nested_too_deeply(token: Token) -> Diagnostic:
    return Diagnostic(
        "L003",
        f"more than {NESTING_MAX} parentheses and `not`s inside each other",
        _span(token),
        help="give parts of the condition names: `condition low_risk = …`",
    )


def _too_long(first: Token) -> Diagnostic:
    return Diagnostic(
        "L006",
        f"this statement has more than {STATEMENT_TOKENS_MAX:,} words and signs",
        _span(first),
        help="split it into several rules, each with a part of the list or of the condition",
    )
