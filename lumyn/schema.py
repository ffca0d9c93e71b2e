"""The published schemas, as what checks values: all that does not fit is said in words, with its place and no value."""

import difflib
import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

import attrs
import jsonschema_rs

from lumyn.errors import Problem
from lumyn.strict_json import JsonValue

__all__ = ["Schema", "schema", "schema_problem"]

_PROBLEMS_MAX = 20
# What stands for the value in what the validator says itself: a value might be a secret.
_MASK = "this"


@attrs.frozen
class Schema:
    """One published schema.

    document: the schema itself
    fits:     whether a value fits; some µs
    """

    document: dict[str, Any]
    fits: Callable[[JsonValue], bool]
    _errors: Callable[[JsonValue], Iterator[jsonschema_rs.ValidationError]]

    def problems(self, value: JsonValue) -> list[Problem]:
        """All in which a value does not fit, the first twenty; empty where it does."""
        if self.fits(value):
            return []
        return [problem for error in islice(self._errors(value), _PROBLEMS_MAX) for problem in self._said(error)]

    def _said(self, error: jsonschema_rs.ValidationError) -> Iterator[Problem]:
        path = "".join(f"/{_pointer(str(part))}" for part in error.instance_path)
        *way, keyword = error.schema_path
        around: Any = self.document
        for step in way:
            around = around[step]
        kind: Any = error.kind
        match keyword:
            case "required":
                yield Problem(f"{path}/{_pointer(kind.property)}", "is missing")
            case "additionalProperties":
                for key in kind.unexpected:
                    yield Problem(
                        f"{path}/{_pointer(key)}", f"is not known here; {_nearest(key, around['properties'])}"
                    )
            case "enum":
                yield Problem(path, f"is none of {', '.join(map(json.dumps, kind.options))}")
            case "const":
                yield Problem(path, f"is not {json.dumps(around['const'])}")
            case "type":
                yield Problem(path, f"is no {' or '.join(kind.types)}")
            case "minLength" | "minItems":
                yield Problem(path, "is empty" if kind.limit == 1 else f"is shorter than {kind.limit}")
            case "pattern":
                like = around.get("examples", [around["pattern"]])[0]
                yield Problem(path, f"is not written as it must be; write it like {json.dumps(like)}")
            case _:
                yield Problem(path, error.message.removeprefix(f"{_MASK} "))


@cache
def schema(name: str) -> Schema:
    """A published schema, such as `decision_request.v0`. Made once a process, in some ms."""
    document = json.loads((files("lumyn") / "schemas" / f"{name}.json").read_bytes())
    made = jsonschema_rs.validator_for(document, mask=_MASK)
    return Schema(document, made.is_valid, made.iter_errors)


def schema_problem(name: str, value: JsonValue) -> Problem | None:
    """The first thing in which a value does not fit a published schema."""
    return next(iter(schema(name).problems(value)), None)


def _nearest(key: str, known: dict[str, object]) -> str:
    close = difflib.get_close_matches(key, known, 1, 0.6)
    return f"did you mean {close[0]!r}?" if close else f"what is known is {', '.join(known)}"


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
