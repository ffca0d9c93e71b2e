"""Decide over HTTP until it could be seen that memory grows: `python -m tests.longruns.service_soak`, or `make service-soak`.

Says what a worker of the service takes after few decisions and after many; ends badly where that is 10 MB more.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from time import monotonic

from lumyn.workspace import init
from tests.api.served import Service, loaded, served
from tests.longruns.progress import Progress, say_figures

__all__ = ["GROWTH_BYTES_MAX", "grown"]

GROWTH_BYTES_MAX = 10_000_000
_FEW = 20_000
_MANY = 200_000
_CONNECTIONS = 32
_PORTION = 10_000


def main() -> None:
    """Soak, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=_FEW)
    parser.add_argument("--many", type=int, default=_MANY)
    arguments = parser.parse_args()
    began = monotonic()
    with tempfile.TemporaryDirectory() as name:
        few, many = grown(Path(name), arguments.few, arguments.many)
    say_figures(
        **{
            f"resident after {arguments.few}, MB": round(few / 1e6, 1),
            f"resident after {arguments.many}, MB": round(many / 1e6, 1),
            "seconds": round(monotonic() - began),
        }
    )
    sys.exit(many - few > GROWTH_BYTES_MAX)


def grown(folder: Path, few: int, many: int) -> tuple[int, int]:
    """Bytes that are resident after few and after many decisions."""
    progress = Progress("decisions", many)
    with served(init(folder).folder) as service:
        done = _decide(service, 0, few, progress)
        first = _resident_bytes(service)
        _decide(service, done, many, progress)
        return first, _resident_bytes(service)


def _decide(service: Service, begin: int, end: int, progress: Progress) -> int:
    """Portion by portion, each with request_ids of its own."""
    while begin < end:
        count = min(_PORTION, end - begin)
        options = ("--connections", str(_CONNECTIONS), "--count", str(count), "--name", f"soak-{begin}")
        with loaded(f"{service.url}/v0/decide", None, *options) as load:
            assert load.figures().statuses == {"200": count}
        begin += count
        progress.to(begin)
    return begin


def _resident_bytes(service: Service) -> int:
    fields = Path(f"/proc/{service.process.pid}/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * 4096


if __name__ == "__main__":
    main()
