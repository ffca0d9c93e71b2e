"""Exceptions of callers and machines: one root, facts as fields."""

from __future__ import annotations

__all__ = ["ArtifactError", "LumynError"]


class LumynError(Exception):
    """Root of every exception that Lumyn raises."""


class ArtifactError(LumynError):
    """Bytes that are no usable artifact.

    code:   "not-an-artifact", "unsupported-version", "hash-mismatch", "truncated", "malformed" or "too-large"
    detail: one sentence that says what is wrong and, where it is known, where
    """

    code: str
    detail: str

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"
