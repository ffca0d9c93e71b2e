"""Decide for ten minutes beside a reader that never leaves: `python -m tests.longruns.soak`, or `make soak`.

Says how large the write-ahead log became, and what memory the gateway takes after many decisions against after few.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic

from lumyn.gateway import Gateway
from tests.longruns.progress import Progress, say_figures
from tests.store.refunds import refund, write_policy

_THREADS = 8
_FEW = 10_000
_MANY = 200_000
_WAL_BYTES_MAX = 64 << 20


def main() -> None:
    """Decide until the time has passed and enough was decided."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--few", type=int, default=_FEW)
    parser.add_argument("--many", type=int, default=_MANY)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        policy = write_policy(folder)
        with Gateway.open(policy, f"sqlite:{folder / 'lumyn.db'}", create=True) as gateway:
            figures = _soaked(gateway, folder, arguments.seconds, arguments.few, arguments.many)
    say_figures(**figures)


def _soaked(gateway: Gateway, folder: Path, seconds: float, few: int, many: int) -> dict[str, object]:
    numbers, lock, stopped = count(), Lock(), Event()
    done = 0

    def decide() -> None:
        nonlocal done
        while not stopped.is_set():
            with lock:
                number = next(numbers)
            assert gateway.decide(refund(number)).is_persisted
            with lock:
                done += 1

    gateway.decide(refund(0))
    threads = [Thread(target=decide) for _ in range(_THREADS)]
    progress, began = Progress("decisions", many), monotonic()
    wal_bytes_max, resident_few = 0, 0
    with _reader(gateway):
        for thread in threads:
            thread.start()
        while monotonic() - began < seconds or done < many:
            stopped.wait(0.2)
            wal_bytes_max = max(wal_bytes_max, (folder / "lumyn.db-wal").stat().st_size)
            assert wal_bytes_max < _WAL_BYTES_MAX
            if done >= few and not resident_few:
                resident_few = _resident_bytes()
            progress.to(done)
            assert all(thread.is_alive() for thread in threads)
        stopped.set()
        for thread in threads:
            thread.join()
    return {
        "seconds": round(monotonic() - began),
        "decisions": done,
        "largest write-ahead log, MiB": round(wal_bytes_max / (1 << 20), 1),
        f"resident after {few}, MiB": resident_few >> 20,
        f"resident after {done}, MiB": _resident_bytes() >> 20,
    }


@contextmanager
def _reader(gateway: Gateway) -> Iterator[None]:
    """One that has begun to read the records, and takes its time over each."""
    scan = gateway._store.scan()
    next(scan)
    stopped = Event()

    def read() -> None:
        while not stopped.wait(0.5):
            next(scan, None)

    thread = Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _resident_bytes() -> int:
    fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * 4096


if __name__ == "__main__":
    main()
