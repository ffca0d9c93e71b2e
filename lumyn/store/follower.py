"""Entry of the log → rows of the derived file."""

import json
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import orjson

from lumyn.store import RecordStore
from lumyn.store.entry import ERASURE_PREFIX, Entry
from lumyn.store.search_wipe import note_erasure

__all__ = ["DECISION_COLUMNS", "Features", "Follower", "scope_key", "scope_text"]

# Record, as its JSON says it → what memory knows it by; None where its policy is not to be had.
Features = Callable[[dict[str, Any]], tuple[str, ...] | None]

DECISION_COLUMNS: Final = (
    "seq, decision_id, created_at, tenant, action_type, verdict, mode, is_dry_run, request_id, policy_hash,"
    " target_system, target_id, correlation_id, context_digest, intent"
)
_INSERT_DECISION: Final = f"INSERT INTO decisions ({DECISION_COLUMNS}) VALUES ({', '.join('?' * 15)})"  # noqa: S608


def scope_text(tenant: str | None, action_type: str | None) -> str:
    """Whose, and of what type of action, as a key."""
    return json.dumps([tenant, action_type])


def scope_key(scope: str) -> str:
    """What its version is kept by: the row outlives what was labelled, and must not say it when that was erased."""
    return sha256(scope.encode()).hexdigest()


class Follower:
    """Takes entries over, one after the other, within a transaction of its caller's."""

    def __init__(self, connection: sqlite3.Connection, store: RecordStore, features: Features) -> None:
        self._connection = connection
        self._store = store
        self._features = features

    def take(self, entry: Entry) -> None:
        """Take one entry over. Raises sqlite3.Error, StoreError."""
        if entry.kind == "erasure":
            self._erase(entry.entry_id.removeprefix(ERASURE_PREFIX))
        elif entry.kind == "policy":
            self._connection.execute(
                "INSERT OR IGNORE INTO policies VALUES (?, ?, ?)", (entry.entry_id, entry.seq, entry.created_at)
            )
        elif entry.payload is None:
            pass
        elif entry.kind == "record":
            self._take_record(entry, orjson.loads(entry.payload))
        elif entry.kind == "event":
            event = orjson.loads(entry.payload)
            if event.get("type") == "label":
                self._take_label(entry, event)

    def _note_change(self, scope: str) -> None:
        """Say that what was labelled in a scope has changed."""
        self._connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'changes'")
        self._connection.execute(
            "INSERT OR REPLACE INTO scopes SELECT ?, CAST(value AS INTEGER) FROM meta WHERE key = 'changes'",
            (scope_key(scope),),
        )

    def _take_record(self, entry: Entry, record: dict[str, Any]) -> None:
        request = record["request"]
        action = request["action"]
        target = action.get("target", {})
        self._connection.execute(
            _INSERT_DECISION,
            (
                entry.seq,
                entry.entry_id,
                entry.created_at,
                entry.tenant,
                action["type"],
                record["verdict"],
                record["policy"]["mode"],
                request.get("hints", {}).get("dry_run") is True,
                request.get("request_id"),
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
        record = orjson.loads(record_entry.payload)
        if record["request"].get("hints", {}).get("dry_run") is True:
            return
        features = self._features(record)
        if features is None:
            return
        self._unlabel(decision_id)
        scope = scope_text(record_entry.tenant, record["request"]["action"]["type"])
        spelled = json.dumps(features)
        self._connection.execute(
            "INSERT INTO labels VALUES (?, ?, ?, ?, ?, ?, 1)",
            (entry.seq, decision_id, event["label"], event["actor"], scope, spelled),
        )
        self._count(scope, spelled, event["label"], entry.seq)

    def _unlabel(self, decision_id: str) -> None:
        """The label of a decision that counted counts no more."""
        row = self._connection.execute(
            "UPDATE labels SET is_last = 0 WHERE decision_id = ? AND is_last = 1 RETURNING scope, features, label",
            (decision_id,),
        ).fetchone()
        if row is not None:
            self._note_change(row[0])
            self._connection.execute(
                "DELETE FROM situations WHERE scope = ? AND features = ? AND label = ? AND count = 1", row
            )
            self._connection.execute(
                "UPDATE situations SET count = count - 1, last_seq = (SELECT max(seq) FROM labels"
                " WHERE scope = ?1 AND features = ?2 AND label = ?3 AND is_last = 1)"
                " WHERE scope = ?1 AND features = ?2 AND label = ?3",
                row,
            )

    def _erase(self, entry_id: str) -> None:
        """Forget a record with its labels, or a label: what is left is what a file has that is made anew."""
        note_erasure(self._connection, entry_id)
        entry = self._store.by_id(entry_id)
        if entry is None:
            return
        if entry.kind == "event":
            self._erase_label(entry)
            return
        self._unlabel(entry_id)
        self._connection.execute("DELETE FROM labels WHERE decision_id = ?", (entry_id,))
        self._connection.execute("DELETE FROM decisions WHERE decision_id = ?", (entry_id,))
        self._connection.execute("DELETE FROM reasons WHERE seq = ?", (entry.seq,))
        self._connection.execute("DELETE FROM rules WHERE seq = ?", (entry.seq,))

    def _erase_label(self, entry: Entry) -> None:
        """The label before it counts again, where it was the last one."""
        found = self._connection.execute(
            "SELECT decision_id, is_last FROM labels WHERE seq = ?", (entry.seq,)
        ).fetchone()
        if found is None:
            return
        decision_id, is_last = found
        if is_last:
            self._unlabel(decision_id)
        self._connection.execute("DELETE FROM labels WHERE seq = ?", (entry.seq,))
        before = self._connection.execute(
            "UPDATE labels SET is_last = 1 WHERE seq = (SELECT max(seq) FROM labels WHERE decision_id = ?) AND is_last = 0"
            " RETURNING scope, features, label, seq",
            (decision_id,),
        ).fetchone()
        if before is not None:
            self._count(*before)

    def _count(self, scope: str, features: str, label: str, seq: int) -> None:
        self._note_change(scope)
        self._connection.execute(
            "INSERT INTO situations VALUES (?, ?, ?, 1, ?)"
            " ON CONFLICT DO UPDATE SET count = count + 1, last_seq = max(last_seq, excluded.last_seq)",
            (scope, features, label, seq),
        )
