"""The derived file: what records are searched by, and what labels taught. It follows the log; deleting it loses nothing."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import attrs

from lumyn.labels import LABELS
from lumyn.store import RecordStore, search_labels
from lumyn.store.follower import DECISION_COLUMNS, Features, Follower
from lumyn.store.search_labels import LabelScope, Situation
from lumyn.store.search_schema import connect_follower, empty, open_search
from lumyn.store.search_wipe import wipe
from lumyn.times import time_text
from lumyn_runtime.vocabulary import VERDICTS

__all__ = ["Filters", "Found", "SearchFile", "iterate"]

_BATCH: Final = 2_000


def _moment(text: str | None) -> str | None:
    """A moment as records have it, so that texts compare as moments do."""
    if text is None:
        return None
    try:
        return time_text(text)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{text!r} is no moment; write it like 2026-01-31T12:00:00Z, or 2026-01-31") from None


def _one_of(known: Sequence[str]) -> Callable[[object, object, str | None], None]:
    """Refuse a word that nothing can have, since nothing would be found, as if all were well."""

    def check(_: object, __: object, value: str | None) -> None:
        if value is not None and value not in known:
            raise ValueError(f"{value!r} is none of {', '.join(known)}")

    return check


@attrs.frozen
class Filters:
    """What is looked for; whatever is None does not matter.

    since, until: RFC 3339, or a date; in UTC where no offset is named; since is included, until is not
    target:       id of the resource
    label:        the last one
    errors:       ValueError for a time that is none, or a verdict or label that does not exist
    """

    since: str | None = attrs.field(default=None, converter=_moment)
    until: str | None = attrs.field(default=None, converter=_moment)
    tenant: str | None = None
    action_type: str | None = None
    verdict: str | None = attrs.field(default=None, validator=_one_of(VERDICTS))
    reason_code: str | None = None
    rule_id: str | None = None
    target: str | None = None
    correlation_id: str | None = None
    context_digest: str | None = None
    label: str | None = attrs.field(default=None, validator=_one_of(LABELS))
    has_dry_runs: bool = False


@attrs.frozen
class Found:
    """One decision that was found: what a list shows."""

    seq: int
    decision_id: str
    created_at: str
    tenant: str | None
    action_type: str
    verdict: str
    mode: str
    is_dry_run: bool = attrs.field(converter=bool)
    request_id: str | None
    policy_hash: str
    target_system: str | None
    target_id: str | None
    correlation_id: str | None
    context_digest: str
    intent: str


class SearchFile:
    """The derived file of one store. Safe for threads.

    path:     made where it is not there; one of another store, or of another version, is made anew
    features: what a labelled decision is remembered by
    """

    def __init__(self, path: Path, store: RecordStore, features: Features) -> None:
        self._path = path
        self._store = store
        self._features = features
        self._lock = Lock()
        self._connection = open_search(path, store.store_id)
        # Another connection follows, so that nobody who searches or decides waits for it.
        self._asked_window: tuple[str, str, int] | None = None
        self._found_window = (0, -1)
        self._following = Lock()
        self._follower_connection = connect_follower(path)

    def catch_up(self) -> None:
        """Follow the log to where it ends now; what comes meanwhile is left for the next time.

        A file that did not follow this very log, as a backup was put in its place, is emptied first and made anew.

        raises: sqlite3.Error, StoreError
        """
        stop = self._store.size()
        # Others get their turn between two batches.
        while self._took_batch(stop):
            pass

    def wipe(self, timeout_seconds: float = 0.1) -> bool:
        """Leave nothing of what was erased in any file of it; False where somebody else's reading keeps it for now.

        timeout_seconds: to wait for other programs; following waits meanwhile, and nobody else
        cost:            reads and writes the whole file, where something was erased since the last time
        raises:          sqlite3.Error
        """
        with self._following:
            return wipe(self._follower_connection, timeout_seconds)

    @property
    def next_seq(self) -> int:
        """The first entry that is not in here."""
        with self._lock:
            return _next_seq(self._connection)

    def search(
        self, filters: Filters, *, after_seq: int = -1, limit: int | None = None, newest_first: bool = False
    ) -> list[Found]:
        """Decisions in the order of the log, or the other way round; catch up first."""
        conditions, values = _conditions(filters)
        conditions.append("seq < ?" if newest_first and after_seq >= 0 else "seq > ?")
        values.append(after_seq)
        if filters.since is not None or filters.until is not None:
            conditions.append("seq BETWEEN ? AND ?")
            values += self._window(filters.since or "", filters.until or _AFTER_ALL_TIMES)
        where, order = " AND ".join(conditions), "DESC" if newest_first else "ASC"
        # The conditions are our own words; whatever was asked for is bound.
        query = f"SELECT {DECISION_COLUMNS} FROM decisions WHERE {where} ORDER BY seq {order} LIMIT ?"  # noqa: S608
        with self._lock:
            rows = self._connection.execute(query, (*values, -1 if limit is None else limit)).fetchall()
        return [Found(*row) for row in rows]

    def _window(self, since: str, until: str) -> tuple[int, int]:
        """The first and the last entry of a time, so that no other is looked at; kept while a reader turns the pages."""
        with self._lock:
            asked = (since, until, _next_seq(self._connection))
            if asked != self._asked_window:
                found = self._connection.execute(
                    "SELECT ifnull(min(seq), 0), ifnull(max(seq), -1) FROM decisions"
                    " INDEXED BY decisions_by_time WHERE created_at >= ? AND created_at < ?",
                    (since, until),
                ).fetchone()
                self._asked_window, self._found_window = asked, found
            return self._found_window

    def counts(self) -> dict[str, int]:
        """Decisions by verdict."""
        with self._lock:
            return dict(self._connection.execute("SELECT verdict, count(*) FROM decisions GROUP BY verdict"))

    def policies(self) -> list[tuple[str, int, str, int]]:
        """Hash, first seq, time and number of decisions of every policy that decided."""
        with self._lock:
            return self._connection.execute(
                "SELECT policy_hash, seq, created_at, (SELECT count(*) FROM decisions d WHERE d.policy_hash ="
                " policies.policy_hash) FROM policies ORDER BY seq"
            ).fetchall()

    def situations(self, scope: LabelScope, limit: int) -> list[Situation]:
        """See search_labels.situations."""
        with self._lock:
            return search_labels.situations(self._connection, scope, limit)

    def situations_before(self, scope: LabelScope, seq: int) -> list[Situation]:
        """See search_labels.situations_before."""
        with self._lock:
            return search_labels.situations_before(self._connection, scope, seq)

    def label_seqs_before(self, scope: LabelScope, seq: int, limit: int) -> list[int]:
        """See search_labels.label_seqs_before."""
        with self._lock:
            return search_labels.label_seqs_before(self._connection, scope, seq, limit)

    def scope_version(self, scope: LabelScope) -> int:
        """See search_labels.scope_version."""
        with self._lock:
            return search_labels.scope_version(self._connection, scope)

    def change_count(self) -> int:
        """Rises whenever what was labelled in any scope changes. O(1)."""
        with self._lock:
            return int(_meta(self._connection, "changes"))

    def close(self) -> None:
        """Let go of the file."""
        with self._following, self._lock:
            self._follower_connection.close()
            self._connection.close()

    def _took_batch(self, stop: int) -> bool:
        """Take one batch of entries over; False where there are none before an entry."""
        with self._following:
            connection = self._follower_connection
            start, leaf = self._followed()
            if not self._is_in_log(start, leaf):
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    if self._followed() == (start, leaf):
                        empty(connection)
                return True
            entries = list(self._store.scan(start, min(start + _BATCH, stop)))
            if not entries:
                return False
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                if self._followed() != (start, leaf):
                    # Another process has been here.
                    return True
                follower = Follower(connection, self._store, self._features)
                for entry in entries:
                    follower.take(entry)
                followed = {"next_seq": str(entries[-1].seq + 1), "leaf": entries[-1].leaf.hex()}
                connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", followed.items())
            return True

    def _followed(self) -> tuple[int, str]:
        """The first entry that the follower has not seen, and the leaf of the one before it."""
        return _next_seq(self._follower_connection), _meta(self._follower_connection, "leaf")

    def _is_in_log(self, next_seq: int, leaf: str) -> bool:
        """Whether the entries that were followed are those of the log."""
        if not 0 < next_seq <= self._store.size():
            return (next_seq, leaf) == (0, "")
        return leaf == next((one.hex() for one in self._store.leaves(next_seq - 1, next_seq)), "")


# Of all texts that times are compared with.
_AFTER_ALL_TIMES: Final = "~"


def _next_seq(connection: sqlite3.Connection) -> int:
    return int(_meta(connection, "next_seq"))


def _meta(connection: sqlite3.Connection, key: str) -> str:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise sqlite3.DatabaseError(f"{key} is missing from the search file; delete the file, and it is made anew")
    return str(row[0])


def _conditions(filters: Filters) -> tuple[list[str], list[object]]:
    plain = {
        "created_at >= ?": filters.since,
        "created_at < ?": filters.until,
        "tenant = ?": filters.tenant,
        "action_type = ?": filters.action_type,
        "verdict = ?": filters.verdict,
        "target_id = ?": filters.target,
        "correlation_id = ?": filters.correlation_id,
        "context_digest = ?": filters.context_digest,
        "seq IN (SELECT seq FROM reasons WHERE code = ?)": filters.reason_code,
        "seq IN (SELECT seq FROM rules WHERE rule_id = ?)": filters.rule_id,
        # Not by a list of all that have the label, which may be most decisions.
        "EXISTS (SELECT 1 FROM labels WHERE labels.decision_id = decisions.decision_id AND label = ? AND is_last = 1)": (
            filters.label
        ),
    }
    conditions = [condition for condition, value in plain.items() if value is not None]
    values: list[object] = [value for value in plain.values() if value is not None]
    if not filters.has_dry_runs:
        conditions.append("is_dry_run = 0")
    return conditions, values


def iterate(search: SearchFile, filters: Filters, page: int = 500) -> Iterator[Found]:
    """Every decision that is found, in the order of the log, a page at a time."""
    after = -1
    while rows := search.search(filters, after_seq=after, limit=page):
        yield from rows
        after = rows[-1].seq
