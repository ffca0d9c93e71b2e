"""`/`: decisions, the newest first, a page at a time."""

import sys
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import attrs
from starlette.responses import RedirectResponse, Response

from lumyn.api.endpoint import Call
from lumyn.api.page.query import Query, QueryError, read_query
from lumyn.api.page.rendering import Frame, rendered
from lumyn.api.page.shown import cut, moment_text
from lumyn.api.reading import off_loop
from lumyn.archive import Archive
from lumyn.store.errors import EntryAlteredError, EntryErasedError
from lumyn.store.search import Found

__all__ = ["show_list"]

_PAGE: Final = 50
_INTENT_MAX: Final = 160
_NAME_MAX: Final = 80


@attrs.frozen
class Line:
    """A decision in the list.

    target, amount, tenant, label: empty where there is none
    is_altered: whether the log says otherwise of its bytes, or of what was said of it; nothing of them is shown
    """

    decision_id: str
    created_at: str
    moment: str
    verdict: str
    reason_codes: tuple[str, ...]
    action_type: str
    intent: str
    target: str
    amount: str
    tenant: str
    label: str
    labelled_by: str
    is_dry_run: bool
    is_advisory: bool
    is_altered: bool


@attrs.frozen
class Listing:
    """A page of the list.

    newer, older: where the next pages are; empty where there are none
    """

    lines: tuple[Line, ...]
    newer: str
    older: str


async def show_list(call: Call) -> Response:
    """Decisions that are looked for."""
    try:
        query = read_query(call.request.query_params.multi_items(), datetime.now(UTC))
    except QueryError as error:
        empty = Listing((), "", "")
        frame = Frame.of(call, "decisions")
        return rendered(
            "list.html", frame, 400, fields=error.fields, listing=empty, problem=error.detail, is_narrowed=True
        )
    if query.decision_id:
        return RedirectResponse(f"/decisions/{quote(query.decision_id, safe='')}", 303)
    return await off_loop(partial(_rendered, call, query))


def _rendered(call: Call, query: Query) -> Response:
    listing = _listing(call.service.gateway.archive, query)
    return rendered(
        "list.html",
        Frame.of(call, "decisions"),
        fields=query.fields,
        listing=listing,
        problem="",
        is_narrowed=query.is_narrowed,
    )


def _listing(archive: Archive, query: Query) -> Listing:
    """One more is looked for than is shown, so that it is known whether there is another page."""
    has_newer = False
    found: list[Found] = []
    if query.after_seq is not None:
        found = archive.page(query.filters, after_seq=query.after_seq, limit=_PAGE + 1, newest_first=False)
        has_newer = len(found) > _PAGE
    if has_newer:
        shown, has_older = found[_PAGE - 1 :: -1], True
    else:
        # Where fewer are newer than a page holds, the newest page has them all.
        before = sys.maxsize if query.before_seq is None else query.before_seq
        found = archive.page(query.filters, after_seq=before, limit=_PAGE + 1, newest_first=True)
        shown, has_older = found[:_PAGE], len(found) > _PAGE
        has_newer = bool(shown) and query.before_seq is not None
    return Listing(
        tuple(_line(archive, one) for one in shown),
        query.link(after=shown[0].seq) if has_newer else "",
        query.link(before=shown[-1].seq) if has_older else "",
    )


def _line(archive: Archive, found: Found) -> Line:
    record: dict[str, Any] = {}
    label: dict[str, Any] = {}
    is_altered = False
    try:
        record = archive.record(found.decision_id).to_dict()
        label = archive.last_label(found.decision_id) or {}
    except EntryErasedError:  # since it was found
        pass
    except EntryAlteredError:
        is_altered = True
    action: dict[str, Any] = record.get("request", {}).get("action", {})
    amount = action.get("amount", {})
    return Line(
        found.decision_id,
        found.created_at,
        moment_text(found.created_at),
        found.verdict,
        tuple(record.get("reason_codes", ())),
        found.action_type,
        cut(found.intent, _INTENT_MAX),
        cut(" ".join(name for name in (found.target_system, found.target_id) if name is not None), _NAME_MAX),
        " ".join(str(amount[key]) for key in ("value", "currency") if key in amount),
        cut(found.tenant or "", _NAME_MAX),
        label.get("label", ""),
        cut(label.get("actor", ""), _NAME_MAX),
        found.is_dry_run,
        found.mode == "advisory",
        is_altered,
    )
