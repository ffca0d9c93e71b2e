"""What the derived file says of labels: the situations of a scope, now and earlier."""

import json
import sqlite3

import attrs

from lumyn.store.follower import scope_key, scope_text

__all__ = ["LabelScope", "Situation", "label_seqs_before", "scope_version", "situations", "situations_before"]

# Whose, and of what type of action.
LabelScope = tuple[str | None, str]


@attrs.frozen
class Situation:
    """What was labelled in one scope, and when last."""

    features: tuple[str, ...]
    label: str
    count: int
    last_seq: int


def situations(connection: sqlite3.Connection, scope: LabelScope, limit: int) -> list[Situation]:
    """What was labelled in a scope, in the order in which it was last labelled.

    limit: how many situations of each label, from 1; those that got it last
    cost:  O(limit)
    """
    # One look into the index for each label, whatever else there is.
    rows = connection.execute(
        "SELECT s.features, s.label, s.count, s.last_seq FROM"
        " (SELECT 'failure' AS label UNION ALL SELECT 'near_miss' UNION ALL SELECT 'success') AS l"
        " JOIN situations AS s ON s.scope = ?1 AND s.label = l.label AND s.last_seq >= ifnull((SELECT last_seq"
        " FROM situations WHERE scope = ?1 AND label = l.label ORDER BY last_seq DESC LIMIT 1 OFFSET ?2), 0)"
        " ORDER BY s.last_seq",
        (scope_text(*scope), limit - 1),
    ).fetchall()
    return [_situation(*row) for row in rows]


def situations_before(connection: sqlite3.Connection, scope: LabelScope, seq: int) -> list[Situation]:
    """What had been labelled in a scope when the log had so many entries, erased decisions excepted. O(labels)."""
    rows = connection.execute(
        "SELECT features, label, count(*), max(seq) FROM labels AS l WHERE scope = ? AND seq < ? AND seq ="
        " (SELECT max(seq) FROM labels WHERE decision_id = l.decision_id AND seq < ?)"
        " GROUP BY features, label ORDER BY max(seq)",
        (scope_text(*scope), seq, seq),
    ).fetchall()
    return [_situation(*row) for row in rows]


def label_seqs_before(connection: sqlite3.Connection, scope: LabelScope, seq: int, limit: int) -> list[int]:
    """Where the last labels of a scope stand before an entry, the last first."""
    rows = connection.execute(
        "SELECT seq FROM labels WHERE scope = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
        (scope_text(*scope), seq, limit),
    ).fetchall()
    return [found for (found,) in rows]


def scope_version(connection: sqlite3.Connection, scope: LabelScope) -> int:
    """Rises whenever what was labelled in a scope changes: by a label, or by an erasure. O(1)."""
    row = connection.execute("SELECT version FROM scopes WHERE scope = ?", (scope_key(scope_text(*scope)),)).fetchone()
    return 0 if row is None else int(row[0])


def _situation(features: str, label: str, count: int, last_seq: int) -> Situation:
    return Situation(tuple(json.loads(features)), label, count, last_seq)
