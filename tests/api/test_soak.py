"""The memory of a worker does not grow with what it decides; `make service-soak` is the long form."""

from __future__ import annotations

from pathlib import Path

from tests.longruns.service_soak import GROWTH_BYTES_MAX, grown


def test_a_worker_keeps_nothing_of_what_it_decided(tmp_path: Path) -> None:
    """Were it a record a decision, it would show; the caches that still fill do not."""
    few, many = grown(tmp_path / "workspace", 1_500, 6_000)

    assert many - few < GROWTH_BYTES_MAX, f"{few:,} bytes, and then {many:,}"
