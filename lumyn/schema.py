"""The published schemas, as what checks values: all that does not fit is said in words, with its place and no value."""

import difflib
import json
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import fastjsonschema

from lumyn.errors import Problem
from lumyn.strict_json import JsonValue

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

__all__ = ["Schema", "fits_by_python", "fits_by_rust", "schema", "schema_problem"]

Fits = Callable[[JsonValue], bool]

_PROBLEMS_MAX = 20
_UNWANTED = "does not belong here"


class Schema:
    """One published schema.

    document: the schema itself
    fits:     whether a value fits. Some 10 µs for a request, and 2 µs where the extra `fast` is installed
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.fits: Fits = fits_by_rust(document) or fits_by_python(document)

    def problems(self, value: JsonValue) -> list[Problem]:
        """All in which a value does not fit, the first twenty; empty where it does."""
        if self.fits(value):
            return []
        problems = (problem for error in self._teller.iter_errors(value) for problem in _said(error))
        # What does not belong there may only seem so because of the others.
        said = sorted(problems, key=lambda problem: (problem.detail == _UNWANTED, problem))[:_PROBLEMS_MAX]
        return said or [Problem("", "does not fit its schema")]

    @cached_property
    def _teller(self) -> "Draft202012Validator":
        """What tells all that is wrong; much slower, so it is asked where something is."""
        from jsonschema import Draft202012Validator  # noqa: PLC0415 -- 0.1 s that few processes need

        return Draft202012Validator(self.document)


def fits_by_python(document: dict[str, Any]) -> Fits:
    """Whether values fit a schema, by checks that are generated from it once a process."""
    check: Callable[[JsonValue], object] = fastjsonschema.compile(document)

    def fits(value: JsonValue) -> bool:
        try:
            check(value)
        except fastjsonschema.JsonSchemaValueException:
            return False
        return True

    return fits


def fits_by_rust(document: dict[str, Any]) -> Fits | None:
    """The same by a library that is much quicker and takes 15 MB; None where it is not installed."""
    try:
        import jsonschema_rs  # noqa: PLC0415 -- it need not be there
    except ImportError:
        return None
    return jsonschema_rs.validator_for(document).is_valid


def _said(error: "ValidationError") -> Iterator[Problem]:
    """An error in words. What the library says itself repeats the value, which might be a secret."""
    path = "".join(f"/{_pointer(str(part))}" for part in error.absolute_path)
    wanted: Any = error.validator_value
    around: Any = error.schema
    match error.validator:
        case "required":
            assert isinstance(error.instance, dict)
            # One error for each that is missing; the message alone says which.
            for key in wanted:
                if key not in error.instance and error.message.startswith(repr(key)):
                    yield Problem(f"{path}/{_pointer(key)}", "is missing")
        case "additionalProperties":
            assert isinstance(error.instance, dict)
            for key in error.instance:
                if key not in around["properties"]:
                    yield Problem(
                        f"{path}/{_pointer(key)}", f"is not known here; {_nearest(key, around['properties'])}"
                    )
        case "enum":
            yield Problem(path, f"is none of {', '.join(map(json.dumps, wanted))}")
        case "const":
            yield Problem(path, f"is not {json.dumps(wanted)}")
        case "type":
            yield Problem(path, f"is no {' or '.join([wanted] if isinstance(wanted, str) else wanted)}")
        case "minLength" | "minItems":
            yield Problem(path, "is empty" if wanted == 1 else f"is shorter than {wanted}")
        case "maxLength":
            yield Problem(path, f"is longer than {wanted} characters")
        case "pattern":
            yield Problem(
                path, f"is not written as it must be; write it like {json.dumps(around.get('examples', [wanted])[0])}"
            )
        case "not" if set(wanted) == {"required"}:
            yield from (Problem(f"{path}/{_pointer(key)}", _UNWANTED) for key in wanted["required"])
        case _:
            yield Problem(path, f"does not fit its schema ({error.validator})")


@cache
def schema(name: str) -> Schema:
    """A published schema, such as `decision_request.v0`. Made once a process, in some 30 ms."""
    document = json.loads((files("lumyn") / "schemas" / f"{name}.json").read_bytes())
    return Schema(document)


def schema_problem(name: str, value: JsonValue) -> Problem | None:
    """The first thing in which a value does not fit a published schema."""
    return next(iter(schema(name).problems(value)), None)


def _nearest(key: str, known: dict[str, object]) -> str:
    close = difflib.get_close_matches(key, known, 1, 0.6)
    return f"did you mean {close[0]!r}?" if close else f"what is known is {', '.join(known)}"


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
