"""A folder with a policy, and a gateway in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lumyn.gateway import Gateway


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a policy."""
    from tests.lumyn.test_gateway import POLICY

    (tmp_path / "policy.lumyn").write_text(POLICY)
    return tmp_path


@pytest.fixture
def gateway(folder: Path) -> Iterator[Gateway]:
    """A gateway that is open."""
    from tests.lumyn.test_gateway import opened

    with opened(folder) as made:
        yield made
