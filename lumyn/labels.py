"""What people say became of a decision."""

from typing import Final

__all__ = ["LABELS"]

LABELS: Final = ("failure", "success", "near_miss")
