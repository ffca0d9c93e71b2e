"""A policy that is replaced while it decides."""

from __future__ import annotations

from _thread import allocate_lock

from lumyn_runtime.errors import ArtifactError
from lumyn_runtime.policy import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike

    from lumyn_runtime.policy import CompiledPolicy

__all__ = ["PolicySlot"]


class PolicySlot:
    """Holds the last good policy of a file.

    table:      the policy to decide with; take it once for each decision
    last_error: why the last refresh kept the policy that was there; None when it did not have to
    raises:     ArtifactError, OSError when there is no good policy to begin with
    """

    __slots__ = ("_expected_hash", "_path", "_refreshing", "last_error", "table")

    table: CompiledPolicy
    last_error: ArtifactError | OSError | None

    def __init__(self, path: str | PathLike[str], expected_hash: str | None = None) -> None:
        self._path = path
        self._expected_hash = expected_hash
        self._refreshing = allocate_lock()
        self.table = load(path, expected_hash)
        self.last_error = None

    def refresh(self) -> ArtifactError | OSError | None:
        """Load the file again, verify it, and put it in place at once; on an error keep what is there, and return it.

        Decisions never wait: only refreshes wait for each other, so that an older file can't replace a newer one.
        """
        with self._refreshing:
            try:
                table = load(self._path, self._expected_hash)
            except (ArtifactError, OSError) as error:
                self.last_error = error
                return error
            # The same policy keeps what it has prepared.
            if table.policy_hash != self.table.policy_hash:
                self.table = table
            self.last_error = None
            return None
