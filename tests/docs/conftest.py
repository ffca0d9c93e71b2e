"""What the examples of the documents run with."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.docs.warm_command import warm_command


@pytest.fixture(scope="session")
def programs() -> Iterator[Path]:
    """The folder in which shells find a `lumyn` that is quick to start."""
    with TemporaryDirectory(prefix="lumyn") as folder, warm_command(Path(folder)) as found:
        yield found
