"""The derived file: what records are searched by, and what labels taught. It follows the log; deleting it loses nothing."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any, Final

import attrs

from lumyn.store import RecordStore
from lumyn.store.entry import ERASURE_PREFIX, Entry

__all__ = ["Features", "Filters", "Found", "SearchFile", "Situation", "iterate"]

# Record, as its JSON says it → what memory knows it by; None where its policy is not to be had.
Features = Callable[[dict[str, Any]], tuple[str, ...] | None]

_VERSION: Final = "1"
_BATCH: Final = 2_000

_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE decisions (
  seq INTEGER PRIMARY KEY, decision_id TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL, tenant TEXT,
  action_type TEXT NOT NULL, verdict TEXT NOT NULL, mode TEXT NOT NULL, is_dry_run INTEGER NOT NULL, request_id TEXT,
  policy_hash TEXT NOT NULL, target_system TEXT, target_id TEXT, correlation_id TEXT, context_digest TEXT NOT NULL,
  intent TEXT NOT NULL
);
CREATE INDEX decisions_by_time ON decisions (created_at);
CREATE INDEX decisions_by_tenant ON decisions (tenant, seq);
CREATE INDEX decisions_by_action ON decisions (action_type, seq);
CREATE INDEX decisions_by_verdict ON decisions (verdict, seq);
CREATE INDEX decisions_by_target ON decisions (target_id, seq);
CREATE INDEX decisions_by_correlation ON decisions (correlation_id, seq);
CREATE INDEX decisions_by_context ON decisions (context_digest, seq);
CREATE TABLE reasons (code TEXT, seq INTEGER, PRIMARY KEY (code, seq)) WITHOUT ROWID;
CREATE TABLE rules (rule_id TEXT, seq INTEGER, PRIMARY KEY (rule_id, seq)) WITHOUT ROWID;
CREATE TABLE labels (
  seq INTEGER PRIMARY KEY, decision_id TEXT NOT NULL, label TEXT NOT NULL, actor TEXT NOT NULL, scope TEXT NOT NULL,
  features TEXT NOT NULL, is_last INTEGER NOT NULL
);
CREATE INDEX labels_by_decision ON labels (decision_id, seq);
CREATE INDEX labels_by_situation ON labels (scope, features, label, seq) WHERE is_last = 1;
CREATE TABLE situations (
  scope TEXT, features TEXT, label TEXT, count INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  PRIMARY KEY (scope, features, label)
) WITHOUT ROWID;
CREATE TABLE policies (policy_hash TEXT PRIMARY KEY, seq INTEGER NOT NULL, created_at TEXT NOT NULL) WITHOUT ROWID;
"""

_COLUMNS: Final = (
    "seq, decision_id, created_at, tenant, action_type, verdict, mode, is_dry_run, request_id, policy_hash,"
    " target_system, target_id, correlation_id, context_digest, intent"
)


@attrs.frozen
class Filters:
    """What is looked for; whatever is None does not matter.

    since, until: RFC 3339 in UTC; since is included, until is not
    target:       id of the resource
    label:        the last one
    """

    since: str | None = None
    until: str | None = None
    tenant: str | None = None
    action_type: str | None = None
    verdict: str | None = None
    reason_code: str | None = None
    rule_id: str | None = None
    target: str | None = None
    correlation_id: str | None = None
    context_digest: str | None = None
    label: str | None = None
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


@attrs.frozen
class Situation:
    """What was labelled in one scope, and when last."""

    features: tuple[str, ...]
    label: str
    count: int
    last_seq: int


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
        self._connection = _opened(path, store.store_id)

    def catch_up(self) -> int:
        """Follow the log to its end. Returns how many entries there were. Raises sqlite3.Error, StoreError."""
        count = 0
        with self._lock:
            while self._follow():
                count += 1
        return count

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
        query = (
            f"SELECT {_COLUMNS} FROM decisions WHERE {' AND '.join(conditions)}"
            f" ORDER BY seq {'DESC' if newest_first else 'ASC'} LIMIT ?"
        )
        with self._lock:
            rows = self._connection.execute(query, (*values, -1 if limit is None else limit)).fetchall()
        return [Found(*row) for row in rows]

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

    def situations(self, scope: Sequence[str | None]) -> list[Situation]:
        """What was labelled in a scope, in the order in which it was last labelled."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT features, label, count, last_seq FROM situations WHERE scope = ? ORDER BY last_seq",
                (_scope(*scope),),
            ).fetchall()
        return [Situation(tuple(json.loads(features)), label, count, seq) for features, label, count, seq in rows]

    def situations_before(self, scope: Sequence[str | None], seq: int) -> list[Situation]:
        """What had been labelled in a scope when the log had so many entries, erased decisions excepted. O(labels)."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT features, label, count(*), max(seq) FROM labels AS l WHERE scope = ? AND seq < ? AND seq ="
                " (SELECT max(seq) FROM labels WHERE decision_id = l.decision_id AND seq < ?)"
                " GROUP BY features, label ORDER BY max(seq)",
                (_scope(*scope), seq, seq),
            ).fetchall()
        return [Situation(tuple(json.loads(features)), label, count, last) for features, label, count, last in rows]

    def label_seqs_before(self, scope: Sequence[str | None], seq: int, limit: int) -> list[int]:
        """Where the last labels of a scope stand before an entry, the last first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT seq FROM labels WHERE scope = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
                (_scope(*scope), seq, limit),
            ).fetchall()
        return [found for (found,) in rows]

    def last_label_seq(self) -> tuple[int, int]:
        """Where the last label stands, and how many there are: another answer means that memory has changed."""
        with self._lock:
            last, count = self._connection.execute("SELECT ifnull(max(seq), -1), count(*) FROM labels").fetchone()
        return int(last), int(count)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _follow(self) -> bool:
        """Take one batch of entries over; False where there are none."""
        start = _next_seq(self._connection)
        entries = list(self._store.scan(start, min(start + _BATCH, self._store.size())))
        if not entries:
            return False
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            if _next_seq(self._connection) != start:
                # Another process has been here.
                return True
            for entry in entries:
                self._take(entry)
            self._connection.execute("UPDATE meta SET value = ? WHERE key = 'next_seq'", (str(entries[-1].seq + 1),))
        return True

    def _take(self, entry: Entry) -> None:
        if entry.kind == "erasure":
            self._erase(entry.entry_id.removeprefix(ERASURE_PREFIX))
        elif entry.kind == "policy":
            self._connection.execute(
                "INSERT OR IGNORE INTO policies VALUES (?, ?, ?)", (entry.entry_id, entry.seq, entry.created_at)
            )
        elif entry.payload is None:
            pass
        elif entry.kind == "record":
            self._take_record(entry, json.loads(entry.payload))
        elif entry.kind == "event":
            event = json.loads(entry.payload)
            if event.get("type") == "label":
                self._take_label(entry, event)

    def _take_record(self, entry: Entry, record: dict[str, Any]) -> None:
        request = record["request"]
        action = request["action"]
        target = action.get("target", {})
        self._connection.execute(
            f"INSERT INTO decisions ({_COLUMNS}) VALUES ({', '.join('?' * 15)})",
            (
                entry.seq,
                entry.entry_id,
                entry.created_at,
                entry.tenant,
                action["type"],
                record["verdict"],
                record["policy"]["mode"],
                request.get("hints", {}).get("dry_run") is True,
                entry.request_id,
                record["policy"]["policy_hash"],
                target.get("system"),
                target.get("resource_id"),
                request.get("trace", {}).get("correlation_id"),
                request["context"]["digest"],
                action["intent"],
            ),
        )
        codes = [(code, entry.seq) for code in record["reason_codes"]]
        self._connection.executemany("INSERT OR IGNORE INTO reasons VALUES (?, ?)", codes)
        rules = [(match["rule_id"], entry.seq) for match in record["matched_rules"]]
        self._connection.executemany("INSERT OR IGNORE INTO rules VALUES (?, ?)", rules)

    def _take_label(self, entry: Entry, event: dict[str, Any]) -> None:
        decision_id = event["decision_id"]
        record_entry = self._store.by_id(decision_id)
        if record_entry is None or record_entry.payload is None:
            return
        record = json.loads(record_entry.payload)
        if record["request"].get("hints", {}).get("dry_run") is True:
            return
        features = self._features(record)
        if features is None:
            return
        self._unlabel(decision_id)
        scope = _scope(record_entry.tenant, record["request"]["action"]["type"])
        spelled = json.dumps(features)
        self._connection.execute(
            "INSERT INTO labels VALUES (?, ?, ?, ?, ?, ?, 1)",
            (entry.seq, decision_id, event["label"], event["actor"], scope, spelled),
        )
        self._connection.execute(
            "INSERT INTO situations VALUES (?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET count = count + 1, last_seq = ?",
            (scope, spelled, event["label"], entry.seq, entry.seq),
        )

    def _unlabel(self, decision_id: str) -> None:
        """The label of a decision that counted counts no more."""
        row = self._connection.execute(
            "UPDATE labels SET is_last = 0 WHERE decision_id = ? AND is_last = 1 RETURNING scope, features, label",
            (decision_id,),
        ).fetchone()
        if row is not None:
            same = "scope = ? AND features = ? AND label = ?"
            self._connection.execute(f"DELETE FROM situations WHERE {same} AND count = 1", row)
            self._connection.execute(
                "UPDATE situations SET count = count - 1, last_seq ="
                f" (SELECT max(seq) FROM labels WHERE {same} AND is_last = 1) WHERE {same}",
                (*row, *row),
            )

    def _erase(self, decision_id: str) -> None:
        self._unlabel(decision_id)
        self._connection.execute("DELETE FROM labels WHERE decision_id = ?", (decision_id,))
        row = self._connection.execute(
            "DELETE FROM decisions WHERE decision_id = ? RETURNING seq", (decision_id,)
        ).fetchone()
        if row is not None:
            self._connection.execute("DELETE FROM reasons WHERE seq = ?", row)
            self._connection.execute("DELETE FROM rules WHERE seq = ?", row)


def _scope(tenant: str | None, action_type: str | None) -> str:
    return json.dumps([tenant, action_type])


def _next_seq(connection: sqlite3.Connection) -> int:
    (value,) = connection.execute("SELECT value FROM meta WHERE key = 'next_seq'").fetchone()
    return int(value)


def _opened(path: Path, store_id: str) -> sqlite3.Connection:
    """The file, made anew where it is not this store's or can't be read."""
    for _ in range(2):
        try:
            connection = _connected(path)
            with closing(connection.cursor()) as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                if cursor.execute("SELECT 1 FROM sqlite_master").fetchone() is None:
                    for statement in _SCHEMA.split(";"):
                        cursor.execute(statement)
                    known = {"version": _VERSION, "store_id": store_id, "next_seq": "0"}
                    cursor.executemany("INSERT INTO meta VALUES (?, ?)", known.items())
                found = dict(cursor.execute("SELECT key, value FROM meta"))
                cursor.execute("COMMIT")
            if (found.get("version"), found.get("store_id")) == (_VERSION, store_id):
                return connection
            connection.close()
        except sqlite3.DatabaseError:
            pass
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
    return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    # Only its owner may read it: it says who did what.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA secure_delete=ON")
    return connection


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
        "decision_id IN (SELECT decision_id FROM labels WHERE label = ? AND is_last = 1)": filters.label,
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
