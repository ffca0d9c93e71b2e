"""Figures of a store of a million decisions and a million labels: `python -m tests.longruns.million`, or `make million`.

The store is made once, in build/million, in some twenty minutes.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter, sleep

from lumyn.gateway import Gateway
from lumyn.identity import Moment, system_ids
from lumyn.store.search import Filters
from lumyn.store.verify import verify
from tests.longruns.million_store import made_store
from tests.longruns.progress import Progress, say_figures
from tests.store.refunds import FIRST_MILLISECONDS, STEP_MILLISECONDS, TENANTS, refund

_SEARCHES = 50
_RECALLS = 2_000
_OPENINGS = 5


def main() -> None:
    """Make the store where it is not there, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("build/million"))
    parser.add_argument("--is-followed", action="store_true", help="keep the search file, which has been made")
    parser.add_argument("--is-verified", action="store_true", help="do not verify it")
    arguments = parser.parse_args()
    folder, count = arguments.folder, arguments.count
    path = made_store(folder, count)
    figures: dict[str, object] = {"decisions": count, "labels": count, "megabytes": path.stat().st_size >> 20}
    if not arguments.is_followed:
        figures |= _follow_figures(folder, 2 * count)
    figures["search file, megabytes"] = path.with_name("lumyn.db.search").stat().st_size >> 20
    figures["open, s"] = max(_opening_seconds(folder) for _ in range(_OPENINGS))
    figures["open with nothing in the page cache, s"] = max(
        _opening_seconds(folder, cold=True) for _ in range(_OPENINGS)
    )
    with _opened(folder) as gateway:
        with _timed(figures, "first decision, s"):
            gateway.decide(refund(count + 1, tenant=TENANTS[0]))
        figures |= _search_figures(gateway, count)
        figures |= _recall_figures(gateway, count)
    if not arguments.is_verified:
        figures |= _verify_figures(path, 2 * count)
    say_figures(**figures)


def _opened(folder: Path) -> Gateway:
    return Gateway.open(folder / "policy.lpack", f"sqlite:{folder / 'lumyn.db'}")


def _opening_seconds(folder: Path, *, cold: bool = False) -> float:
    if cold:
        for path in folder.iterdir():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)
    began = perf_counter()
    gateway = _opened(folder)
    seconds = perf_counter() - began
    gateway.close()
    return round(seconds, 3)


def _follow_figures(folder: Path, total: int) -> dict[str, object]:
    """Make the search file from nothing, and decide meanwhile."""
    for old in folder.glob("lumyn.db.search*"):
        old.unlink()
    figures: dict[str, object] = {}
    progress, began = Progress("followed", total), perf_counter()
    with _timed(figures, "open without a search file, s"):
        gateway = _opened(folder)
    with gateway:
        with _timed(figures, "first decision without a search file, s"):
            gateway.decide(refund(0))
        while gateway._experience.search.next_seq < total:
            progress.to(gateway._experience.search.next_seq)
            sleep(1.0)
        figures["follow from nothing, s"] = round(perf_counter() - began)
    return figures


def _search_figures(gateway: Gateway, count: int) -> dict[str, object]:
    chance = Random(3)

    def hour_from(number: int) -> tuple[str, str]:
        first = FIRST_MILLISECONDS + number * STEP_MILLISECONDS
        since, until = (Moment.now(lambda at=at: at, system_ids).created_at for at in (first, first + 3_600_000))  # type: ignore[misc]
        return since, until

    def by_target() -> Filters:
        return Filters(target=f"ch_{chance.randrange(count)}")

    def by_correlation() -> Filters:
        return Filters(correlation_id=f"ticket-{chance.randrange(count // 3)}")

    def by_time() -> Filters:
        since, until = hour_from(chance.randrange(count))
        return Filters(since=since, until=until)

    def by_all() -> Filters:
        number = chance.randrange(count)
        since, until = hour_from(number)
        return Filters(since=since, until=until, target=f"ch_{number}", correlation_id=f"ticket-{number // 3}")

    def by_verdict_and_time() -> Filters:
        since, until = hour_from(chance.randrange(count))
        return Filters(since=since, until=until, verdict="ESCALATE", tenant=TENANTS[0])

    searches: dict[str, Callable[[], Filters]] = {
        "target": by_target,
        "correlation id": by_correlation,
        "hour": by_time,
        "all three": by_all,
        "verdict, tenant and hour": by_verdict_and_time,
    }
    figures: dict[str, object] = {}
    for name, made in searches.items():
        seconds, found = [], 0
        for _ in range(_SEARCHES):
            filters = made()
            began = perf_counter()
            found += len(list(gateway.search(filters)))
            seconds.append(perf_counter() - began)
        figures[f"search by {name}, median of {_SEARCHES}, s"] = round(median(seconds), 4)
        figures[f"search by {name}, worst, s"] = round(max(seconds), 4)
        figures[f"search by {name}, found"] = found
    return figures


def _recall_figures(gateway: Gateway, count: int) -> dict[str, object]:
    """Look-ups of situations as they come, nearly all of them new."""
    ready = gateway._ready
    milliseconds = []
    for number in range(count, count + _RECALLS):
        document = ready.decider.read(refund(number, tenant=TENANTS[0])).document
        began = perf_counter()
        report = gateway._experience.recall(ready.loaded.policy, document, TENANTS[0], "support.refund")
        milliseconds.append(1_000 * (perf_counter() - began))
        assert report.failure.score > 0
    cuts = quantiles(milliseconds, n=100)
    return {"recall p50, ms": round(cuts[49], 3), "recall p99, ms": round(cuts[98], 3)}


def _verify_figures(path: Path, total: int) -> dict[str, object]:
    progress, began = Progress("verify", total), perf_counter()
    for finding in verify(path, progress=lambda done, _: progress.to(done)):
        assert not finding.is_wrong, str(finding)
    seconds = perf_counter() - began
    return {"verify, s": round(seconds, 1), "verify, entries per s": round(total / seconds)}


@contextmanager
def _timed(figures: dict[str, object], name: str) -> Iterator[None]:
    began = perf_counter()
    yield
    figures[name] = round(perf_counter() - began, 3)


if __name__ == "__main__":
    main()
