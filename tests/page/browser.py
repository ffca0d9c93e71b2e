"""A headless Chromium: the system's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

__all__ = ["opened_browser"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """The browser. Where there is none, tests are skipped; unless LUMYN_BROWSER is `required`, then they fail."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        problem = f"none of {', '.join(_NAMES)} is on PATH; `make browser` installs one"
        assert os.environ.get("LUMYN_BROWSER") != "required", problem
        pytest.skip(problem)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_OPTIONS)
        yield browser
        browser.close()
