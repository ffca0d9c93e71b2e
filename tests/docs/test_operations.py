"""docs/operations.md names every metric, in both of its forms, and every file of a workspace."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from lumyn.metrics import Counts, Metrics

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
WATCHED = PAGE.partition("## What to watch")[2].partition("### Logs")[0]
ROWS = re.findall(r"^\| `(lumyn\.[a-z.]+)`[^|]* \| ([^|]+) \|", WATCHED, re.MULTILINE)


def test_every_metric_of_open_telemetry_has_a_row_and_every_row_a_metric() -> None:
    """By its name there."""
    otel = pytest.importorskip("lumyn.otel")
    names = [name for name, *_ in (*otel._COUNTERS, *otel._GAUGES)]

    assert sorted(name for name, _ in ROWS) == sorted([*names, "lumyn.commit.duration"])


def test_every_field_of_the_metrics_is_named() -> None:
    """Of a gateway's snapshot, and of what it counts."""
    named = {name for _, cell in ROWS for name in re.findall(r"`([a-z_.]+)`", cell)}
    fields = {field.name for field in attrs.fields(Metrics)} - {"counts"}
    fields |= {f"counts.{field.name}" for field in attrs.fields(Counts)}

    assert named == fields
