"""The query of the list: which decisions are looked for, and which page of them; and back into links."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import attrs

from lumyn.api.page.shown import Typed
from lumyn.api.problems import ApiError
from lumyn.labels import LABELS
from lumyn.store.search import Filters
from lumyn.times import spell_time
from lumyn_runtime.vocabulary import VERDICTS

__all__ = ["Field", "Query", "QueryError", "read_query"]

_CHARACTERS_MAX: Final = 256
_AGO: Final = re.compile("([0-9]{1,6})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
# That come along when something is copied; others may be what is looked for.
_BLANKS: Final = " \t\r\n"
_SEQ: Final = re.compile("[0-9]{1,15}")


_ANYTHING: Final = Typed()


class QueryError(ApiError):
    """A query that is not usable; its fields keep what was typed."""

    def __init__(self, detail: str, fields: "tuple[Field, ...]") -> None:
        super().__init__("INVALID_PARAMETER", detail)
        self.fields = fields


@attrs.frozen
class Field:
    """One field of the form.

    name:    of the parameter
    choices: what can be chosen; empty where something is typed
    hint:    what may be typed
    value:   what was chosen or typed; empty for anything
    """

    name: str
    label: str
    choices: tuple[str, ...] = ()
    hint: str = ""
    value: Typed = _ANYTHING


@attrs.frozen
class Query:
    """What a reader asks the list for.

    decision_id:           the one that is asked for by its id, whatever else is asked for; empty for none
    after_seq, before_seq: one of them, or neither, for the newest
    """

    filters: Filters
    fields: tuple[Field, ...]
    decision_id: str = ""
    after_seq: int | None = None
    before_seq: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is looked for in particular."""
        return any(field.value for field in self.fields if field.name != "dry_runs")

    def link(self, **place: int) -> str:
        """The same question, at another place of the log: `before` or `after`."""
        asked: dict[str, str | int] = {field.name: str(field.value) for field in self.fields if field.value}
        return f"/?{urlencode(asked | place)}"


_FIELDS: Final[tuple[Field, ...]] = (
    Field("verdict", "Verdict", tuple(map(str, reversed(VERDICTS)))),
    Field("action", "Action type", hint="support.refund"),
    Field("reason", "Reason code"),
    Field("tenant", "Tenant"),
    Field("target", "Target id"),
    Field("since", "Since (UTC)", hint="2h or 2026-01-31"),
    Field("until", "Until (UTC)", hint="2026-01-31T18:00"),
    Field("label", "Last label", LABELS),
    Field("decision", "Decision id"),
    Field("dry_runs", "Dry runs", ("shown",)),
)
_PLACES: Final = ("before", "after")


def read_query(given: Iterable[tuple[str, str]], now: datetime) -> Query:
    """The query of a call. A field that is left empty does not matter.

    given:  names and values, in order
    errors: QueryError
    """
    values: dict[str, str] = {}
    fields = _FIELDS
    for name, value in given:
        if name in values or name not in {*_PLACES, *(field.name for field in _FIELDS)}:
            what = "twice" if name in values else "and there is no such filter"
            raise QueryError(f"the address names {name[:_CHARACTERS_MAX]!r} {what}", fields)
        if len(value) > _CHARACTERS_MAX:
            raise QueryError(f"{name} has more than {_CHARACTERS_MAX} characters", fields)
        values[name] = value
    fields = tuple(attrs.evolve(field, value=Typed(values.get(field.name, "").strip(_BLANKS))) for field in _FIELDS)
    try:
        filters = _filters({field.name: str(field.value) or None for field in fields}, now)
    except ValueError as error:
        raise QueryError(str(error), fields) from error
    places = {name: values[name] for name in _PLACES if name in values}
    if len(places) > 1 or not all(_SEQ.fullmatch(place) for place in places.values()):
        raise QueryError("the place in the list is none; go to the newest decisions", fields)
    decision_id = next(str(field.value) for field in fields if field.name == "decision")
    return Query(filters, fields, decision_id, **{f"{name}_seq": int(place) for name, place in places.items()})


def _filters(values: Mapping[str, str | None], now: datetime) -> Filters:
    """Raises ValueError, in words."""
    if values["dry_runs"] not in {None, "shown"}:
        raise ValueError("dry_runs is `shown`, or left out")
    filters = Filters(
        since=_moment(values["since"], now),
        until=_moment(values["until"], now),
        tenant=values["tenant"],
        action_type=values["action"],
        verdict=values["verdict"],
        reason_code=values["reason"],
        target=values["target"],
        label=values["label"],
        has_dry_runs=values["dry_runs"] is not None,
    )
    if filters.since is not None and filters.until is not None and filters.since >= filters.until:
        raise ValueError(f"nothing is between {filters.since} and {filters.until}: since has to be the earlier one")
    return filters


def _moment(text: str | None, now: datetime) -> str | None:
    """A moment, or how long ago it was."""
    ago = None if text is None else _AGO.fullmatch(text)
    if ago is None:
        return text
    try:
        return spell_time(now.astimezone(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
    except OverflowError:
        raise ValueError(f"{text} is too long ago") from None
