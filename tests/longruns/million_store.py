"""A store of a million decisions, each labelled, made once and kept: what the figures of `make million` are read from."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from lumyn.event import event_bytes
from lumyn.identity import Moment, system_ids
from lumyn.loaded_policy import load_policy
from lumyn.normal_json import Limits
from lumyn.store import Draft, Pending
from lumyn.store.sqlite import SqliteStore
from tests.longruns.progress import Progress
from tests.store.refunds import FIRST_MILLISECONDS, STEP_MILLISECONDS, TENANTS, record_drafts, write_policy

__all__ = ["made_store"]

_BATCH = 8_192
_PATIENCE_SECONDS = 600.0


def made_store(folder: Path, count: int) -> Path:
    """The store of so many decisions and as many labels, made where it is not there whole."""
    path, whole = folder / "lumyn.db", folder / "whole"
    if whole.exists() and whole.read_text() == str(count):
        return path
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    loaded = load_policy(write_policy(folder))
    with SqliteStore.open(path, create=True, queue_limit=4 * _BATCH, batch_limit=_BATCH) as store:
        records = list(_stored(store, record_drafts(loaded, count), Progress("decisions", count)))
        for _ in _stored(
            store, _labels(records, FIRST_MILLISECONDS + count * STEP_MILLISECONDS), Progress("labels", count)
        ):
            pass
    whole.write_text(str(count))
    return path


def _stored(store: SqliteStore, drafts: Iterator[tuple[Draft, tuple[Draft, ...]]], progress: Progress) -> Iterator[str]:
    """Store drafts in their order, many on their way at a time; yield the id of each that is stored."""
    waiting: deque[Pending] = deque()
    done = 0
    while True:
        draft, companions = next(drafts, (None, ()))
        if draft is not None:
            waiting.append(store.submit(draft, companions))
        while waiting and (draft is None or len(waiting) >= 2 * _BATCH):
            pending = waiting.popleft()
            pending.wait(_PATIENCE_SECONDS)
            done += 1
            progress.to(done)
            yield pending.sealed.draft.entry_id
        if draft is None:
            return


def _labels(decision_ids: list[str], milliseconds: int) -> Iterator[tuple[Draft, tuple[Draft, ...]]]:
    for number, decision_id in enumerate(decision_ids):
        moment = Moment.now(lambda: milliseconds, system_ids)
        label = "failure" if number % 3 else "success"
        said: dict[str, object] = {"type": "label", "label": label, "actor": "reviewer"}
        event_id, content = event_bytes(said, decision_id, moment, Limits())
        tenant = TENANTS[number % 2]
        yield Draft("event", event_id, decision_id, moment.created_at, tenant, None, json.dumps(number), content), ()
