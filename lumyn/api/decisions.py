"""`GET /v0/decisions/{decision_id}` and `GET /v0/decisions`: a stored record, and a page of those that are looked for."""

import re
from typing import Final

import attrs
from starlette.responses import JSONResponse, Response

from lumyn.api.cursors import Cursors
from lumyn.api.endpoint import Call, Guard, route
from lumyn.api.parameters import invalid, one_of, read_parameters, whole_number
from lumyn.api.problems import ApiError
from lumyn.api.reading import off_loop
from lumyn.archive import Archive
from lumyn.decision_record import DecisionRecord
from lumyn.labels import LABELS
from lumyn.store.errors import EntryErasedError, EntryNotFoundError
from lumyn.store.search import Filters
from lumyn_runtime.vocabulary import VERDICTS

__all__ = ["DECISION", "DECISIONS", "FILTERS", "LIMIT_DEFAULT", "LIMIT_MAX", "ORDERS", "record_of"]

FILTERS: Final = tuple(field.name for field in attrs.fields(Filters))
LIMIT_MAX: Final = 1_000
LIMIT_DEFAULT: Final = 100
ORDERS: Final = ("newest", "oldest")

_DECISION_ID: Final = re.compile(r"dec_[0-9A-HJKMNP-TV-Z]{26}")
_WORDS: Final = {"verdict": VERDICTS, "label": LABELS}
_TIMES: Final = ("since", "until")
_BOOLEANS: Final = {"true": True, "false": False}


def record_of(archive: Archive, decision_id: str) -> DecisionRecord:
    """A record. Raises ApiError where there is none; StoreError."""
    if not _DECISION_ID.fullmatch(decision_id):
        # The database need not be asked for it.
        raise ApiError("DECISION_NOT_FOUND", "an id is dec_ and 26 letters and digits, as records have it")
    try:
        return archive.record(decision_id)
    except EntryNotFoundError:
        raise ApiError("DECISION_NOT_FOUND", "no decision of this log has this id") from None
    except EntryErasedError as error:
        raise ApiError("DECISION_ERASED", "the log says that it was there, and why it went") from error


async def _decision(call: Call) -> Response:
    """The very bytes that are stored."""
    read_parameters(call.request)
    decision_id = call.request.path_params["decision_id"]
    call.is_about(decision_id)
    record = await off_loop(lambda: record_of(call.service.gateway.archive, decision_id))
    return Response(record.content, media_type="application/json")


async def _decisions(call: Call) -> Response:
    given = read_parameters(call.request, (*FILTERS, "limit", "order", "cursor"))
    filters = _filters(given)
    limit = whole_number("limit", given.get("limit", str(LIMIT_DEFAULT)), 1, LIMIT_MAX)
    order = one_of("order", given.get("order", ORDERS[0]), ORDERS)
    archive = call.service.gateway.archive
    cursors = Cursors(archive.store.key, filters, order)
    after = cursors.read(given["cursor"]) if "cursor" in given else -1
    if after is None:
        raise invalid("cursor", "is none of this search's; take the `next` of its last page, or leave it out")
    # One more than is shown says whether there is a next page.
    found = await off_loop(
        lambda: archive.page(filters, after_seq=after, limit=limit + 1, newest_first=order == ORDERS[0])
    )
    shown = found[:limit]
    following = cursors.write(shown[-1].seq) if len(found) > limit else None
    return JSONResponse({"decisions": [attrs.asdict(one) for one in shown], "next": following})


def _filters(given: dict[str, str]) -> Filters:
    """What is looked for. Raises ApiError."""
    values: dict[str, object] = {}
    for name, value in given.items():
        if name not in FILTERS:
            continue
        if name in _WORDS:
            values[name] = one_of(name, value, _WORDS[name])
        elif name == "has_dry_runs":
            values[name] = _BOOLEANS[one_of(name, value, tuple(_BOOLEANS))]
        else:
            values[name] = value
        try:
            Filters(**{name: values[name]})  # type: ignore[arg-type]
        except ValueError as error:
            # A time with an offset, of which a query makes a blank.
            hint = "; a + in a query is written %2B" if name in _TIMES and " " in value else ""
            raise invalid(name, f"is not usable: {error}{hint}") from error
    filters = Filters(**values)  # type: ignore[arg-type]
    if filters.since is not None and filters.until is not None and filters.since >= filters.until:
        raise invalid("since", f"is {filters.since}, and until is {filters.until}: nothing is between them")
    return filters


DECISION: Final = route("/v0/decisions/{decision_id}", _decision, method="GET", guard=Guard.READ)
DECISIONS: Final = route("/v0/decisions", _decisions, method="GET", guard=Guard.READ)
