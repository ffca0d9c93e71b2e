"""A gateway's look at its policy file: a lockdown is taken over without being asked to, and so is what follows it.

Any other change of the file waits for `refresh`, so that saving a file puts no half-made policy to work.
"""

import re
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Final

from lumyn.files import read_regular
from lumyn.loaded_policy import LOCKDOWN_ID, SOURCE_ENDINGS, is_lockdown, load_content
from lumyn.lockdown import LockdownError
from lumyn_runtime.errors import LumynError
from lumyn_runtime.limits import ARTIFACT_BYTES_MAX

__all__ = ["PolicyWatch"]

_LOOK_SECONDS: Final = 0.5
_CLOSE_SECONDS: Final = 2.0

# "policy_id":"…" in an artifact, `policy …` in a text, `policy_id: …` in YAML.
_NAMED: Final = re.compile(rb"policy(?:_id)?[\"']?[\s:]+[\"']?" + LOCKDOWN_ID.encode())
_COMMENT: Final = re.compile(rb"#[^\n]*")


class PolicyWatch:
    """Looks at a policy file twice a second, by a thread of its own, so that no decision waits for a file or a compiler.

    is_locked: whether the lockdown decides now
    refresh:   loads the file again, and returns why it can't
    fault:     why the file can't be read, or can't be taken over; empty while all is well. What decided last goes on
    """

    def __init__(
        self, path: str | Path, is_locked: Callable[[], bool], refresh: Callable[[], LumynError | OSError | None]
    ) -> None:
        """To be made before the policy is read, so that no change of it is missed."""
        self._path = Path(path)
        self._is_locked = is_locked
        self._refresh = refresh
        self._seen = self._signature()
        self.fault = ""
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="lumyn-policy-watch", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_SECONDS)

    def look(self) -> None:
        """A `stat`; where that is another one than before, the file is read."""
        signature = self._signature()
        if signature is not None and signature == self._seen:
            return
        try:
            turned = self._says_locked() != self._is_locked()
            problem: Exception | None = self._refresh() if turned else None
        except OSError as error:
            # It may be readable again without looking changed.
            self.fault = str(error)
            return
        except (LumynError, MemoryError, RecursionError) as error:
            problem = error
        self.fault = "" if problem is None else str(problem) or type(problem).__name__
        # What keeps the policy from deciding may go without the file being changed.
        if not isinstance(problem, (OSError, LockdownError)):
            self._seen = signature

    def _run(self) -> None:
        try:
            while not self._stopped.wait(_LOOK_SECONDS):
                self.look()
        finally:
            if not self._stopped.is_set():
                self.fault = "nobody looks at the policy file any more; open the gateway again"

    def _says_locked(self) -> bool:
        """Whether the file holds the lockdown. Raises OSError, and LumynError for what is no policy."""
        content = read_regular(self._path, ARTIFACT_BYTES_MAX)
        # A compiler at work slows down every decision, so it is left out for what calls itself something else.
        if not _is_called_lockdown(self._path.name, content):
            return False
        return is_lockdown(load_content(str(self._path), content).policy)

    def _signature(self) -> tuple[int, ...] | None:
        """What changes when a file is replaced, written to or given other permissions; None where there is none."""
        try:
            status = self._path.stat()
        except (OSError, ValueError):
            return None
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_called_lockdown(name: str, content: bytes) -> bool:
    """Whether a policy may have the lockdown's name; a comment that mentions it does not count."""
    is_source = name.lower().endswith(SOURCE_ENDINGS)
    return _NAMED.search(_COMMENT.sub(b"", content) if is_source else content) is not None
