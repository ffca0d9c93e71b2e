"""What a long run shows while it runs, and what it ends with."""

from __future__ import annotations

import json
import sys
from time import monotonic

__all__ = ["Progress", "say_figures"]

_WIDTH = 30
_EVERY_SECONDS = 0.5


class Progress:
    """A bar on standard error: redrawn on a terminal, else a line every tenth."""

    def __init__(self, name: str, total: int) -> None:
        self._name = name
        self._total = max(1, total)
        self._begun = monotonic()
        self._shown_at = 0.0
        self._shown_tenth = -1

    def to(self, done: int, note: str = "") -> None:
        """So much of the total is done; what goes beyond it is not shown."""
        done = min(done, self._total)
        tenth = done * 10 // self._total
        if sys.stderr.isatty():
            if done < self._total and monotonic() - self._shown_at < _EVERY_SECONDS:
                return
        elif tenth == self._shown_tenth:
            return
        self._shown_at, self._shown_tenth = monotonic(), tenth
        filled = done * _WIDTH // self._total
        bar = f"[{'#' * filled}{'.' * (_WIDTH - filled)}]"
        line = f"{self._name} {bar} {done:,}/{self._total:,} {monotonic() - self._begun:.0f} s {note}".rstrip()
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{line}{'' if done < self._total else chr(10)}")
        else:
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def say_figures(**figures: object) -> None:
    """The last line on standard output: what was measured, as JSON."""
    sys.stdout.write(f"{json.dumps(figures)}\n")
    sys.stdout.flush()
