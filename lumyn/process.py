"""Decisions for scripts: one gateway for each configuration, opened when it is first needed and kept by the process."""

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Final

from lumyn.answering import RequestSource
from lumyn.config import LumynConfig, read_config
from lumyn.decision_record import DecisionRecord
from lumyn.gateway import Gateway
from lumyn.workspace import SETTINGS_FILE, Workspace, opened_gateway

__all__ = ["decide"]

# A decision that is under way when a process forks is waited for, as long as the longest deadline.
_FORK_SECONDS: Final = 60.0


class _Gateways:
    """The gateways of this process. A fork finds them closed, since no database survives one that is open."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._by_config: dict[tuple[Path, LumynConfig | None], Gateway] = {}
        self._busy_count = 0
        self._is_forking = False

    @contextmanager
    def lent(self, config: LumynConfig | None) -> Iterator[Gateway]:
        """The gateway of a configuration, which stays open meanwhile."""
        # Paths are of the working directory, and a script may change that.
        key = (Path.cwd(), config)
        with self._changed:
            self._changed.wait_for(lambda: not self._is_forking)
            gateway = self._by_config.get(key)
            if gateway is None:
                gateway = self._by_config[key] = _opened(key[0], config)
            self._busy_count += 1
        try:
            yield gateway
        finally:
            with self._changed:
                self._busy_count -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Close all of them; the next decision opens its own."""
        with self._changed:
            self._close_all()

    def before_fork(self) -> None:
        """Wait until nobody decides, while nobody begins, and close all of them."""
        self._changed.acquire()
        # Threads may fork at once, each after the other.
        self._changed.wait_for(lambda: not self._is_forking)
        self._is_forking = True
        self._changed.wait_for(lambda: not self._busy_count, _FORK_SECONDS)
        self._close_all()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        self._is_forking = False
        self._changed.notify_all()
        self._changed.release()

    def after_fork_in_child(self) -> None:
        """Begin anew: whoever else was deciding has stayed with the parent."""
        self._is_forking = False
        self._busy_count = 0
        self._changed = Condition()

    def _close_all(self) -> None:
        while self._by_config:
            _, gateway = self._by_config.popitem()
            gateway.close()


def decide(request: RequestSource, config: LumynConfig | None = None) -> DecisionRecord:
    """Decide a request, and record it before answering, with a gateway that this process keeps.

    config: None reads lumyn.toml in the working directory and the environment, which wins; once for each directory
    errors: RequestError for what is no request; at the first one also ConfigError, ArtifactError, CompileError, OSError,
            StoreError
    """
    with _GATEWAYS.lent(config) as gateway:
        return gateway.decide(request)


def _opened(folder: Path, config: LumynConfig | None) -> Gateway:
    if config is None:
        settings = folder / SETTINGS_FILE
        config = read_config(settings if settings.exists() else None, os.environ)
    return opened_gateway(Workspace(folder, config))


_GATEWAYS: Final = _Gateways()
atexit.register(_GATEWAYS.close)
os.register_at_fork(
    before=_GATEWAYS.before_fork,
    after_in_parent=_GATEWAYS.after_fork_in_parent,
    after_in_child=_GATEWAYS.after_fork_in_child,
)
