"""The words that policies, artifacts and records share: verdicts, stages, kinds, reserved names."""

from __future__ import annotations

from lumyn_runtime.frozen import Frozen, Shared, set_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Final

__all__ = [
    "BLANK",
    "DEFAULT_RULE_ID",
    "ENGINE_REASONS",
    "INVALID_EVIDENCE",
    "INVALID_REQUEST_SCHEMA",
    "KIND_NAMES",
    "MAGNITUDE_MAX",
    "MODES",
    "NO_MATCH",
    "OBLIGATION_KINDS",
    "RESERVED_RULE_IDS",
    "RULE_STAGES",
    "SEMANTICS_VERSION",
    "SEVERITIES",
    "STAGES",
    "VERDICTS",
    "Kind",
    "Verdict",
]

# A change of any rule of evaluation changes this number; an artifact of another number is refused.
SEMANTICS_VERSION: Final = 1

# Rules may stand in the first four; DEFAULT is the engine's own.
STAGES: Final = ("REQUIREMENTS", "HARD_BLOCKS", "ESCALATIONS", "TRUST_PATHS", "DEFAULT")
RULE_STAGES: Final = STAGES[:-1]
KIND_NAMES: Final = ("text", "number", "integer", "boolean", "one of", "set of text", "scalar")
MODES: Final = ("enforce", "advisory")
OBLIGATION_KINDS: Final = ("check", "log", "rate_limit", "required_evidence", "rollback_hint")
SEVERITIES: Final = ("info", "warning", "critical")

DEFAULT_RULE_ID: Final = "DEFAULT"
NO_MATCH: Final = "NO_MATCH_DEFAULT_ESCALATE"
INVALID_EVIDENCE: Final = "INVALID_EVIDENCE"
INVALID_REQUEST_SCHEMA: Final = "INVALID_REQUEST_SCHEMA"
RESERVED_RULE_IDS: Final = (DEFAULT_RULE_ID, INVALID_EVIDENCE, INVALID_REQUEST_SCHEMA)

# Reason codes that only the engine and the gateway give, with the sentence for each.
ENGINE_REASONS: Final = {
    NO_MATCH: "No rule of the policy matched, so a person decides.",
    INVALID_REQUEST_SCHEMA: "The request is not one that can be decided.",
    INVALID_EVIDENCE: "Some input that the decision reads is not of its declared kind.",
    "INVALID_POLICY": "The policy could not be used.",
    "STORAGE_UNAVAILABLE": "The decision could not be recorded.",
    "GATEWAY_OVERLOADED": "The gateway could not take the decision on.",
}

# Integers beyond it are not exact as doubles, so a larger number is ill-typed however it is spelled.
MAGNITUDE_MAX: Final = 2**53

# Text of these code points alone is missing: Unicode White_Space, the separators U+001C to U+001F that Python also
# strips, and the characters that have no width (a ticket id of zero-width spaces is no ticket id).
BLANK: Final = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u180e"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d"
    "\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)


class Verdict(Shared, str):
    """What the gate answers. Only TRUST lets an action through; a higher strength wins over a lower one."""

    __slots__ = ("proceeds", "strength")

    TRUST: ClassVar[Verdict]
    ESCALATE: ClassVar[Verdict]
    QUERY: ClassVar[Verdict]
    ABSTAIN: ClassVar[Verdict]

    strength: int
    proceeds: bool

    def __new__(cls, name: str) -> Verdict:  # noqa: PYI034 - there are four, and never a fifth
        """Return the one verdict of that name; ValueError for any other name."""
        found = _VERDICTS.get(name)
        if found is None:
            raise ValueError(f"no verdict is called {name!r}")
        return found

    def __repr__(self) -> str:
        return f"Verdict.{self}"

    def __str__(self) -> str:
        return str.__str__(self)

    def __reduce__(self) -> tuple[type[Verdict], tuple[str]]:
        return (Verdict, (str.__str__(self),))


def _verdict(name: str, strength: int) -> Verdict:
    made = str.__new__(Verdict, name)
    set_once(made, "strength", strength)
    set_once(made, "proceeds", name == "TRUST")
    return made


_VERDICTS: dict[str, Verdict] = {
    name: _verdict(name, strength) for strength, name in enumerate(("TRUST", "ESCALATE", "QUERY", "ABSTAIN"))
}
for _name, _made in _VERDICTS.items():
    setattr(Verdict, _name, _made)

# From the weakest to the strongest.
VERDICTS: Final = tuple(_VERDICTS.values())


class Kind(Frozen):
    """The type of an attribute.

    name:    "text", "number", "integer", "boolean", "one of", "set of text" or "scalar"
    low:     smallest value of a number or integer, included; None where there is no bound
    high:    largest value, included; None likewise
    members: the texts of a "one of", as declared; empty for every other kind
    """

    __slots__ = ("high", "low", "members", "name")

    name: str
    low: float | None
    high: float | None
    members: tuple[str, ...]

    def __init__(
        self, name: str, low: float | None = None, high: float | None = None, members: tuple[str, ...] = ()
    ) -> None:
        set_once(self, "name", name)
        set_once(self, "low", low)
        set_once(self, "high", high)
        set_once(self, "members", members)

    def __repr__(self) -> str:
        return f"Kind({self})"

    def __str__(self) -> str:
        """Spell the kind as a `.lumyn` file does: `number from 0 to 1`, `one of (low, medium)`."""
        if self.name == "one of":
            return f"one of ({', '.join(spell_word(member) for member in self.members)})"
        low = "" if self.low is None else f" from {spell_number(self.low)}"
        high = "" if self.high is None else f" to {spell_number(self.high)}"
        return f"{self.name}{low}{high}"


def spell_number(value: float) -> str:
    """Spell a number with the fewest digits that read back the same; integral ones without a point."""
    return str(int(value)) if value == int(value) else repr(value)


def spell_word(text: str) -> str:
    """Spell a member as a bare word where it is one, else quoted as in a `.lumyn` file."""
    word = text.replace("_", "a").replace("-", "a")
    if word.isascii() and word.isalnum() and not text[0].isdigit() and text[0] != "-" and text not in ("true", "false"):
        return text
    return spell_text(text)


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def spell_text(text: str) -> str:
    """Quote a text as a `.lumyn` file does; characters that do not print are written as escapes."""
    spelled = []
    for character in text:
        code_point = ord(character)
        if character in _ESCAPES:
            spelled.append(_ESCAPES[character])
        elif character == " " or character.isprintable():
            spelled.append(character)
        elif code_point > 0xFFFF:
            spelled.append(f"\\u{{{code_point:x}}}")
        else:
            spelled.append(f"\\u{code_point:04x}")
    return '"' + "".join(spelled) + '"'
