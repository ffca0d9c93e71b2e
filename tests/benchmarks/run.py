"""`make bench`: measure, and print one table of ratios. Nothing here fails because a machine is slow."""

import argparse
import json
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs

from tests.benchmarks.figures import Effort, Row
from tests.benchmarks.rows import COMPARISONS

__all__ = ["main", "table"]

_THOROUGH = Effort(blocks=60, runs=20, rule_count=10_000, decision_count=10_000)
_QUICK = Effort(blocks=10, runs=3, rule_count=1_000, decision_count=500)


def main(arguments: list[str] | None = None) -> int:
    """Measure what was asked for, and print it."""
    options = _options(arguments)
    effort = _QUICK if options.quick else _THOROUGH
    rows = list(_measured(effort, options.only))
    print(table(rows))
    if options.json is not None:
        options.json.write_text(_as_json(rows, effort), encoding="utf-8")
    return 0


def table(rows: list[Row]) -> str:
    """The rows as aligned text."""
    head = ("what", "Lumyn", "opponent", "ratio", "must reach", "")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = []
    for line in cells:
        left = line[0].ljust(widths[0])
        rest = (cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:-1], strict=True))
        lines.append("  ".join([left, *rest, line[-1]]).rstrip())
    return "\n".join(lines)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small policies and few blocks: a look, not a measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there, too")
    parser.add_argument("--only", metavar="WORD", default="", help="only comparisons whose name has this word in it")
    return parser.parse_args(arguments)


def _measured(effort: Effort, only: str) -> Iterator[Row]:
    chosen = {name: compare for name, compare in COMPARISONS.items() if only in name}
    for position, (name, compare) in enumerate(chosen.items(), start=1):
        _progress(f"{position}/{len(chosen)}  {name} …")
        yield from compare(effort)
    _progress("")


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def _cells(row: Row) -> tuple[str, ...]:
    figure = f"{row.figure:.2f} {row.unit}"
    if row.limit is None:
        return (row.what, row.lumyn, row.opponent, figure, "", "")
    limit = f"{'≥' if row.is_rate else '≤'} {row.limit:g} {row.unit}"
    return (row.what, row.lumyn, row.opponent, figure, limit, "ok" if row.reached else "short")


def _as_json(rows: list[Row], effort: Effort) -> str:
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "effort": attrs.asdict(effort),
        "rows": [attrs.asdict(row) | {"reached": row.reached} for row in rows],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
