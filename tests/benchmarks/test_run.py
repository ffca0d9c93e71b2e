"""The benchmark's table; nothing here looks at a time."""

import json
from pathlib import Path

import pytest

from tests.benchmarks.figures import Row
from tests.benchmarks.run import main, table


def test_a_row_says_whether_it_reaches_its_limit() -> None:
    """A figure at its limit is good enough; one above falls short; one without a limit is only shown."""
    at = Row("a thing", "1.0 µs", "2.0 µs", 0.5, "×", 0.5)
    above = Row("another", "", "", 4.25, "s", 3)
    free = Row("a third", "", "", 9.0, "s", None)
    rate = Row("a rate", "", "", 0.25, "×", 0.5, is_rate=True)
    assert [row.reached for row in (at, above, free, rate)] == [True, False, True, False]
    assert table([at, above, free, rate]).splitlines() == [
        "what      Lumyn  opponent   ratio  must reach",
        "a thing  1.0 µs    2.0 µs  0.50 ×     ≤ 0.5 ×  ok",
        "another                    4.25 s       ≤ 3 s  short",
        "a third                    9.00 s",
        "a rate                     0.25 ×     ≥ 0.5 ×  short",
    ]


def test_a_quick_run_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rows that are printed are the rows that are written."""
    file = tmp_path / "bench.json"
    assert main(["--quick", "--only", "starter", "--json", str(file)]) == 0
    printed = capsys.readouterr().out.splitlines()
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    assert len(rows) == 2
    assert len(printed) == 1 + len(rows)
    for line, row in zip(printed[1:], rows, strict=True):
        assert line.startswith(row["what"])
